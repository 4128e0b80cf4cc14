"""What breaks, and when, while something waits for approval: asked of the database for the whole queue at once (decision 33).

A first message has the target of C14, what answers the public promise has that, a direct message what is owed to its group, a
change of a commitment the date of the commitment. Other things break nothing; they have the time by which they are decided.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

import moments
from incidents import map_signs
from incidents.models import Approval, Impact, ReportingClock, StakeholderPlan, Statement, Submission
from incidents.operations.duty import GROUPS

Kind = Statement.Kind
FIRST_MESSAGE, FIRST_MESSAGE_CRITICAL = timedelta(minutes=60), timedelta(minutes=30)  # from detection (C14)


@dataclass(frozen=True)
class Breaks:
    """What is late once ``at`` has passed. ``at`` is UTC.

    ``ahead`` and ``over`` are sentences that end with the time, which the page adds in the zone of its reader.
    """

    at: datetime
    noun: str
    label: str
    ahead: str
    over: str

    def is_late(self, now: datetime) -> bool:
        return now > self.at

    def standing(self, now: datetime) -> str:
        """ "The promised update is late in 14 min", "The promised update is 6 min late"."""
        left = moments.span(self.at - now)
        return f"{self.noun} is {left} late" if self.is_late(now) else f"{self.noun} is late in {left}"


def with_what_breaks(asked: "QuerySet[Submission]") -> "QuerySet[Any]":
    """Submissions with ``breaks_at``, None where nothing breaks, and what ``of`` reads of them.

    Beside them ``promise_due``: when the update is or was due that the incident of the statement still owes.
    """
    found: QuerySet[Any] = asked.with_promise()  # type: ignore[attr-defined]
    found = found.annotate(first_due=_first_due(), group_due=_group_due(), clock_due=_clock_due())
    owed_to_them = Case(
        When(clock_due__lt=F("group_due"), then=F("clock_due")),
        default=Coalesce("group_due", "clock_due"),
        output_field=DateTimeField(),
    )
    return found.annotate(
        breaks_at=Case(
            When(statement__kind=Kind.DIRECT, then=owed_to_them),
            When(statement__isnull=False, then=Coalesce("first_due", "promise_due")),
            When(change__commitment__due_at__gt=F("asked_at"), then=F("change__commitment__due_at")),
            default=None,
            output_field=DateTimeField(),
        )
    )


def nearest_first(waiting: "QuerySet[Submission]") -> "QuerySet[Any]":
    """Safety warnings, since people can still avoid harm; then corrections, since what is read is wrong (R119, R8).

    Among these, and of all else, by what breaks first, or by when it is to be decided.
    """
    first = (When(statement__kind=kind, then=place) for place, kind in enumerate((Kind.WARNING, Kind.CORRECTION)))
    urgent = Case(*first, default=2, output_field=IntegerField())
    nearest = Coalesce("breaks_at", "decide_by", "asked_at", output_field=DateTimeField())
    return with_what_breaks(waiting).order_by(urgent, nearest, "asked_at", "pk")


def of(asked: Any) -> Breaks | None:
    """In words, of one fetched ``with_what_breaks``, its subject and its group. Costs no query."""
    at = asked.breaks_at
    if at is None:
        return None
    if asked.change:
        name = str(asked.change.commitment)
        return Breaks(at, name, f"{name} is due", f"{name} is due, and cannot be changed after", f"{name} was due")
    if asked.statement.kind == Kind.DIRECT:
        return _owed_to(asked.statement.group, at, is_report=at != asked.group_due)
    if asked.first_due:
        late = "The public has heard nothing yet, and was to hear by"
        return Breaks(at, "The first message", "Public by", "The public is to hear of it by", late)
    late = "The update is owed that was promised for"
    return Breaks(at, "The promised update", "Promised by", "The public was promised an update by", late)


def look_up(asked: Submission) -> Breaks | None:
    """The same of one that is at hand, for an operation. One query."""
    found = with_what_breaks(Submission.objects.with_subject().select_related("statement__group"))
    return of(found.get(pk=asked.pk))


def _owed_to(group: Any, at: datetime, *, is_report: bool) -> Breaks:
    if is_report:
        noun = f"A report to {group}"
        return Breaks(at, noun, "Report due", f"{noun} is due by", f"{noun} was due by")
    ahead, over = f"{group}: to be told by", f"{group}: not told yet, and to be told by"
    return Breaks(at, f"Telling {group}", "Told by", ahead, over)


def _first_due() -> Case:
    """The target of the first public message of an incident, while nothing is public."""
    heard = Approval.objects.filter(incident=OuterRef("statement__incident")).exclude(kind__in=["", Kind.DIRECT])
    is_first = Q(statement__isnull=False) & ~Q(statement__kind=Kind.DIRECT) & ~Exists(heard)
    return Case(
        When(is_first & Q(statement__impact=Impact.CRITICAL), then=_after_detection(FIRST_MESSAGE_CRITICAL)),
        When(is_first, then=_after_detection(FIRST_MESSAGE)),
        default=None,
        output_field=DateTimeField(),
    )


def _after_detection(length: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(F("statement__incident__detected_at") + Value(length), output_field=DateTimeField())


def _group_due() -> Subquery:
    """By when the group of a direct message is to be told, while nothing has reached it since that was decided."""
    here = StakeholderPlan.objects.filter(incident=OuterRef("statement__incident"), group=OuterRef("statement__group"))
    return Subquery(map_signs.to_be_told(here).values("told_by")[:1])


def _clock_due() -> Case:
    """By when a report is due to the group of a direct message, of the legal clocks that somebody said apply."""
    clocks = ReportingClock.objects.filter(
        incident=OuterRef("statement__incident"), state=ReportingClock.State.APPLIES, due_at__isnull=False
    ).annotate(to=Cast("rule__addressees", TextField()))
    return Case(
        *(
            When(
                statement__group__kind=kind,
                then=Subquery(clocks.filter(to__contains=f'"{addressee}"').order_by("due_at").values("due_at")[:1]),
            )
            for addressee, kind in GROUPS.items()
        ),
        default=None,
        output_field=DateTimeField(),
    )
