"""Words to begin a statement with, kept by the operator: by kind, and if it helps by category, scenario and group."""

from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, Value, When

from incidents.models.incident import Category, Incident, Scenario
from incidents.models.statement import Statement
from stakeholders.models import GroupKind, StakeholderGroup


class StatementTemplateQuerySet(models.QuerySet["StatementTemplate"]):
    def active(self) -> "StatementTemplateQuerySet":
        return self.filter(is_active=True)

    def fitting(
        self, incident: Incident, kind: str, group: StakeholderGroup | None = None
    ) -> "StatementTemplateQuerySet":
        """Those that may be used for this kind in this incident, the one that was made for most of it first.

        A direct message to a known ``group`` begins with words made for such a group rather than for such an incident.
        """
        of_category, of_scenario = (
            Q(category="") | Q(category=incident.category),
            Q(scenario="") | Q(scenario=incident.scenario),
        )
        made_for = [Case(When(**{field: ""}, then=Value(0)), default=Value(1)) for field in ("category", "scenario")]
        found = self.active().filter(of_category, of_scenario, kind=kind)
        if group is None:
            return found.annotate(fits=made_for[0] + made_for[1]).order_by("-fits", "position", "pk")
        of_group = Case(When(group_kind="", then=Value(0)), default=Value(3))
        found = found.filter(group_kind__in=("", group.kind))
        return found.annotate(fits=made_for[0] + made_for[1] + of_group).order_by("-fits", "position", "pk")


class StatementTemplate(models.Model):
    """Texts with variables in braces: ``incidents.placeholders``. An empty text leaves what the statement begins with anyway."""

    TEXTS: ClassVar[tuple[str, ...]] = Statement.PUBLIC_TEXTS

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Statement.Kind)
    category = models.CharField(max_length=24, choices=Category, blank=True)
    scenario = models.CharField(max_length=16, choices=Scenario, blank=True)
    group_kind = models.CharField(
        max_length=12, choices=GroupKind, blank=True, default="", help_text="Of a direct message: made for such a group"
    )
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
            models.CheckConstraint(
                condition=Q(kind="direct") | Q(group_kind=""), name="only_a_direct_message_has_a_group"
            ),
            models.UniqueConstraint(fields=["name"], condition=Q(is_active=True), name="one_template_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def texts(self) -> dict[str, str]:
        """What it says, by the field of the statement."""
        return {field: text for field in self.TEXTS if (text := getattr(self, field))}
