"""What a submission asks about: everything that its digest covers, and how two such states differ (R117).

The words as the reader gets them, every field, the commitments, the facts they rest on with version and confidence, and
who will read it. Two equal dossiers mean that a person who read the one has read the other.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import moments
from accounts import chain
from accounts.models import Organisation
from agents.models import Component
from incidents import wording
from incidents.models import (
    Citation,
    Commitment,
    CommitmentChange,
    Fact,
    Impact,
    MastheadChange,
    PublicStatus,
    ServiceState,
    Statement,
    Submission,
)
from incidents.models.statement import Withheld
from incidents.operations import checking, commitment_words, correction, direct, names, questions, replaced
from incidents.operations.passages import Passage
from refusals import Change

AUDIENCE = "public"
SALT = "salt"  # of the digest; no part of what is asked
FINDINGS, RULES = "findings", "rules_digest"  # what the check said when it was submitted, and by which rules
AS_SUBMITTED = (SALT, FINDINGS, RULES)  # what is not worked out again: the digest binds it, and nothing makes it stale
TIMES = ("began_at", "next_update_at", "new_due_at", "due_at")
WORDS: dict[str, Callable[[Any], str]] = {
    "public_status": lambda value: PublicStatus(value).label,
    "impact": lambda value: Impact(value).label,
    "kind": lambda value: str(value).replace("_", " "),
    "audience": lambda value: "everybody" if value == AUDIENCE else str(value),
    "receivers": lambda value: "these addresses",
    "cites": lambda value: ", ".join(f"fact {pk}" for pk in value),
    "rests": lambda value: "; ".join(f"fact {pk}: {' '.join(sentences)}" for pk, sentences in value.items()),
    "let_stand": lambda value: "; ".join(f"{one['found']}: {one['reason']}" for one in value),
    "withheld": lambda value: "; ".join(Withheld(one).label for one in value),
    "dismissed": lambda value: "; ".join(one["found"] for one in value),
    "corrects": lambda value: ", ".join(f"entry {number}" for number in value),
    "corrects_messages": lambda value: ", ".join(f"the message of {_exact(one['approved_at'])}" for one in value),
    "answers": lambda value: ", ".join(f"fact {pk}" for pk in value),
    "around": " ".join,
    "questions": lambda value: "; ".join(f"{one['group']}: {one['text']}" for one in value),
    "replaces": lambda value: "; ".join(_said_replaced(value)),
    "taken_down": lambda value: ", ".join(f"words of entry {number}" for number in value),
    "last_correction": lambda value: f"entry {value}",
}


def of(submission: Submission) -> dict[str, Any]:
    """The dossier of its subject as it stands now."""
    if submission.statement:
        return of_statement(submission.statement)
    return of_change(submission.change) if submission.change else of_masthead(submission.masthead)


def as_now(submission: Submission) -> dict[str, Any]:
    """The same with the salt and the findings that it was submitted with, to compare it with what was submitted.

    The log keeps the digest of a submission for good. Without the salt, words that were taken down cannot be guessed from it.
    """
    return of(submission) | {name: value for name, value in submission.content.items() if name in AS_SUBMITTED}


def warned_of(passages: Iterable[Passage], rules_digest: str) -> dict[str, Any]:
    """What the draft check found in the words that were submitted, for the approver and for whoever asks later (R117)."""
    found = [
        {
            "rule": one.finding.rule,
            "name": one.finding.name,
            "severity": one.finding.severity.value,
            "field": one.field,
            "words": one.finding.text,
        }
        for one in passages
    ]
    return {FINDINGS: found, RULES: rules_digest}


def of_statement(statement: Statement) -> dict[str, Any]:
    corrects = correction.put_right_by(statement)
    standing = checking.let_stand(statement)
    stands = [{"rule": one.rule, "found": one.found, "reason": one.reason} for one in standing if not one.is_dismissal]
    stands += [
        {"rule": one.rule, "found": one.found, "reason": one.reason, "commitment": made.public_id}
        for made, one in commitment_words.let_stand(statement)
    ]
    dismissed = [{"rule": one.rule, "found": one.found} for one in standing if one.is_dismissal]
    return {
        "audience": AUDIENCE,
        "version": statement.version,
        "kind": statement.kind,
        "headline": statement.headline,
        "body": statement.words(),
        "affected": statement.affected,
        "what_to_do": statement.what_to_do,
        "public_status": statement.public_status,
        "impact": statement.impact,
        "component_states": statement.component_states,
        "began_at": instant(statement.began_at),
        "next_update_at": instant(statement.next_update_at),
        "disclosure_note": statement.disclosure_note,
        **({"withheld": statement.withheld} if statement.withheld else {}),
        "commitments": commitments_of(statement),
        "facts": [_fact(citation) for citation in statement.own_citations()],
        **({"corrects": list(corrects.told)} if corrects.told else {}),
        **({"answers": list(corrects.facts)} if corrects.facts else {}),
        **({"let_stand": stands} if stands else {}),
        **({"dismissed": dismissed} if dismissed else {}),
        **questions.content(statement),
        **replaced.content(statement, corrects.told),
        # If somebody joins or leaves a group, a message to it has not been approved (R11).
        **({} if statement.is_public else direct.content(statement)),
    }


def of_change(change: CommitmentChange) -> dict[str, Any]:
    commitment = change.commitment
    return {
        "audience": AUDIENCE,
        "kind": change.kind,
        "commitment": commitment.public_id,
        "state": commitment.state,
        "text": commitment.text,
        "due_at": instant(commitment.due_at),
        "new_text": change.new_text,
        "new_due_at": instant(change.new_due_at),
        "public_reason": change.public_reason,
    }


def of_masthead(change: MastheadChange | None) -> dict[str, Any]:
    assert change is not None  # noqa: S101 - a submission asks about one of three things; the database holds it to that
    return {"audience": AUDIENCE, "kind": change.kind, **names.snapshot(change)}


def commitments_of(statement: Statement) -> list[dict[str, Any]]:
    """The commitments this statement would make, in the order in which they get their numbers."""
    return [
        {
            "id": made.public_id,
            "text": made.text,
            "public_owner": made.public_owner,
            "owner": made.owner_id,
            "due_at": instant(made.due_at),
            "verification": made.verification,
        }
        for made in statement.own_commitments()
        if made.state == Commitment.State.DRAFT
    ]


def _exact(at: str) -> str:
    return moments.exact(datetime.fromisoformat(at))


def instant(at: datetime | None) -> str | None:
    return chain.instant(at) if at else None


def _fact(citation: Citation) -> dict[str, Any]:
    fact, sentences = citation.fact, citation.sentences
    said = {"id": fact.pk, "version": fact.version, "confidence": fact.confidence, "text": fact.text}
    return said | ({"sentences": sentences} if sentences else {})


# Differences, for a person


def differences(seen: dict[str, Any], now: dict[str, Any]) -> tuple[Change, ...]:
    """What a person who read ``seen`` has not read: one change for each field, fact and commitment.

    In the order of ``now``, which is that of the page; what comes out of a database may have lost its own.
    """
    found: list[Change] = []
    for field in {**now, **seen}:
        before, after = seen.get(field), now.get(field)
        if before == after:
            continue
        if field in ("facts", "commitments", "components"):
            found += _rows(field, before or [], after or [])
        elif field not in WORDS and (isinstance(before, dict) or isinstance(after, dict)):
            found += _entries(before or {}, after or {})
        else:
            found.append(Change(_label(field), said(field, before), said(field, after)))
    return tuple(found)


def said(field: str, value: Any) -> str:
    """A value of a dossier in words."""
    if not value:
        return ""
    if field in TIMES:
        organisation = Organisation.current()
        return moments.phrase(datetime.fromisoformat(value), organisation.zone if organisation else "UTC")
    return WORDS[field](value) if field in WORDS else str(value)


def _rows(field: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterable[Change]:
    describe = {"facts": _said_fact, "commitments": _said_commitment}.get(field, lambda row: str(row.get("id", "")))
    old, new = ({row["id"]: row for row in rows} for rows in (before, after))
    for key in {**old, **new}:
        if old.get(key) != new.get(key):
            label = {"facts": f"Fact {key}", "commitments": "Commitment"}.get(field, "Component")
            yield Change(label, *(describe(rows[key]) if key in rows else "" for rows in (old, new)))


def _entries(before: dict[str, Any], after: dict[str, Any]) -> Iterable[Change]:
    """Values by name: component states by public id, or texts by field."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    names = dict(Component.objects.filter(public_id__in=keys).values_list("public_id", "public_name"))
    for key in keys:
        seen, now = (_said_state(values.get(key)) for values in (before, after))
        yield Change(names.get(key, _label(key)), seen, now)


def _said_replaced(value: dict[str, Any]) -> Iterable[str]:
    """ "State: Monitoring", "What to do now: as in entry 4", "Support assistant: Down"."""
    names = dict(Component.objects.filter(public_id__in=value).values_list("public_id", "public_name"))
    for key, one in value.items():
        words = (
            f"as in entry {one}" if key in replaced.WRITTEN else _said_state(one) if key in names else said(key, one)
        )
        yield f"{names.get(key, _label(key))}: {words}"


def _said_state(value: Any) -> str:
    return ServiceState(value).label if value in ServiceState.values else str(value or "")


def _said_fact(row: dict[str, Any]) -> str:
    return f"{Fact.Confidence(row['confidence']).label}, version {row['version']}: {row['text']}"


def _said_commitment(row: dict[str, Any]) -> str:
    return f"{row['text']} {row['public_owner']}, by {said('due_at', row['due_at'])}. Check: {row['verification']}"


def _label(field: str) -> str:
    return wording.LABELS.get(field, field.replace("_", " ").replace(".", " ").capitalize())
