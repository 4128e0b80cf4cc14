"""Statements on their way to the public: begun, edited, discarded. Every save is kept as a version with all its fields."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.models import User
from incidents import mails_approval, sources
from incidents.actions import Action
from incidents.models import (
    Approval,
    Citation,
    Commitment,
    Fact,
    Incident,
    RecordEntry,
    ScheduledPublication,
    Statement,
    StatementTemplate,
    StatementVersion,
    Submission,
)
from incidents.operations import checking, dossier, guards, questions, reminder, start, timeline, withheld
from incidents.permissions import can_write_statement, write_statement_refusal
from incidents.permissions_queue import can_take_over_writing, take_over_writing_refusal
from incidents.wording import tidy
from refusals import Incomplete, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing
from stakeholders.bell import kick
from stakeholders.models import StakeholderGroup

missing = guards.missing

TEXTS = (*Statement.PUBLIC_TEXTS, "disclosure_note")
CHOOSE_FACTS = "Choose facts from the list"
WITHHELD = "withheld"  # ticked, like the facts, and kept beside the fields in the same way
FIELDS = (*TEXTS, "public_status", "impact", "component_states", "began_at", "next_update_at")


@transaction.atomic
def begin(
    incident: Incident,
    kind: str,
    *,
    by: User,
    corrects: RecordEntry | None = None,
    corrects_message: Approval | None = None,
    group: StakeholderGroup | None = None,
    template: StatementTemplate | None = None,
    cites: Iterable[Fact] = (),
    answers: Collection[int] = (),
    seen: Mapping[int, int] | None = None,
    **fields: Any,
) -> Statement:
    """A draft, one at a time in each lane (``in_lane``). It starts from what the public reads now instead of from nothing.

    A correction names the entry that it ``corrects``, of the same incident; nothing else does. A direct message names the
    ``group`` it goes to, or the message that it corrects: then it is for the same group. A ``template`` gives the texts
    that ``fields`` do not. It ``cites`` facts, and ``answers`` questions of the map by their keys, as ``edit`` does.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(can_write_statement(by, incident), NotAllowed(write_statement_refusal()))
    start.require_kind(kind)
    start.require_something_to_correct(incident, kind, corrects)
    group = start.receivers(incident, kind, corrects_message, group)
    start.require_stage(incident, kind, corrects=corrects, group=group)
    place = Missing(CHOOSE_FACTS, "desk:statement_new", (incident.pk, kind), "id_cites")
    facts = _of_incident(incident.pk, cites, place)
    now = clock.now()
    statement = Statement(
        incident=incident,
        kind=kind,
        corrects=corrects,
        corrects_message=corrects_message,
        group=group,
        created_by=by,
        created_at=now,
        edited_by=by,
        edited_at=now,
        **start.words(incident, kind, corrects_message),
    )
    _set(statement, start.from_template(template, incident, kind) | fields)
    statement.save()
    Citation.objects.bulk_create(_cite(statement, fact, seen or {}) for fact in facts)
    if answers:
        questions.choose(statement, answers)
        questions.keep(statement)
    require_nothing_missing("This cannot be saved as it is.", guards.wording_trouble(statement))
    _note_begun(statement, by=by, corrects=corrects, corrects_message=corrects_message, group=group, template=template)
    return statement


@transaction.atomic
def edit(
    statement: Statement,
    *,
    by: User,
    seen_version: int,
    cites: Iterable[Fact] | None = None,
    rests: Mapping[int, Iterable[str]] | None = None,
    answers: Collection[int] | None = None,
    seen: Mapping[int, int] | None = None,
    renewed: Collection[int] = (),
    **fields: Any,
) -> Statement:
    """Save a version. A submission that waits becomes void: nobody approves words that are no longer these.

    ``cites`` are all the facts it rests on, ``rests`` the sentences that rest on each of them, by the key of the fact.
    ``answers`` are all the questions that it answers, by their keys (R19).

    A citation keeps the version of its fact that the author had in view, which ``seen`` says by the key of the fact (else it
    is the present one). It keeps it until the author takes the newer one: ``renewed`` are the facts of which they do.

    Raises ``Stale`` with the differing fields when somebody saved in between. A save that changes nothing is no version.
    """
    statement = lock(statement, by=by, seen_version=seen_version)
    changed = put(statement, cites=cites, rests=rests, answers=answers, seen=seen, renewed=renewed, **fields)
    require_nothing_missing("This cannot be saved as it is.", guards.wording_trouble(statement))
    _keep_citations(statement)
    questions.keep(statement)
    return _saved(statement, by=by, fields=changed) if changed else statement


def put(
    statement: Statement,
    *,
    cites: Iterable[Fact] | None = None,
    rests: Mapping[int, Iterable[str]] | None = None,
    answers: Collection[int] | None = None,
    seen: Mapping[int, int] | None = None,
    renewed: Collection[int] = (),
    **fields: Any,
) -> list[str]:
    """Make ``statement`` what saving this would make of it, and save nothing. Returns in which fields it then differs.

    Whatever reads it, reads what was typed and ticked: what is said of words while they are written is what is said of
    them when they are saved, because both come from here.
    """
    before, moved = _own_content(statement), False
    _set(statement, fields)
    if cites is not None or rests is not None or renewed:
        rows, moved = _citations(statement, cites, rests, seen or {}, renewed)
        statement.citations_at_hand = rows  # type: ignore[attr-defined]
    if answers is not None:
        questions.choose(statement, answers)
    after = _own_content(statement)
    changed = sorted(field for field in {**before, **after} if after.get(field) != before.get(field))
    if moved and "cites" not in changed:
        changed = sorted([*changed, "cites"])
    if changed:
        statement.edited_at = clock.now()
    return changed


@transaction.atomic
def discard(statement: Statement, *, by: User, seen_version: int | None = None) -> None:
    """Give up a draft for good. Its commitments are dropped with it; nothing of it was ever public."""
    statement = lock(statement, by=by, seen_version=seen_version)
    void_submission(statement, by=by)
    drafts = Commitment.objects.filter(statement=statement, state=Commitment.State.DRAFT)
    dropped = drafts.update(state=Commitment.State.DROPPED)
    statement.state = Statement.State.DISCARDED
    statement.save(update_fields=["state"])
    log.write(Action.STATEMENT_DISCARDED, by=by, about=statement, version=statement.version, dropped=dropped)


@transaction.atomic
def take_over(statement: Statement, *, by: User, seen_version: int) -> Statement:
    """Go on writing what somebody else began, under one's own name. What waits for approval becomes void.

    A version is kept in the name of ``by`` though no word has changed: from now on they are an author of it (R116), so
    they cannot approve it. The author until now is told.
    """
    statement = lock(statement, by=by, seen_version=seen_version)
    require(can_take_over_writing(by, statement), WrongState(take_over_writing_refusal(by, statement)))
    author = statement.edited_by
    kept = _next_version(statement, by=by)
    line = f"Taken over from {author}: {statement.get_kind_display().lower()}, now version {statement.version}."
    if author.is_active:
        mails_approval.taken_over(statement, author, by=by)
    timeline.enter(
        statement.incident,
        line,
        Action.STATEMENT_TAKEN_OVER,
        by=by,
        about=statement,
        happened_at=statement.edited_at,
        keep=[kept],
        version=statement.version,
        written_before_by=author.pk,
    )
    kick()
    return statement


def lock(statement: Statement, *, by: User, seen_version: int | None) -> Statement:
    """The statement, locked, once it is sure that ``by`` may change the version they saw. For operations on its parts.

    The incident is locked before it, as in approving: what is inserted below touches the incident's row as well.
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=statement.incident_id)
    statement = Statement.objects.select_for_update(no_key=True).get(pk=statement.pk)
    statement.incident = incident
    require(can_write_statement(by, statement.incident), NotAllowed(write_statement_refusal()))
    require(statement.is_being_written, WrongState(f"This statement is {statement.get_state_display().lower()}."))
    require(
        seen_version in (None, statement.version),
        Stale("Somebody saved this statement after you opened it.", _since(statement, seen_version)),
    )
    return statement


def touch(statement: Statement, *, by: User, seen_version: int | None) -> Statement:
    """Save a version because a part outside its own columns changed: a commitment drafted, redrafted or dropped.

    Call ``lock`` first, change the part, then this, in one transaction, so that the version holds the part as it is now.
    """
    return _saved(lock(statement, by=by, seen_version=seen_version), by=by, fields=["commitments"])


def _note_begun(statement: Statement, *, by: User, **named: Any) -> None:
    timeline.enter(
        statement.incident,
        f"Began to write: {statement.get_kind_display().lower()}.",
        Action.STATEMENT_BEGUN,
        by=by,
        about=statement,
        happened_at=statement.created_at,
        keep=[version_of(statement, by)],
        incident=statement.incident_id,
        kind=statement.kind,
        **{name: row.pk for name, row in named.items() if row},
    )


def void_submission(statement: Statement, *, by: User) -> None:
    """What waits for approval no longer says what the statement says."""
    now = clock.now()
    for waiting in Submission.objects.select_for_update(no_key=True).filter(statement=statement).waiting():
        waiting.outcome, waiting.decided_by, waiting.decided_at = Submission.Outcome.VOID, by, now
        waiting.save(update_fields=["outcome", "decided_by", "decided_at"])
        cancelled, why = ScheduledPublication.State.CANCELLED, "The words were changed after they were approved."
        waiting.schedules.settle(cancelled, by=by, at=now, reason=why)
        reminder.supersede_submission(waiting)


def _set(statement: Statement, fields: dict[str, Any]) -> None:
    unknown = fields.keys() - {*FIELDS, WITHHELD}
    if unknown:
        raise TypeError(f"A statement has no {', '.join(sorted(unknown))}.")
    for field, value in fields.items():
        if field == WITHHELD:
            statement.withheld = withheld.in_order(value)
        else:
            setattr(statement, field, tidy(value) if field in TEXTS else _minute(value))


def _minute(value: Any) -> Any:
    """Times are promised and printed by the minute, so that is what they are."""
    return value.replace(second=0, microsecond=0) if isinstance(value, datetime) else value


def _citations(
    statement: Statement,
    cites: Iterable[Fact] | None,
    rests: Mapping[int, Iterable[str]] | None,
    seen: Mapping[int, int],
    renewed: Collection[int],
) -> tuple[list[Citation], bool]:
    """What it would rest on, and whether a newer version of a fact was taken.

    A sentence that is gone is forgotten, and so is what was named for a fact not cited.
    """
    saved = {one.fact_id: one for one in statement.own_citations()}
    place = Missing(CHOOSE_FACTS, "desk:statement", (statement.pk,), "id_cites")
    facts = [one.fact for one in saved.values()] if cites is None else _of_incident(statement.incident_id, cites, place)
    found, moved = [], False
    for fact in facts:
        known = saved.get(fact.pk)
        named = list(known.sentences) if known else []
        if rests is not None:
            named = sources.still_said(statement, dict.fromkeys(rests.get(fact.pk, ())))
        cited = _cite(statement, fact, seen)
        cited.sentences = named
        if known:
            taken = max(known.version or 0, cited.version or 0) if fact.pk in renewed else known.version
            moved = moved or taken != known.version
            cited.pk, cited.version = known.pk, taken
        found.append(cited)
    return found, moved


def _cite(statement: Statement, fact: Fact, seen: Mapping[int, int]) -> Citation:
    """In the version that the author had in view, which is none that is still to come."""
    return Citation(statement=statement, fact=fact, version=min(seen.get(fact.pk, fact.version), fact.version))


def _of_incident(incident: int, cites: Iterable[Fact], place: Missing) -> list[Fact]:
    facts = {fact.pk: fact for fact in cites}
    ours = all(fact.incident_id == incident for fact in facts.values())
    require(ours, Incomplete("A statement cites facts of its own incident.", [place]))
    return [facts[pk] for pk in sorted(facts)]


def _keep_citations(statement: Statement) -> None:
    """Save what was ``put`` at hand, so that it is asked of the database again."""
    at_hand: list[Citation] | None = statement.__dict__.pop("citations_at_hand", None)
    if at_hand is None:
        return
    rows = Citation.objects.filter(statement=statement).values_list("fact", "sentences", "version")
    saved = {fact: (sentences, version) for fact, sentences, version in rows}
    if gone := saved.keys() - {one.fact_id for one in at_hand}:
        Citation.objects.filter(statement=statement, fact__in=gone).delete()
    Citation.objects.bulk_create([one for one in at_hand if one.fact_id not in saved])
    for one in at_hand:
        if one.fact_id in saved and saved[one.fact_id] != (one.sentences, one.version):
            one.save(update_fields=["sentences", "version"])


def _saved(statement: Statement, *, by: User, fields: list[str]) -> Statement:
    kept = [_next_version(statement, by=by)]
    log.write(Action.STATEMENT_EDITED, by=by, about=statement, keep=kept, version=statement.version, fields=fields)
    return statement


def _next_version(statement: Statement, *, by: User) -> StatementVersion:
    """Saved as a draft of ``by``, and what the log is to keep of it."""
    void_submission(statement, by=by)
    statement.state = Statement.State.DRAFT
    statement.version += 1
    statement.edited_by, statement.edited_at = by, clock.now()
    statement.cases = checking.cases(statement, guards.read(statement))
    statement.save()
    return version_of(statement, by)


def version_of(statement: Statement, by: User) -> StatementVersion:
    """What was saved just now. The log saves it, with the entry that keeps it."""
    return StatementVersion(
        statement=statement,
        version=statement.version,
        saved_by=by,
        saved_at=statement.edited_at,
        content=_content(statement),
    )


def _content(statement: Statement) -> dict[str, Any]:
    """All fields of a version, as JSON."""
    return {**_own_content(statement), "commitments": dossier.commitments_of(statement)}


def _own_content(statement: Statement) -> dict[str, Any]:
    """What the form of the statement itself decides."""
    values = {field: getattr(statement, field) for field in FIELDS}
    said = {field: dossier.instant(value) if isinstance(value, datetime) else value for field, value in values.items()}
    rows = [(one.fact_id, one.sentences) for one in statement.own_citations()]
    rests = {"rests": {str(fact): sentences for fact, sentences in rows if sentences}}
    held = {WITHHELD: statement.withheld} if statement.withheld else {}
    more = {**held, **(rests if rests["rests"] else {}), **questions.content(statement)}
    return {**said, "cites": [fact for fact, _ in rows], **more}


def _since(statement: Statement, seen_version: int | None) -> tuple[Any, ...]:
    seen = StatementVersion.objects.filter(statement=statement, version=seen_version or 0).first()
    return dossier.differences(seen.content, _content(statement)) if seen else ()
