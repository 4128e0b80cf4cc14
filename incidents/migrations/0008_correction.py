"""A correction names the entry it puts right, and its approval all entries that say the same."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from accounts import append_only

# SQLite makes a table anew for a new column, and loses the triggers with the old one.
on, off = append_only.protect("incidents_approval")

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0007_kept_by_the_log")]

    operations: ClassVar = [
        migrations.RunPython(off, on),
        migrations.AddField(
            "approval",
            "corrects",
            models.JSONField(default=list, help_text="Numbers of the entries whose words a correction puts right"),
        ),
        migrations.AlterField("approval", "kind", models.CharField(blank=True, choices=KINDS, max_length=12)),
        migrations.AddConstraint(
            "approval",
            models.CheckConstraint(
                condition=(Q(kind="correction") & ~Q(corrects=[])) | (~Q(kind="correction") & Q(corrects=[])),
                name="only_a_correction_corrects",
            ),
        ),
        migrations.RunPython(on, off),
        migrations.AddField(
            "statement",
            "corrects",
            models.ForeignKey(
                "incidents.recordentry",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                blank=True,
                related_name="corrections_written",
                help_text="The entry whose words a correction puts right",
            ),
        ),
        migrations.AlterField("statement", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AddConstraint(
            "statement",
            models.CheckConstraint(
                condition=Q(kind="correction", corrects__isnull=False) | Q(~Q(kind="correction"), corrects=None),
                name="correction_names_what_it_corrects",
            ),
        ),
    ]
