"""The steps of the first hour, also for the incidents that are there already: as the protocol stands with this change."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

PROTOCOL = {
    "decision": 1, "commander": 2, "history": 3, "stop": 4, "voice": 5, "evidence": 8, "mode": 10, "category": 12,
    "reach": 15, "checkpoint": 15, "questions": 20, "public": 20, "clocks": 25, "stakeholders": 30, "executives": 30,
    "approved": 35, "published": 40, "recovery": 50, "stocktake": 60,
}  # fmt: skip


def give_each_incident_its_steps(apps: Any, _schema_editor: Any) -> None:
    entry = apps.get_model("incidents", "TriageEntry")
    incidents = apps.get_model("incidents", "Incident").objects.values_list("pk", flat=True)
    entry.objects.bulk_create(
        (
            entry(incident_id=pk, step=step, due_minute=minute)
            for pk in incidents.order_by("pk")
            for step, minute in PROTOCOL.items()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("incidents", "0002_heads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="TriageEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=16)),
                ("due_minute", models.PositiveSmallIntegerField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.TextField(blank=True)),
                ("left_out_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="triage", to="incidents.incident"
                    ),
                ),
                (
                    "left_out_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["due_minute", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "step"), name="step_of_the_first_hour_once"),
                    models.CheckConstraint(
                        condition=Q(done_at=None, done_by=None, note="")
                        | Q(done_at__isnull=False, done_by__isnull=False),
                        name="step_done_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=Q(left_out_at=None, left_out_by=None, reason="")
                        | Q(Q(left_out_at__isnull=False, left_out_by__isnull=False), ~Q(reason="")),
                        name="step_left_out_with_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=Q(done_at=None) | Q(left_out_at=None), name="step_done_or_left_out_not_both"
                    ),
                ],
            },
        ),
        migrations.RunPython(give_each_incident_its_steps, migrations.RunPython.noop),
    ]
