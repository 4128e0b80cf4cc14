"""A finding of the draft check that somebody lets stand, with a reason."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from accounts import append_only

on, off = append_only.protect("incidents_override")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("incidents", "0008_correction"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            "Override",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text_digest", models.CharField(max_length=64, help_text="Of the words that were checked")),
                ("rule", models.CharField(max_length=40)),
                (
                    "start",
                    models.PositiveIntegerField(
                        default=0, help_text="Where it stands in the words: the same may be found twice"
                    ),
                ),
                ("found", models.TextField(blank=True, help_text="The words. Empty where something was not said")),
                (
                    "kind",
                    models.CharField(
                        choices=[("commander", "By the commander"), ("two_person", "By the commander and the approver")],
                        max_length=12,
                    ),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, on_delete=django.db.models.deletion.PROTECT, related_name="+"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        "incidents.statement", on_delete=django.db.models.deletion.PROTECT, related_name="overrides"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("statement", "text_digest", "rule", "start"), name="finding_stands_once"
                    ),
                    models.CheckConstraint(condition=~Q(reason=""), name="finding_stands_with_a_reason"),
                ],
            },
        ),
        migrations.RunPython(on, off),
    ]
