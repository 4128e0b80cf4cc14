"""The first link of the log, and the triggers that make the log append-only."""

from django.db import migrations

from accounts import append_only


def first_link(apps, _editor):
    apps.get_model("accounts", "LogHead").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunPython(first_link, migrations.RunPython.noop),
        migrations.RunPython(*append_only.protect("accounts_logentry")),
    ]
