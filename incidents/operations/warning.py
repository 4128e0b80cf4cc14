"""How far a safety warning reaches: what people should do and what is switched off, while that still helps them (R119).

The commander's written reason stands in for the facts because harm can still be avoided. It must not become the way in which
everything else goes round them, so a warning has an end and says nothing more.
"""

from collections.abc import Iterator

from incidents import wording
from incidents.models import Commitment, Incident, ServiceState, Statement
from incidents.operations.checking import Checked
from refusals import Missing

TOO_LATE = "The incident has recovered: there is no harm left to warn people of. Say it in an update or a correction."
NO_COMMITMENT = "A warning promises the next update and nothing else. Make this commitment with an update"


def begin_refusal(incident: Incident) -> str:
    """Why nobody can be warned any more, or nothing. Before the incident is open a warning can be written, and waits."""
    return TOO_LATE if incident.state == Incident.State.RECOVERED else ""


def missing(statement: Statement, checked: Checked) -> Iterator[Missing]:
    """Of a warning: that its time has passed, whatever it says beyond its scope, and the commander's reason.

    That the incident is open at all is asked of every statement.
    """
    if statement.kind != Statement.Kind.WARNING:
        return
    if trouble := begin_refusal(statement.incident):
        yield Missing(trouble.rstrip("."), "desk:incident", (statement.incident_id,))
    yield from _beyond(statement)
    if not checked.is_released:
        yield Missing(
            "Have the commander write why people are warned before the facts are known", *_here(statement), "wording"
        )


def _beyond(statement: Statement) -> Iterator[Missing]:
    """What it says besides what people should do and what is switched off."""
    for field in Statement.PUBLIC_TEXTS:
        if field not in wording.texts_of(statement.kind) and getattr(statement, field):
            sentence = f"Take out “{wording.LABELS[field]}”: a warning says what to do and what is switched off"
            yield Missing(sentence, *_here(statement), f"id_{field}")
    if ServiceState.OPERATIONAL in statement.component_states.values():
        sentence = "Call no component working in a warning: say that in an update, which rests on facts"
        yield Missing(sentence, *_here(statement), "id_component_states")
    for made in statement.own_commitments():
        if made.state == Commitment.State.DRAFT:
            yield Missing(NO_COMMITMENT, "desk:commitment_draft", (made.pk,))


def _here(statement: Statement) -> tuple[str, tuple[int, ...]]:
    return "desk:statement", (statement.pk,)
