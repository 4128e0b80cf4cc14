"""What stands between a statement and the public, besides a second person: the list, complete, with the places to mend it.

The same list is shown beside the draft, asked at submission and asked again at approval.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import clock
from accounts.chain import TAKEN_DOWN
from agents.models import Component
from incidents import markdown, placeholders, sources, wording
from incidents.models import (
    Approval,
    Commitment,
    Fact,
    Impact,
    Incident,
    PublicStatus,
    RecordEntry,
    ServiceState,
    Statement,
)
from incidents.operations import bearing, checking, commitment_words, correction, direct, known, warning, why, withheld
from incidents.operations.checking import Checked
from incidents.operations.known import Known
from incidents.operations.never_public import Names
from refusals import Missing

LEAST_NOTICE = timedelta(minutes=10)
STATE_NOW_LASTS = timedelta(minutes=60)
LINE_LIMIT = 1_000
LIMITS = {"headline": 200, "affected": LINE_LIMIT, "what_to_do": LINE_LIMIT, "disclosure_note": LINE_LIMIT}
FOUR_QUESTIONS = Fact.Question.values
AT_LEAST_REPORTED = (Fact.Question.AGENT_DID, Fact.Question.EXPERIENCED)

NEEDED = {
    Statement.Kind.HOLDING: {
        "headline": "Write a headline",
        "acknowledgement": "Say what went wrong. The first message acknowledges it",
        "investigating": "Say what you are investigating",
        "affected": "Say who is affected, or that you do not know yet",
        "what_to_do": "Say what people should do now, or that they need do nothing",
        "disclosure_note": "Note what you leave out and why, or that nothing is left out",
    },
    Statement.Kind.UPDATE: {
        "headline": "Write a headline",
        "body": "Write the message",
        "affected": "Say who is affected, or that you do not know yet",
        "what_to_do": "Say what people should do now, or that they need do nothing",
        "disclosure_note": "Note what you leave out and why, or that nothing is left out",
    },
}
NEEDED[Statement.Kind.RESOLUTION] = NEEDED[Statement.Kind.UPDATE] | {
    "body": "Say in short that it is over, and for whom it is not",
    "what_happened": "Say what happened",
    "why_it_happened": "Say why it happened, or that it is not established yet and when you will say",
    "what_changes": "Say what prevents a repeat",
}
NEEDED[Statement.Kind.POST_MORTEM] = NEEDED[Statement.Kind.RESOLUTION] | {
    "body": "Say in short what happened to whom, from when to when",
    "why_it_happened": "Say why it happened",
}
NEEDED[Statement.Kind.WARNING] = NEEDED[Statement.Kind.HOLDING] | {
    "what_to_do": "Say what people should do now",
    "body": "Say what is switched off, or that nothing is yet",
}
NEEDED[Statement.Kind.CORRECTION] = NEEDED[Statement.Kind.UPDATE] | {
    "acknowledgement": "Say what was wrong in what we said, and how that came about",
    "body": "Say what is so instead",
}
NEEDED[Statement.Kind.DIRECT] = {
    "headline": "Write a subject",
    "body": "Write the message",
    "what_to_do": "Say what people should do now, or that they need do nothing",
    "disclosure_note": "Note what you leave out and why, or that nothing is left out",
}


# Of a direct message that corrects another.
CORRECTING = {"body": "Say what was wrong in what we wrote, how that came about, and what is so instead"}


@dataclass(frozen=True)
class Looked:
    """What stands in the way of a statement, and what the draft check says of its words."""

    missing: list[Missing]
    checked: Checked
    in_commitments: list[commitment_words.InCommitment]  # what stops its commitments, or is let stand in them
    to_look_at: list[str]  # what of its numbers and sentences wants a second look
    sentences: list[sources.Sentence]
    said: list[Any]  # where it says that all is over: what was published and mailed about the incident

    @property
    def told(self) -> dict[str, str] | None:
        """What the public was told of each component, where the publications are at hand."""
        told = [one.entry for one in self.said if one.kind != Statement.Kind.DIRECT]
        return RecordEntry.states_told(told) if told else None


def look(statement: Statement, *, components: Iterable[Component] | None = None, names: Names | None = None) -> Looked:
    """Everything that a page shows beside a statement.

    A page that has fetched the ``components`` and the ``names`` that are never public hands them over; otherwise they are
    asked for.
    """
    found = known.of(statement.incident)
    around = checking.known(statement.incident, names)
    checked = checking.check(statement, cause_established=found.cause, around=around, components=components)
    sentences = sources.of(statement)
    promised = commitment_words.in_statement(statement, around)
    said = _said(statement)
    stops = [*_missing(statement, found, components, said), *_words(statement, checked)]
    stops += commitment_words.missing(promised)
    return Looked(stops, checked, promised, bearing.to_look_at(statement, sentences, found), sentences, said)


def read(statement: Statement, *, components: Iterable[Component] | None = None) -> Checked:
    """What the draft check says of the words, without what else stands in the way."""
    return checking.check(statement, cause_established=known.of(statement.incident).cause, components=components)


def missing(statement: Statement, *, components: Iterable[Component] | None = None) -> list[Missing]:
    """Everything that must be put right before this statement can go out (R5 to R7, R9 to R18, R22), page by page."""
    return look(statement, components=components).missing


def _words(statement: Statement, checked: Checked) -> Iterator[Missing]:
    """What a safety warning may not say, and what the draft check finds and nobody answers for."""
    yield from warning.missing(statement, checked)
    if checked.result.phrases_checked:
        yield from why.missing(statement)
    for passage in checked.stopping:
        finding = passage.finding
        said = f"Reword “{finding.text}”: {finding.name.lower()}" if finding.text else finding.name
        yield Missing(said, "desk:statement", (statement.pk,), "wording")


def _said(statement: Statement) -> list[Any]:
    """For what says that all is over: each publication and direct message, and whether it owes a correction."""
    if statement.kind not in Statement.SAYING_IT_IS_OVER:
        return []
    return list(Approval.objects.said().filter(incident=statement.incident))


def _missing(
    statement: Statement, found: Known, components: Iterable[Component] | None, said: list[Any]
) -> Iterator[Missing]:
    now = clock.now()
    yield from _stage(statement, said)
    yield from _fields(statement)
    yield from withheld.missing(statement)
    yield from wording_trouble(statement, components=components)
    yield from _placeholders(statement)
    yield from _promise(statement, now)
    yield from _label(statement, found)
    yield from _citations(statement)
    yield from bearing.missing(statement, found)
    yield from _facts(statement, found, now)
    yield from _containment(statement, found)
    yield from _commitments(statement, now)


def warnings(
    statement: Statement,
    *,
    components: Iterable[Component] | None = None,
    told: Mapping[str, str] | None = None,
) -> list[str]:
    """What does not stop it but wants a second look, for the author and for the approver (R7, R113).

    A page that has fetched the ``components``, and what the public was ``told`` of them, hands them over.
    """
    cited = statement.cited()
    found = []
    if not cited:
        found.append("It rests on no fact. If it says what happened, cite the facts that say so.")
    for fact in cited:
        if fact.confidence == Fact.Confidence.REPORTED:
            source = " by the agent itself, which is no evidence" if fact.source_kind == "agent_account" else ""
            found.append(f"Fact {fact.pk} is only reported{source}. Nobody has confirmed it: {fact.text}")
        elif fact.confidence == Fact.Confidence.NOT_KNOWN:
            found.append(f"Fact {fact.pk} is not known yet. Say it as something you do not know: {fact.text}")
    if statement.kind in Statement.SAYING_IT_IS_OVER:
        found += [f"{name} stays {state} on the page." for name, state in _not_working(statement, components, told)]
    return found


def stage_refusal(incident: Incident, kind: str) -> str:
    """Why a statement of this kind cannot be begun now, or nothing: one holding statement first, updates after it.

    People are warned while they can still avoid harm (R119), and whatever is in the record can be corrected.
    """
    if incident.state == Incident.State.DISMISSED:
        return "This incident was dismissed. Nothing more is said about it."
    if kind == Statement.Kind.WARNING:
        return warning.begin_refusal(incident)
    if kind in (Statement.Kind.CORRECTION, Statement.Kind.DIRECT):
        return ""
    spoken = incident.statements.filter(kind=Statement.Kind.HOLDING).exclude(state=Statement.State.DISCARDED).first()
    if kind == Statement.Kind.HOLDING:
        return "This incident has its holding statement. Write an update." if spoken else ""
    if not spoken or spoken.state != Statement.State.PUBLISHED:
        return "The first message is the holding statement. Publish that before anything else."
    if kind == Statement.Kind.POST_MORTEM:
        return _post_mortem_refusal(incident)
    return ""


def _post_mortem_refusal(incident: Incident) -> str:
    """It looks back on what is over in public, once (domain 2.3)."""
    said = incident.statements.exclude(state=Statement.State.DISCARDED)
    if said.filter(kind=Statement.Kind.POST_MORTEM).exists():
        return "This incident has its post-mortem. Correct it where something in it is wrong."
    if not said.filter(kind=Statement.Kind.RESOLUTION, state=Statement.State.PUBLISHED).exists():
        return "A post-mortem looks back on what is over. Publish the resolution first."
    return ""


def _stage(statement: Statement, said: list[Any]) -> Iterator[Missing]:
    incident = statement.incident
    if incident.state == Incident.State.DRAFT:
        yield Missing("Open the incident", "desk:incident", (incident.pk,))
    if incident.state == Incident.State.DISMISSED:
        yield Missing("The incident was dismissed: nothing more is said about it", "desk:incident", (incident.pk,))
    elif statement.is_public and not incident.is_public:
        yield Missing(
            "Answer yes to one of the three public questions: as answered, this incident is not public",
            "desk:describe",
            (incident.pk,),
        )
    if statement.kind in Statement.SAYING_IT_IS_OVER:
        yield from _end(incident, said)
    if statement.group:
        yield from direct.missing(statement)


def _end(incident: Incident, said: list[Any]) -> Iterator[Missing]:
    if incident.state != Incident.State.RECOVERED:
        yield Missing("Record the recovery: only then is it resolved", "desk:incident", (incident.pk,))
    yield from correction.unreviewed(said)
    owing = [one for one in reversed(said) if one.owes_correction]
    messages = [one for one in owing if one.kind == Statement.Kind.DIRECT]
    yield from correction.owed(one for one in owing if one not in messages)
    yield from direct.owed(messages)


def _fields(statement: Statement) -> Iterator[Missing]:
    needed = NEEDED[Statement.Kind(statement.kind)] | (CORRECTING if statement.corrects_message_id else {})
    for field, sentence in needed.items():
        if not getattr(statement, field):
            yield _here(statement, field, sentence)
    for field in (*Statement.PUBLIC_TEXTS, "disclosure_note"):
        if TAKEN_DOWN in getattr(statement, field):
            called = wording.label(field, statement.kind)
            yield _here(statement, field, f"{called}: write something in the place of the words taken down")


def _placeholders(statement: Statement) -> Iterator[Missing]:
    """What a template left to its author and nobody has filled in."""
    for field in Statement.PUBLIC_TEXTS:
        for asked in placeholders.left_in(getattr(statement, field)):
            yield _here(statement, field, f"Fill in [{asked}]")


def wording_trouble(statement: Statement, *, components: Iterable[Component] | None = None) -> Iterator[Missing]:
    """Texts that are too long, or that the renderer refuses. Asked at every save."""
    if trouble := markdown.problem(statement.words()):
        yield _here(statement, "body", trouble.rstrip("."))
    texts, limits = {field: getattr(statement, field) for field in LIMITS}, LIMITS
    if not statement.is_public:
        texts, limits = texts | {"headline": direct.subject(statement)}, LIMITS | {"headline": direct.LONGEST_SUBJECT}
    for field, sentence in too_long(texts, limits, statement.kind):
        yield _here(statement, field, sentence)
    for field, choices in (("public_status", PublicStatus.values), ("impact", Impact.values)):
        if getattr(statement, field) not in choices:
            yield _here(statement, field, f"{wording.label(field, statement.kind)}: choose one from the list")
    yield from withheld.unknown(statement)
    every = _all(components) if statement.component_states else ()
    known = {component.public_id for component in every}
    for key, state in statement.component_states.items():
        if key not in known or state not in ServiceState.values:
            yield _here(statement, "component_states", "Choose the state of each component from the list")


def too_long(texts: Mapping[str, str], limits: Mapping[str, int], kind: str = "") -> Iterator[tuple[str, str]]:
    """Each field whose text has more characters than it may, with the sentence that says so. For all public words."""
    for field, limit in limits.items():
        if len(texts[field]) > limit:
            yield field, f"{wording.label(field, kind)}: {len(texts[field]):,} characters. It may have {limit:,}"


def _promise(statement: Statement, now: datetime) -> Iterator[Missing]:
    promised = statement.next_update_at
    if not statement.is_public:
        return
    if says_it_is_over(statement):
        if promised:
            sentence = "When it is over no next update is promised. Make it a commitment"
            yield _here(statement, "next_update_at", sentence)
    elif not promised:
        yield _here(statement, "next_update_at", "Promise a time for the next update")
    elif promised < now + LEAST_NOTICE:
        yield _here(statement, "next_update_at", "Promise the next update at least ten minutes ahead")


def says_it_is_over(statement: Statement) -> bool:
    """A resolution, and a correction of words about an incident that is over: it does not open it again."""
    if statement.kind == Statement.Kind.CORRECTION:
        over = statement.incident.state == Incident.State.RECOVERED
        return over and statement.public_status == PublicStatus.RESOLVED
    return statement.kind in Statement.SAYING_IT_IS_OVER


def _label(statement: Statement, found: Known) -> Iterator[Missing]:
    incident, status = statement.incident, statement.public_status
    contained = incident.state in (Incident.State.CONTAINED, Incident.State.RECOVERED)
    kind = Statement.Kind(statement.kind)
    if kind in Statement.SAYING_IT_IS_OVER and status != PublicStatus.RESOLVED:
        yield _here(statement, "public_status", f"A {kind.label.lower()} says resolved")
    if status == PublicStatus.RESOLVED and not says_it_is_over(statement):
        yield _here(statement, "public_status", "Only a resolution says resolved")
    if status == PublicStatus.MONITORING and not contained:
        yield Missing("Record that it is contained, or do not say monitoring", "desk:incident", (incident.pk,))
    if kind == Statement.Kind.POST_MORTEM and not found.cause:
        sentence = "Confirm a fact as the cause: a post-mortem says why it happened"
        yield Missing(sentence, "desk:incident", (incident.pk,), "facts")
    if status == PublicStatus.IDENTIFIED and not found.cause:
        yield Missing("Confirm a fact as the cause, or do not say identified", "desk:incident", (incident.pk,), "facts")


def _citations(statement: Statement) -> Iterator[Missing]:
    for fact in statement.cited():
        if fact.is_retracted:
            yield _here(statement, "cites", f"Fact {fact.pk} was retracted. Take out what rests on it")


def _facts(statement: Statement, found: Known, now: datetime) -> Iterator[Missing]:
    """The four questions before the first message (R5, R6); a state of now that is not an hour old before any."""
    place = ("desk:fact_new", (statement.incident_id,))
    if not statement.is_public and statement.incident.state == Incident.State.RECOVERED:
        return
    looks_back = statement.kind == Statement.Kind.CORRECTION and says_it_is_over(statement)
    if statement.kind in (Statement.Kind.WARNING, Statement.Kind.POST_MORTEM) or looks_back:
        return
    for question in FOUR_QUESTIONS if statement.kind == Statement.Kind.HOLDING else [Fact.Question.STATE_NOW]:
        asked = Fact.Question(question).label
        if question not in found.newest:
            yield Missing(f"Enter a fact for: {asked}", *place)
        elif question in AT_LEAST_REPORTED and question not in found.known:
            yield Missing(f"Enter at least a reported fact for: {asked}", *place)
        elif question == Fact.Question.STATE_NOW and found.newest[question] < now - STATE_NOW_LASTS:
            yield Missing("Enter how it stands now: the last entry is more than an hour old", *place)


def _containment(statement: Statement, found: Known) -> Iterator[Missing]:
    if statement.kind == Statement.Kind.HOLDING and not found.containment:
        yield Missing(
            "Put one containment action in force, or record why none is possible",
            "desk:containment_new",
            (statement.incident_id,),
        )


def _commitments(statement: Statement, now: datetime) -> Iterator[Missing]:
    """Each names what, who, by when and how an outsider can check (R22). The form asks; time and people move on."""
    for made in statement.own_commitments():
        if made.state != Commitment.State.DRAFT:
            continue
        place = ("desk:commitment_draft", (made.pk,))
        if not (made.text and made.public_owner and made.verification):
            yield Missing("Say what will be done, who owns it and how an outsider can check", *place)
        if made.due_at <= now:
            yield Missing(f"The date of a commitment has passed: {made.text}", *place)
        if not made.owner.is_active:
            yield Missing(f"{made.owner} is no longer active and cannot own a commitment", *place)


def _not_working(
    statement: Statement, components: Iterable[Component] | None, told: Mapping[str, str] | None
) -> Iterator[tuple[str, str]]:
    """Components that the page would still show as failing after this statement."""
    before = RecordEntry.component_states(statement.incident) if told is None else told
    states = {**before, **statement.component_states}
    failing = {key: state for key, state in states.items() if state != ServiceState.OPERATIONAL}
    for component in _all(components) if failing else ():
        if component.public_id in failing:
            yield component.public_name, ServiceState(failing[component.public_id]).label.lower()


def _all(components: Iterable[Component] | None) -> Iterable[Component]:
    return Component.objects.all() if components is None else components


def _here(statement: Statement, field: str, sentence: str) -> Missing:
    """A field of the statement's own page."""
    return Missing(sentence, "desk:statement", (statement.pk,), f"id_{field}")
