"""The stakeholder map of an incident as its tests look at it and decide in it."""

from datetime import datetime, timedelta
from typing import Any

import clock
from incidents.models import Incident, StakeholderPlan
from incidents.operations import decision, plan
from stakeholders.models import Decision


def row(about: Incident, kind: str = "affected") -> StakeholderPlan:
    return StakeholderPlan.objects.select_related("group", "incident").get(incident=about, group__kind=kind)


def shown(about: Incident) -> dict[int, tuple[int, str]]:
    rows = StakeholderPlan.objects.filter(incident=about).for_map()
    return {one.pk: (one.version, decision.proposed(one)) for one in rows if decision.may_confirm(one)}


def soon(hours: float = 1) -> datetime:
    return clock.now() + timedelta(hours=hours)


def silence(about: Incident, kind: str, by: Any, **fields: Any) -> StakeholderPlan:
    one = row(about, kind)
    said = {"reason": "The parties asked for privacy", "review_at": soon(24), **fields}
    return plan.decide(one, by=by, seen_version=one.version, decision=Decision.NOT_TOLD, **said)
