"""Safety warnings: a kind of statement, which may go out in an emergency too (R119)."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

from accounts import append_only

# SQLite makes a table anew for a new constraint, and loses the triggers with the old one.
on, off = append_only.protect("incidents_approval")

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("warning", "Safety warning"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
]
EMERGENCY = "emergency_has_a_reason_and_a_kind"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0009_override")]

    operations: ClassVar = [
        migrations.RunPython(off, on),
        migrations.AlterField("approval", "kind", models.CharField(blank=True, choices=KINDS, max_length=12)),
        migrations.RemoveConstraint("approval", EMERGENCY),
        migrations.AddConstraint(
            "approval",
            models.CheckConstraint(
                condition=~Q(basis="emergency") | (Q(kind__in=["holding", "warning", "update"]) & ~Q(reason="")),
                name=EMERGENCY,
            ),
        ),
        migrations.RunPython(on, off),
        migrations.AlterField("statement", "kind", models.CharField(choices=KINDS, max_length=12)),
    ]
