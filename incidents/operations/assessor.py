"""Who is to say whether a legal clock applies: named beforehand, so that no clock runs without a person (domain 5.2)."""

from collections.abc import Collection, Mapping

from django.db import transaction

import clock as hand
from accounts.models import User
from incidents import permissions_clocks as permissions
from incidents.actions import Action
from incidents.models import ClockNote, Incident, ReportingClock
from incidents.operations import alert_clock, timeline
from incidents.operations.legal_clock import locked_incident, require_living
from refusals import Missing, NotAllowed, Stale, require, require_nothing_missing

State = ReportingClock.State


@transaction.atomic
def name(
    incident: Incident, *, by: User, seen: Mapping[int, int], assessor: User | None, clocks: Collection[int]
) -> list[ReportingClock]:
    """Name one person for several clocks that nobody has assessed. Returns those for whom it is somebody new.

    ``seen``: by clock the version that was shown. Raises ``Stale`` when one of ``clocks`` has changed since, or was assessed.
    The person is told by mail, unless they named themselves.
    """
    incident = locked_incident(incident)
    require(permissions.can_assess_clocks(by, incident), NotAllowed(permissions.assess_clocks_refusal(incident)))
    require_living(incident)
    require_nothing_missing("Nobody was named.", _missing(incident, assessor, clocks))
    assert assessor is not None  # noqa: S101 - asked for above
    rows = list(
        incident.clocks.filter(pk__in=clocks).select_related("rule").select_for_update(of=("self",), no_key=True)
    )
    as_shown = [row for row in rows if row.state == State.TO_ASSESS and seen.get(row.pk) == row.version]
    require(len(as_shown) == len(set(clocks)), Stale("Somebody changed one of these clocks since you opened the page."))
    named = [row for row in rows if row.assessor_id != assessor.pk]
    now = hand.now()
    for row in named:
        row.assessor, row.named_by, row.named_at, row.version = assessor, by, now, row.version + 1
        row.save(update_fields=["assessor", "named_by", "named_at", "version"])
    if named:
        notes = [
            ClockNote(clock=row, verb=ClockNote.Verb.NAMED, whose=assessor, said_by=by, said_at=now) for row in named
        ]
        codes = [row.code for row in named]
        line = f"Legal clocks: {assessor} is to say whether {', '.join(codes)} {'applies' if len(codes) == 1 else 'apply'}."
        timeline.enter(
            incident, line, Action.CLOCK_ASSESSOR_NAMED, by=by, keep=notes, codes=codes, assessor=assessor.pk
        )
        if assessor != by:
            alert_clock.named(incident, named, assessor)
    return named


def _missing(incident: Incident, assessor: User | None, clocks: Collection[int]) -> list[Missing]:
    found = []
    if not clocks:
        found.append(Missing("Tick at least one clock", "desk:clocks", (incident.pk,), "id_name-clocks_0"))
    if assessor is None:
        found.append(
            Missing("Choose who is to say whether they apply", "desk:clocks", (incident.pk,), "id_name-assessor")
        )
    elif not permissions.can_assess_clocks(assessor, incident):
        words = f"Choose somebody who may say so: {assessor} may not"
        found.append(Missing(words, "desk:clocks", (incident.pk,), "id_name-assessor"))
    return found
