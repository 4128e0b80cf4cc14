"""Across incidents: how each group of each stands, and how well we told people in a window of days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import clock
from incidents import stakeholder_metrics as metrics
from incidents.coverage import Standing
from incidents.models import Incident, RecordEntry, Statement
from incidents.views import answers, map_rows
from incidents.views import metric_figures as figures
from incidents.views.map_rows import Line
from stakeholders.models import GroupKind, StakeholderGroup

PAGE = 20
# One word to a cell; the legend and readers of the page say it in full.
IN_SHORT = {
    Standing.FORGOTTEN: "Late",
    Standing.UNANSWERED: "Unanswered",
    Standing.UNDECIDED: "Undecided",
    Standing.AGAIN: "Decide again",
    Standing.ALONE: "2nd person",
    Standing.LOOK: "Look again",
    Standing.TO_TELL: "To tell",
    Standing.LATER: "Later",
    Standing.READY: "Ready",
    Standing.SILENT: "Silent",
    Standing.COVERED: "Told",
    Standing.NONE: "Not for them",
}


@dataclass(frozen=True)
class Across:
    """One incident across the groups, in the order of the columns, each with one word; no line where it has no such group."""

    incident: Incident
    cells: Sequence[tuple[StakeholderGroup, Line | None, str]]

    @property
    def has_map(self) -> bool:
        return any(line for _, line, _ in self.cells)

    @property
    def waiting(self) -> int:
        """How many of its groups need somebody."""
        return sum(line.standing.needs_somebody for _, line, _ in self.cells if line)


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """Every public incident with every group: who was told and who was forgotten."""
    answers.require_map_reader(request)
    found = Incident.objects.public().order_by("-detected_at", "-pk")
    listed = Paginator(found, PAGE).get_page(request.GET.get("page"))
    lines = map_rows.lines_of(listed, clock.now())
    groups = _columns(lines.values())
    rows = [_across(incident, lines[incident.pk], groups) for incident in listed]
    context = {
        "listed": listed,
        "groups": groups,
        "rows": rows,
        "waiting": sum(row.waiting for row in rows),
        "legend": [(standing, IN_SHORT[standing], standing.needs_somebody) for standing in Standing],
    }
    return answers.page(request, "coverage", context)


def _columns(found: Iterable[Sequence[Line]]) -> list[StakeholderGroup]:
    """The groups that there are now, and those that one of these incidents still has, in their own order."""
    groups = {group.pk: group for group in StakeholderGroup.objects.current()}
    groups |= {line.group.pk: line.group for lines in found for line in lines}
    return sorted(groups.values(), key=lambda group: (group.position, group.name, group.pk))


def _across(incident: Incident, lines: Iterable[Line], groups: Iterable[StakeholderGroup]) -> Across:
    by_group = {line.group.pk: line for line in lines}
    placed = [(group, by_group.get(group.pk)) for group in groups]
    return Across(incident, [(group, line, IN_SHORT[line.standing] if line else "") for group, line in placed])


@require_safe
def stakeholder_metrics(request: HttpRequest) -> HttpResponse:
    """How well people were told of the incidents detected in the last days: by incident, and by month of detection."""
    answers.require_map_reader(request)
    now, days = clock.now(), _days(request)
    since = now - timedelta(days=days)
    incidents = list(
        Incident.objects.public()
        .exclude(state=Incident.State.DRAFT)
        .filter(detected_at__gte=since, detected_at__lte=now)
        .order_by("-detected_at", "-pk")
    )
    cases = _cases(incidents, now)
    each = [
        figures.Part(f"Incident {one.pk}", metrics.figures(case), one.title, one.pk)
        for one, case in zip(incidents, cases, strict=True)
    ]
    listed = Paginator(each, PAGE).get_page(request.GET.get("page"))
    months = [figures.Part(f"{month:%b %Y}", found) for month, found in metrics.by_month(cases, since, now)]
    detected = {one.pk: one.detected_at for one in incidents}
    context = {
        "days": days,
        "windows": metrics.WINDOWS,
        "since": since,
        "least": metrics.LEAST,
        "incidents": incidents,
        "listed": listed,
        "sections": _sections(each, listed.object_list, months, detected, now) if incidents else [],
    }
    return answers.page(request, "stakeholder_metrics", context)


def _days(request: HttpRequest) -> int:
    """One of the windows there are; anything else is the usual one."""
    asked = request.GET.get("days", "")
    return next((days for days in metrics.WINDOWS if str(days) == asked), metrics.DAYS)


def _cases(incidents: Sequence[Incident], now: datetime) -> list[metrics.Case]:
    """What the figures are made of, in the order of the incidents."""
    lines = map_rows.lines_of(incidents, now)
    published = RecordEntry.objects.publications().filter(incident__in=list(lines))
    spoken = published.exclude(approval__kind=Statement.Kind.WARNING).order_by().values("incident")
    spoke_at = dict(spoken.annotate(first=Min("at")).values_list("incident", "first"))
    return [
        metrics.Case(one.detected_at, spoke_at.get(one.pk), tuple(_group(line) for line in lines[one.pk]))
        for one in incidents
    ]


def _group(line: Line) -> metrics.Group:
    return metrics.Group(
        standing=line.standing,
        is_affected=line.group.kind == GroupKind.AFFECTED,
        first_decided_at=line.plan.first_decided_at,
        answered=line.answered,
        open_since=tuple(question.asked_at for question in line.open_questions),
        told_at=tuple(told.heard_at for told in line.told),
    )


def _sections(
    each: Sequence[figures.Part],
    shown: Sequence[figures.Part],
    months: Sequence[figures.Part],
    detected: dict[int, datetime],
    now: datetime,
) -> list[dict[str, Any]]:
    """``shown`` is the page of ``each`` that the tables by incident hold; their last row counts all of them."""
    asked = figures.questions(now)
    shares = (
        ("coverage", "Groups covered", figures.covered, lambda one: one.covered),
        ("decided", "Decided before the first public message", figures.decided, lambda one: one.decided),
        ("questions", "Questions answered and open", asked, lambda one: one.answered),
    )
    sections = [
        {
            "key": key,
            "title": title,
            "figures": [
                figures.made("By month of detection", months, words, figures.shares(share, words), f"{key}-months"),
                figures.made("By incident", shown, words, figures.shares(share, words), f"{key}-incidents", of=each),
            ],
        }
        for key, title, words, share in shares
    ]
    alone = figures.time_of_one(now, detected)
    times = [
        figures.made("By month of detection", months, figures.times, figures.time_of_months, "told-months"),
        figures.made("By incident", shown, figures.outcome, alone, "told-incidents", figures.outcomes, of=each),
    ]
    return [*sections, {"key": "told", "title": "Time to tell the affected", "figures": times}]
