"""What the lists of incidents say of their stakeholder maps: who is undecided, forgotten or waits for an answer.

The same as `incidents.coverage` says of one row, asked of the database for many incidents at once. A test holds the two
against each other.
"""

from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat

from accounts.models import User
from incidents.coverage import AFTER_POST_MORTEM
from incidents.models import Approval, Inquiry, PlanQuestion, StakeholderPlan, Statement, Telling
from incidents.models.plan import StakeholderPlanQuerySet
from stakeholders.models import Contact, ContactChannel, Decision, Outgoing, Stage


class Minutes(Func):
    """A column of whole minutes as a length of time. SQLite keeps lengths as microseconds, and multiplies none."""

    output_field = DurationField()
    template = "(%(expressions)s * interval '1 minute')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s * 60000000)", **context)


def of_incidents(now: datetime) -> dict[str, Subquery]:
    """Annotations of incidents: ``undecided`` and ``forgotten`` groups, and since when the oldest question of a group is open
    (``open_since``). Of the questions that came in: how many wait (``waiting_answers``) or are overdue (``late_answers``), and
    by when the first of them is answered (``answer_due_at``). None where there is none.

    Beside them what `of_first_hour` says.
    """
    here = StakeholderPlan.objects.filter(incident=OuterRef("pk"))
    came_in = Inquiry.objects.filter(plan__incident=OuterRef("pk"))
    first_due = came_in.open().order_by().values("plan__incident").annotate(first=Min("due_at")).values("first")
    asked = PlanQuestion.objects.filter(plan__incident=OuterRef("pk"), answered_at=None)
    asked = asked.exclude(plan__decision=Decision.NOT_APPLICABLE)
    oldest = asked.order_by().values("plan__incident").annotate(first=Min("asked_at")).values("first")
    return {
        **of_first_hour(),
        "forgotten": _counted(forgotten(here, now), "incident"),
        "late_answers": _counted(came_in.overdue(now), "plan__incident"),
        "waiting_answers": _counted(came_in.open(), "plan__incident"),
        "answer_due_at": Subquery(first_due),
        "open_since": Subquery(oldest),
    }


def of_first_hour() -> dict[str, Subquery]:
    """Annotations of incidents: how many ``groups`` there are and how many of them ``undecided``, and when and by whom the last
    was decided or agreed to (``groups_decided_at``, ``groups_decided_who``, ``groups_decided_name``).
    """
    here = StakeholderPlan.objects.filter(incident=OuterRef("pk"))
    stamped = here.annotate(
        at=Coalesce("agreed_at", "decided_at"),
        who=Coalesce("agreed_by", "decided_by"),
        name=Coalesce("agreed_by__name", "decided_by__name"),
    )
    last = stamped.exclude(at=None).order_by("-at", "-pk")
    return {
        "groups": _counted(here, "incident"),
        "undecided": _counted(here.undecided(), "incident"),
        **{f"groups_decided_{part}": Subquery(last.values(part)[:1]) for part in ("at", "who", "name")},
    }


def settled(incident: Any) -> tuple[datetime, User] | None:
    """When, and by whom, the last group was decided for; None while one is left. Of an incident with `of_first_hour`."""
    if not incident.groups or incident.undecided:
        return None
    return incident.groups_decided_at, User(pk=incident.groups_decided_who, name=incident.groups_decided_name)


def forgotten(plans: StakeholderPlanQuerySet, now: datetime) -> Any:
    """Those that were to be told by now, or to read how it came about, and that nothing has reached in time."""
    late = Inquiry.objects.overdue(now).filter(plan=OuterRef("pk"))
    timed, told, heard_out = _timed(plans), _reached("since"), _reached("post_mortem_at")
    not_told = ~told & Q(told_by__lte=now)
    not_heard_out = told & Q(post_mortem_at__lte=now - AFTER_POST_MORTEM) & ~heard_out
    return timed.filter(not_told | not_heard_out).exclude(Exists(late))


def to_be_told(plans: StakeholderPlanQuerySet) -> Any:
    """Those that nothing has reached since it counts, with ``told_by``: by when they are or were to be told."""
    return _timed(plans).filter(~_reached("since"))


def told_by_hand(incident: str) -> Subquery:
    """How many groups are to be told, now or at a stage, of whom somebody is reached by no mail. None where there is none."""
    unmailed = Contact.objects.current().exclude(channel=ContactChannel.EMAIL).filter(group=OuterRef("group"))
    told = StakeholderPlan.objects.filter(incident=OuterRef(incident), decision__in=[Decision.NOW, Decision.AT_STAGE])
    return _counted(told.filter(Exists(unmailed)), "incident")


def _timed(plans: StakeholderPlanQuerySet) -> Any:
    """Those whose time to be told has begun: ``since`` when, and ``told_by`` when."""
    timed = plans.filter(decision__in=[Decision.NOW, Decision.AT_STAGE]).annotate(
        post_mortem_at=Subquery(_post_mortems().values("approved_at")[:1]),
    )
    return timed.annotate(since=_since()).annotate(told_by=_due()).exclude(since=None)


def _since() -> Case:
    return Case(
        When(decision=Decision.NOW, then=F("incident__detected_at")),
        When(stage=Stage.CONTAINED, then=F("incident__contained_at")),
        When(stage=Stage.RECOVERED, then=F("incident__recovered_at")),
        default=F("post_mortem_at"),
        output_field=DateTimeField(),
    )


def _due() -> Case:
    at_the_stage = ExpressionWrapper(F("since") + Minutes("tell_within"), output_field=DateTimeField())
    return Case(When(decision=Decision.NOW, then=F("due_at")), default=at_the_stage, output_field=DateTimeField())


def _post_mortems() -> Any:
    of_incident = Approval.objects.filter(incident=OuterRef("incident"), kind=Statement.Kind.POST_MORTEM)
    return of_incident.order_by("approved_at")


def _reached(since: str) -> Any:
    """Whether anything that counts for the group happened at that time or after it."""
    by_hand = Telling.objects.filter(plan=OuterRef("pk"), told_at__gte=OuterRef(since))
    said = Approval.objects.filter(
        incident=OuterRef("incident"), approved_at__gte=OuterRef(since), submission__statement__isnull=False
    )
    key = Concat(Value("direct:"), Cast(OuterRef("pk"), CharField()), Value(":"))
    accepted = Outgoing.objects.filter(key__startswith=key, state=Outgoing.State.SENT)
    messages = said.messages().filter(Exists(accepted), submission__statement__group=OuterRef("group"))
    on_the_page = Q(group__told_by_page=True) & Exists(said.exclude(kind=Statement.Kind.DIRECT))
    return Exists(by_hand) | Exists(messages) | on_the_page


def _counted(rows: Any, incident: str) -> Subquery:
    return Subquery(rows.order_by().values(incident).annotate(number=Count("pk")).values("number"))
