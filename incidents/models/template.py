"""Words to begin a statement with, kept by the operator: by kind, and if it helps by category and scenario."""

from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, Value, When

from incidents.models.incident import Category, Incident, Scenario
from incidents.models.statement import Statement


class StatementTemplateQuerySet(models.QuerySet["StatementTemplate"]):
    def active(self) -> "StatementTemplateQuerySet":
        return self.filter(is_active=True)

    def fitting(self, incident: Incident, kind: str) -> "StatementTemplateQuerySet":
        """Those that may be used for this kind in this incident, the one that was made for most of it first."""
        of_category, of_scenario = (
            Q(category="") | Q(category=incident.category),
            Q(scenario="") | Q(scenario=incident.scenario),
        )
        made_for = [Case(When(**{field: ""}, then=Value(0)), default=Value(1)) for field in ("category", "scenario")]
        found = self.active().filter(of_category, of_scenario, kind=kind)
        return found.annotate(fits=made_for[0] + made_for[1]).order_by("-fits", "position", "pk")


class StatementTemplate(models.Model):
    """Texts with variables in braces: ``incidents.placeholders``. An empty text leaves what the statement begins with anyway."""

    TEXTS: ClassVar[tuple[str, ...]] = Statement.PUBLIC_TEXTS

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Statement.Kind)
    category = models.CharField(max_length=24, choices=Category, blank=True)
    scenario = models.CharField(max_length=16, choices=Scenario, blank=True)
    headline = models.CharField(max_length=200, blank=True)
    acknowledgement = models.TextField("what went wrong", blank=True)
    body = models.TextField("message", blank=True)
    what_happened = models.TextField(blank=True)
    why_it_happened = models.TextField(blank=True)
    what_changes = models.TextField(blank=True)
    investigating = models.TextField("what we are investigating", blank=True)
    affected = models.TextField("who is affected", blank=True)
    what_to_do = models.TextField("what to do now", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    objects = StatementTemplateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="template_has_a_name"),
            models.UniqueConstraint(fields=["name"], condition=Q(is_active=True), name="one_template_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def texts(self) -> dict[str, str]:
        """What it says, by the field of the statement."""
        return {field: text for field in self.TEXTS if (text := getattr(self, field))}
