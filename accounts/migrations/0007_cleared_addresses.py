"""Addresses that an administrator has cleared for public words."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0006_public_language")]

    operations: ClassVar = [
        migrations.AddField(
            "organisation",
            "cleared",
            models.JSONField(
                blank=True,
                default=list,
                help_text="Addresses that are no leak: number, address, reason, by, at; ended_by, ended_at",
            ),
        ),
    ]
