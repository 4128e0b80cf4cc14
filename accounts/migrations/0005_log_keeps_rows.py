"""Entries of the log keep the seals of the rows that are written with them. Older entries keep none, and their hashes stay."""

from typing import ClassVar

from django.db import migrations, models

from accounts import append_only

on, off = append_only.protect("accounts_logentry")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0004_roles_changed_at")]

    operations: ClassVar = [
        migrations.RunPython(off, on),
        migrations.AddField(
            model_name="logentry",
            name="kept",
            field=models.JSONField(
                default=list, help_text="The rows written with it: which, of what, and the seal of each"
            ),
        ),
        migrations.RunPython(on, off),
    ]
