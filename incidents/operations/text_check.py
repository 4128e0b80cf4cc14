"""The draft check asked of a text that is no statement yet, as the editor asks it: for the terminal and for tools."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from incidents import draft_check, wording
from incidents.draft_check import Context, Result, Stage
from incidents.models import Incident
from incidents.operations import checking, known

# What a rule wants filled beside the words: of a statement, and of a commitment.
FIELDS = ("next_update_at", *wording.ANSWERS, "owner", "due_at", "verification")


def check(
    text: str,
    stage: Stage | str,
    *,
    incident: Incident | None = None,
    filled: Collection[str] = (),
    whole: bool = True,
    given: Mapping[str, Any] | None = None,
) -> Result:
    """``filled`` names the fields that are filled beside the text, ``given`` values of the context that take the place of ours.

    Without an incident no cause is established, no number has a source, and nobody who asked is known. With one, its confirmed
    facts count as cited. Raises ``TooLong``, and ``ValueError`` with a sentence for what is no field or no part of a context.
    """
    if strange := sorted(set(filled) - set(FIELDS)):
        raise ValueError(f"There is no field {', '.join(strange)}. The fields are {', '.join(FIELDS)}.")
    around = replace(_around(incident, text), fields=frozenset(filled))
    return draft_check.check(text, stage, Context.of(given or {}, around), whole=whole)


def _around(incident: Incident | None, text: str) -> Context:
    if incident is None:
        return checking.known()
    said = (checking.said_by(fact, text) for fact in incident.facts.confirmed())
    return replace(
        checking.known(incident),
        cause_established=known.of(incident).cause,
        recovered=incident.state == Incident.State.RECOVERED,
        counts=frozenset().union(*said),
        audience_technical=incident.agent.component.audience_technical,
    )
