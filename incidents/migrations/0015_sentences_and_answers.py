"""Sentences name their facts, facts count how far it went (R51), and what is over answers three questions (R17)."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

KINDS: list[tuple[str, str]] = [
    ("holding", "Holding statement"),
    ("warning", "Safety warning"),
    ("update", "Update"),
    ("correction", "Correction"),
    ("resolution", "Resolution"),
    ("post_mortem", "Post-mortem"),
]
MEASURES: list[tuple[str, str]] = [
    ("rows", "Rows handled"),
    ("executions", "Executions"),
    ("people", "People reached"),
    ("repeats", "People reached more than once"),
    ("strays", "People who should not have been reached"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("incidents", "0010_warning")]

    operations: ClassVar = [
        migrations.AlterModelOptions("citation", {"ordering": ["fact_id"]}),
        migrations.AddField(
            "citation",
            "sentences",
            models.JSONField(
                blank=True, default=list, help_text="In their very words: other words do not rest on it"
            ),
        ),
        migrations.AddField(
            "fact",
            "measure",
            models.CharField(blank=True, choices=MEASURES, max_length=12, verbose_name="what it counts"),
        ),
        migrations.AddField(
            "fact", "value", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="how many")
        ),
        migrations.AddConstraint(
            "fact",
            models.CheckConstraint(condition=~Q(measure="") | Q(value=None), name="number_says_what_it_counts"),
        ),
        migrations.AddConstraint(
            "fact",
            models.CheckConstraint(
                condition=Q(measure="") | Q(value__isnull=False) | Q(confidence__in=["not_known", "retracted"]),
                name="measure_has_its_number",
            ),
        ),
        migrations.AddField(
            "statement",
            "what_happened",
            models.TextField(blank=True, help_text="One of the three answers that people want (R17)"),
        ),
        migrations.AddField("statement", "why_it_happened", models.TextField(blank=True)),
        migrations.AddField(
            "statement", "what_changes", models.TextField(blank=True, help_text="What prevents a repeat")
        ),
        migrations.AlterField("approval", "kind", models.CharField(blank=True, choices=KINDS, max_length=12)),
        migrations.AlterField("statement", "kind", models.CharField(choices=KINDS, max_length=12)),
        migrations.AddConstraint(
            "statement",
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(kind="post_mortem") & ~Q(state="discarded"),
                name="one_post_mortem_of_an_incident",
            ),
        ),
    ]
