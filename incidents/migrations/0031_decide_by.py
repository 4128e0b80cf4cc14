"""By when a decision is wanted, apart from the target it is measured against; and what else can be commented on."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import F


def as_was_said(apps: Any, _editor: Any) -> None:
    """Whoever was asked before was told the target."""
    apps.get_model("incidents", "Submission").objects.update(decide_by=F("due_at"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0030_emergency_verdict")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="submission",
            name="decide_by",
            field=models.DateTimeField(
                blank=True,
                help_text="When a decision is wanted: the target, or before something breaks",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="The target it is measured against (R79). None where nobody was asked: at set-up",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="returncomment",
            name="part",
            field=models.CharField(
                choices=[
                    ("headline", "Headline"),
                    ("body", "Message"),
                    ("affected", "Who is affected"),
                    ("what_to_do", "What to do now"),
                    ("state", "State and impact"),
                    ("components", "Components"),
                    ("commitments", "Commitments"),
                ],
                max_length=12,
            ),
        ),  # of the names alone: the table, and what keeps its rows, stay as they are
        migrations.RunPython(as_was_said, migrations.RunPython.noop),
    ]
