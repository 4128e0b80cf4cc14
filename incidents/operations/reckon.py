"""Every legal clock of an incident is reckoned anew whenever something changes from which one runs."""

from collections.abc import Iterable

from accounts.models import Organisation
from incidents import running
from incidents.models import ClockStart, Incident, ReportingClock
from incidents.operations import clock_ladder
from stakeholders.reckoning import Due


def reckon(incident: Incident) -> list[ReportingClock]:
    """Those whose deadline is another one now, with new steps on the ladder. The caller has locked the incident."""
    changed = []
    for clock, due in dues(incident, _clocks(incident)):
        stands = {"started_at": due.since, "due_at": due.at, "is_immediate": due.is_immediate}
        if all(getattr(clock, name) == value for name, value in stands.items()):
            continue
        for name, value in stands.items():
            setattr(clock, name, value)
        clock.save(update_fields=list(stands))
        clock_ladder.plan(clock)
        changed.append(clock)
    return changed


def dues(incident: Incident, clocks: Iterable[ReportingClock]) -> list[tuple[ReportingClock, Due]]:
    """Each with how it is reckoned, in words too. ``clocks`` are all of the incident: some wait for others. Two queries."""
    clocks, organisation = list(clocks), Organisation.current()
    times = running.known(incident, ClockStart.objects.current().filter(incident=incident), clocks)
    zone = organisation.time_zone if organisation else "UTC"
    return [(clock, running.reckoned(clock, times, zone)) for clock in clocks]


def _clocks(incident: Incident) -> list[ReportingClock]:
    found = list(incident.clocks.select_related("rule"))
    for clock in found:
        clock.incident = incident
    return found
