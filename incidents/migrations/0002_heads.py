"""The one-row tables, and the triggers that freeze what was approved and published."""

from django.db import migrations

from accounts import append_only

FROZEN = ("incidents_approval", "incidents_recordentry", "incidents_statementversion", "incidents_timelineentry")


def first_rows(apps, _editor):
    for name in ("RecordHead", "Confirmation", "Heartbeat"):
        apps.get_model("incidents", name).objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RunPython(first_rows, migrations.RunPython.noop),
        migrations.RunPython(*append_only.protect(*FROZEN)),
    ]
