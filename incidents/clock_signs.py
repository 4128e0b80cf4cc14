"""What lists and other pages of incidents say of legal clocks: the nearest duty, how many nobody has assessed, what to leave alone.

Of lists times only, and no counts of what is overdue: lists are kept a while, and time goes on meanwhile.
"""

from django.db.models import Count, OuterRef, Subquery

from incidents.models import Incident, ReportingClock
from incidents.models.incident import IncidentQuerySet

BARS_CHANGE = "AIA-73"  # the codes of the rules that come with this software


def of_incidents() -> dict[str, Subquery]:
    """Annotations of incidents: ``duty_pk``, ``duty_code`` and ``duty_due_at`` of the clock that is due first or is overdue
    longest, and ``clocks_to_assess``. None where there is none.
    """
    here = ReportingClock.objects.filter(incident=OuterRef("pk"))
    nearest = here.open().exclude(due_at=None).order_by("due_at", "pk")
    to_assess = here.filter(state=ReportingClock.State.TO_ASSESS).order_by().values("incident")
    return {
        **{f"duty_{name}": Subquery(nearest.values(name)[:1]) for name in ("pk", "code", "due_at")},
        "clocks_to_assess": Subquery(to_assess.annotate(number=Count("pk")).values("number")),
    }


def bars_change(incident: Incident) -> list[str]:
    """The rules for which authorities may have to be told before the system is altered (EU AI Act Art. 73(6), R114)."""
    found = ReportingClock.objects.open().filter(incident=incident, code__startswith=BARS_CHANGE)
    return list(found.values_list("code", flat=True))


def with_duties() -> IncidentQuerySet:
    """Incidents, also those that are over, of which a report is due by a time."""
    owing = ReportingClock.objects.open().exclude(due_at=None).values("incident")
    return Incident.objects.exclude(state=Incident.State.DISMISSED).filter(pk__in=owing)
