"""A warning of the draft check that an author dismisses, and the passages that the rules have found in a statement."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

from accounts import append_only

# SQLite makes a table anew for a new constraint, and loses the triggers with the old one.
on, off = append_only.protect("incidents_override")

KINDS: list[tuple[str, str]] = [
    ("author", "Dismissed by an author"),
    ("commander", "By the commander"),
    ("two_person", "By the commander and the approver"),
]
WITH_A_REASON = "finding_stands_with_a_reason"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0017_templates_and_schedules")]

    operations: ClassVar = [
        migrations.RunPython(off, on),
        migrations.AlterField("override", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AlterField(
            "override",
            "reason",
            models.TextField(blank=True, help_text="Empty where an author dismissed a warning"),
        ),
        migrations.RemoveConstraint("override", WITH_A_REASON),
        migrations.AddConstraint(
            "override",
            models.CheckConstraint(
                condition=Q(kind="author", reason="") | (~Q(kind="author") & ~Q(reason="")), name=WITH_A_REASON
            ),
        ),
        migrations.RunPython(on, off),
        migrations.AddField(
            "statement",
            "cases",
            models.JSONField(default=dict, help_text="By rule, a digest of each passage found in a saved version"),
        ),
    ]
