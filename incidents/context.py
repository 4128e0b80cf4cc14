"""What every page of the desk shows around its work: the clock, the reader's zone and role, the counts in the rail."""

from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.db.models import Count, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

import clock
from accounts.models import LogHead, Organisation, Role, User
from incidents.models import Commitment, Heartbeat, Incident, Submission
from incidents.permissions import can_read_drafts, can_read_log
from stakeholders.models import Doorbell, Outgoing
from stakeholders.permissions import can_read_outbox


def desk(request: HttpRequest) -> dict[str, object]:
    """Costs nothing until a template asks: pages of the threshold show no rail and pay for none."""
    user = request.user
    context: dict[str, object] = {"now": clock.now(), "zone": "UTC"}
    if user.is_authenticated:
        rail = rail_of(request)
        context |= {
            "zone": user.time_zone,
            "rail": rail,
            "organisation": SimpleLazyObject(lambda: rail.organisation),
            "role": lambda: _first_role(user.roles),
            "guarded_rooms": lambda: guarded_rooms(user),
        }
    return context


def rail_of(request: HttpRequest) -> "Rail":
    """One for each request, whoever asks: a view and the templates of its page share it."""
    if not hasattr(request, "desk_rail"):
        request.desk_rail = Rail()  # type: ignore[attr-defined]
    rail: Rail = request.desk_rail  # type: ignore[attr-defined]
    return rail


class Rail:
    """What stands in single rows and is wanted on every page of the desk, in one query whichever is asked for first.

    The revision, the organisation, the three numbers of the rail and three signs of life. A board asks for ``revision``
    before anything else, so that what changes meanwhile is fetched by the next poll.
    """

    @property
    def revision(self) -> int:
        """As ``accounts.log.revision``."""
        return int(self._row.revision)

    @property
    def organisation(self) -> Organisation | None:
        return self._row if isinstance(self._row, Organisation) else None

    @property
    def waiting_approvals(self) -> int:
        return self._row.waiting or 0

    @property
    def missed_commitments(self) -> int:
        return self._row.missed or 0

    @property
    def open_incidents(self) -> int:
        return self._row.open or 0

    @property
    def swept_at(self) -> datetime | None:
        """When the background jobs last made a round."""
        return cast("datetime | None", self._row.swept_at)

    @property
    def unheard_since(self) -> datetime | None:
        """Since when the queue between web and jobs carries nothing. None while it does."""
        return cast("datetime | None", self._row.unheard_since)

    @property
    def mail_due_at(self) -> datetime | None:
        """When the oldest message that is due and that nobody is sending should have left. None when there is none."""
        return cast("datetime | None", self._row.mail_due_at)

    @cached_property
    def _row(self) -> Any:
        asked = {
            "revision": Subquery(LogHead.objects.filter(pk=1).values("number")),
            "waiting": counted(Submission.objects.waiting()),
            "missed": counted(Commitment.objects.missed()),
            "open": counted(Incident.objects.active()),
            "swept_at": Subquery(Heartbeat.objects.filter(pk=1).values("swept_at")),
            "unheard_since": Subquery(Doorbell.objects.filter(pk=1).values("unheard_since")),
            "mail_due_at": Subquery(Outgoing.objects.due(clock.now()).values("due_at")[:1]),
        }
        organisation = Organisation.objects.annotate(**asked).filter(pk=1).first()
        if organisation is None:  # before set-up
            return LogHead.objects.annotate(**asked).get(pk=1)
        organisation.remember()
        return organisation


def counted(rows: QuerySet) -> Subquery:
    """No row at all, hence None, when there is nothing to count."""
    return Subquery(rows.order_by().values(together=Value(1)).annotate(number=Count("pk")).values("number"))


def guarded_rooms(user: User) -> frozenset[str]:
    """The rooms that not everybody may enter and this person may. The rail leads nobody to a refusal."""
    asked = {"approvals": can_read_drafts, "outbox": can_read_outbox, "log": can_read_log}
    return frozenset(name for name, may_enter in asked.items() if may_enter(user))


def _first_role(roles: frozenset[str]) -> str:
    """The role that says most about what somebody does here, in the order of the list of roles."""
    return next((role.label for role in Role if role in roles), "No role yet")
