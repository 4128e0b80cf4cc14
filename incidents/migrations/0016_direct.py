"""Direct messages: to one group, by email, and not public."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("warning", "Safety warning"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
    ("post_mortem", "Post-mortem"),
    ("direct", "Direct message"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("stakeholders", "0005_contacts"), ("incidents", "0015_sentences_and_answers")]

    operations: ClassVar = [
        migrations.AddField(
            "statement",
            "group",
            models.ForeignKey(
                blank=True,
                null=True,
                help_text="The one group that a direct message goes to, by email and not to the public",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="stakeholders.stakeholdergroup",
            ),
        ),
        migrations.AlterField("approval", "kind", models.CharField(blank=True, choices=KINDS, max_length=12)),
        migrations.AlterField("statement", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AddConstraint(
            "statement",
            models.CheckConstraint(
                condition=Q(kind="direct", group__isnull=False) | Q(~Q(kind="direct"), group=None),
                name="direct_message_names_its_group",
            ),
        ),
    ]
