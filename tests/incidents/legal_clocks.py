"""Legal clocks of an incident as their tests set them up and look at them."""

from datetime import datetime, timedelta
from typing import Any

import clock
from incidents.models import Incident, ReportingClock
from incidents.operations import clock_start, legal_clock
from incidents.operations.clock_start import Event
from stakeholders.models import Profile
from stakeholders.operations import rules
from tests import states


def profile(by: Any, **fields: Any) -> None:
    rules.set_profile(by=by, seen_version=Profile.current().version, **fields)


def of(about: Incident, code: str) -> Any:
    return ReportingClock.objects.with_people().get(incident=about, code=code)


def detected(about: Incident, at: datetime, clock_at: Any) -> Incident:
    """As if it had been noticed then, and now is a little later."""
    clock_at(at + timedelta(minutes=5))
    Incident.objects.filter(pk=about.pk).update(detected_at=at)
    return states.fresh(about)


def happened(about: Incident, event: str, at: datetime, by: Any) -> Any:
    found = Event(about, event)
    seen = found.current.pk if found.current else 0
    return clock_start.record(found, by=by, seen=seen, at=at, evidence="The log of that night")


def filed(one: ReportingClock, by: Any, at: datetime | None = None, reference: str = "Receipt 4711") -> ReportingClock:
    return legal_clock.submit(
        one, by=by, seen_version=one.version, submitted_at=at or clock.now(), reference=reference, submitted_by=by
    )
