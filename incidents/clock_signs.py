"""What lists and other pages of incidents say of legal clocks: the nearest duty, how many nobody has assessed, what to leave alone.

Of lists times only, and no counts of what is overdue: lists are kept a while, and time goes on meanwhile.
"""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from incidents.models import ClockStart, Incident, ReportingClock
from incidents.models.incident import IncidentQuerySet
from stakeholders.models import StartEvent

BARS_CHANGE = "AIA-73"  # the codes of the rules that come with this software


def of_incidents() -> dict[str, Subquery]:
    """Annotations of incidents: ``duty_pk``, ``duty_code`` and ``duty_due_at`` of the clock that is due first or is overdue
    longest, ``at_once_pk`` and ``at_once_code`` of one that applies and names no number, and ``clocks_to_assess``. None where
    there is none.
    """
    here = ReportingClock.objects.filter(incident=OuterRef("pk"))
    nearest = here.open().exclude(due_at=None).order_by("due_at", "pk")
    at_once = here.filter(state=ReportingClock.State.APPLIES, is_immediate=True).order_by("started_at", "pk")
    return {
        **{f"at_once_{name}": Subquery(at_once.values(name)[:1]) for name in ("pk", "code")},
        **{f"duty_{name}": Subquery(nearest.values(name)[:1]) for name in ("pk", "code", "due_at")},
        "clocks_to_assess": _counted(here.filter(state=ReportingClock.State.TO_ASSESS)),
    }


def of_first_hour() -> dict[str, Any]:
    """Annotations of incidents: how many legal clocks there are (``clocks_here``), and for how many of them nobody says
    whether they apply (``clocks_of_nobody``). When and by whom that was settled last (``clocks_settled_at``, ``_who``,
    ``_name``), and that we became aware was recorded (``aware_recorded_at``, ``_who``, ``_name``). None where there is none.
    """
    here = ReportingClock.objects.filter(incident=OuterRef("pk"))
    nobody = here.filter(state=ReportingClock.State.TO_ASSESS, assessor=None)
    settled = here.annotate(at=Coalesce("named_at", "assessed_at"), who=Coalesce("named_by", "assessed_by"))
    last = settled.annotate(name=Coalesce("named_by__name", "assessed_by__name")).order_by("-at", "-pk")
    aware = ClockStart.objects.filter(incident=OuterRef("pk"), event=StartEvent.AWARE).order_by("pk")
    aware = aware.annotate(who=F("recorded_by"), name=F("recorded_by__name"))
    return {
        "clocks_here": _counted(here),
        "clocks_of_nobody": _counted(nobody),
        **{f"clocks_settled_{part}": Subquery(last.values(part)[:1]) for part in ("at", "who", "name")},
        "aware_recorded_at": Subquery(aware.values("recorded_at")[:1]),
        **{f"aware_recorded_{part}": Subquery(aware.values(part)[:1]) for part in ("who", "name")},
    }


def settled(incident: Any) -> tuple[datetime, User] | None:
    """When, and by whom, it was settled last who says whether each clock applies, and since when we knew; None while either is
    open. Of an incident with `of_first_hour`.
    """
    if not incident.clocks_here or incident.clocks_of_nobody or not incident.aware_recorded_at:
        return None
    stamps = [
        (at, User(pk=getattr(incident, f"{of}_who"), name=getattr(incident, f"{of}_name")))
        for of in ("clocks_settled", "aware_recorded")
        if (at := getattr(incident, f"{of}_at"))
    ]
    return max(stamps, key=lambda stamp: stamp[0])


def _counted(clocks: Any) -> Subquery:
    return Subquery(clocks.order_by().values("incident").annotate(number=Count("pk")).values("number"))


def bars_change(incident: Incident) -> list[str]:
    """The rules for which authorities may have to be told before the system is altered (EU AI Act Art. 73(6), R114)."""
    found = ReportingClock.objects.open().filter(incident=incident, code__startswith=BARS_CHANGE)
    return list(found.values_list("code", flat=True))


def with_duties() -> IncidentQuerySet:
    """Incidents, also those that are over, of which a report is due by a time, or at once as somebody has said."""
    at_once = Q(state=ReportingClock.State.APPLIES, is_immediate=True)
    owing = ReportingClock.objects.open().filter(at_once | Q(due_at__isnull=False)).values("incident")
    return Incident.objects.exclude(state=Incident.State.DISMISSED).filter(pk__in=owing)
