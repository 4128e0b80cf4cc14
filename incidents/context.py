"""What every page of the desk shows around its work: the clock, the reader's zone and role, the counts in the rail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value
from django.http import HttpRequest

import clock
from accounts.models import Role
from incidents.models import Commitment, Heartbeat, Incident, RecordHead, Submission
from stakeholders.models import Doorbell


def desk(request: HttpRequest) -> dict[str, object]:
    """Costs nothing until a template asks: pages of the threshold show no rail and pay for none."""
    user = request.user
    context: dict[str, object] = {"now": clock.now(), "zone": "UTC"}
    if user.is_authenticated:
        context |= {"zone": user.time_zone, "rail": rail_of(request), "role": lambda: _first_role(user.roles)}
    return context


def rail_of(request: HttpRequest) -> "Rail":
    """One for each request, whoever asks."""
    if not hasattr(request, "desk_rail"):
        request.desk_rail = Rail()  # type: ignore[attr-defined]
    rail: Rail = request.desk_rail  # type: ignore[attr-defined]
    return rail


@dataclass
class Rail:
    """The three numbers of the rail and two signs of life, in one query whichever is asked for first."""

    @property
    def waiting_approvals(self) -> int:
        return self._count("waiting")

    @property
    def missed_commitments(self) -> int:
        return self._count("missed")

    @property
    def open_incidents(self) -> int:
        return self._count("open")

    @property
    def swept_at(self) -> datetime | None:
        """When the background jobs last made a round."""
        return self._counts["swept_at"]

    @property
    def unheard_since(self) -> datetime | None:
        """Since when the queue between web and jobs carries nothing. None while it does."""
        return self._counts["unheard_since"]

    def _count(self, name: str) -> int:
        return int(self._counts[name] or 0)

    @cached_property
    def _counts(self) -> Mapping[str, Any]:
        return RecordHead.objects.values(
            waiting=_count(Submission.objects.waiting()),
            missed=_count(Commitment.objects.filter(state=Commitment.State.MISSED)),
            open=_count(Incident.objects.active()),
            swept_at=Subquery(Heartbeat.objects.values("swept_at")),
            unheard_since=Subquery(Doorbell.objects.values("unheard_since")),
        ).get(pk=1)


def _count(rows: QuerySet) -> Subquery:
    """No row at all, hence None, when there is nothing to count."""
    return Subquery(rows.order_by().values(together=Value(1)).annotate(number=Count("pk")).values("number"))


def _first_role(roles: frozenset[str]) -> str:
    """The role that says most about what somebody does here, in the order of the list of roles."""
    return next((role.label for role in Role if role in roles), "No role yet")
