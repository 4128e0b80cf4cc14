"""What the approval page shows, gathered: in this order, because it is the order in which one decides (U17)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

import clock
from accounts.models import User
from agents.models import Component
from incidents import wording
from incidents.mails_approval import subject_of
from incidents.models import (
    Approval,
    EmergencyReview,
    Fact,
    RecordEntry,
    Statement,
    Submission,
)
from incidents.operations import dossier, guards
from incidents.operations.approval import IN_EMERGENCY
from incidents.permissions import (
    approve_refusal,
    approvers_of,
    can_approve,
    can_approve_alone,
    can_approve_in_emergency,
    can_take_back,
)
from incidents.views import answers
from incidents.views.statement import preview

SHOWN = {"changes": "Changes", "after": "After", "side": "Side by side"}


@dataclass(frozen=True)
class Waiting:
    """One row of the queue."""

    submission: Submission
    about: str
    promise_due: Any


@dataclass(frozen=True)
class Compared:
    """One part of the words: how it came out of what the public reads now."""

    field: str
    label: str
    runs: list[wording.Run]
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return wording.changed(self.runs)

    @property
    def removed(self) -> list[wording.Run]:
        return [run for run in self.runs if run.kind != "insert"]

    @property
    def added(self) -> list[wording.Run]:
        return [run for run in self.runs if run.kind != "delete"]


def submissions() -> QuerySet[Submission]:
    return Submission.objects.with_subject().select_related(
        "decided_by", "statement__edited_by", "change__proposed_by", "masthead__proposed_by", "approval__entry"
    )


def queue() -> list[Waiting]:
    waiting = Submission.objects.waiting().with_subject().by_promise()
    return [Waiting(asked, subject_of(asked), asked.promise_due) for asked in waiting]


def reviews() -> list[EmergencyReview]:
    """Published in an emergency and read by no second person yet."""
    people = ("approval__approved_by", "approval__incident__agent")
    return list(EmergencyReview.objects.filter(reviewed_by=None).select_related(*people).order_by("due_at"))


def of(found: Submission, user: User, *, show: str) -> dict[str, Any]:
    now = clock.now()
    waits = found.outcome == Submission.Outcome.WAITING
    context: dict[str, Any] = {
        "submission": found,
        "about": subject_of(found),
        "queue": queue(),
        "show": show if show in SHOWN else "changes",
        "views": SHOWN,
        "now": now,
        "waits": waits,
        "stale": dossier.differences(found.content, dossier.of(found)) if waits else (),
        **_seats(found, user, waits=waits),
    }
    if found.statement:
        context |= _statement(found, found.statement, waits=waits)
    elif found.change:
        context |= _change(found)
    else:
        context |= _masthead(found)
    return context


def _seats(found: Submission, user: User, *, waits: bool) -> dict[str, Any]:
    """Who wrote it, who decides, and what the reader of the page may do. The author has no button."""
    may = waits and can_approve(user, found)
    others = list(approvers_of(found).exclude(pk=user.pk)) if waits else []
    return {
        "may_approve": may,
        "may_take_back": waits and can_take_back(user, found) and not may,
        "may_emergency": waits and not may and _is_urgent(found) and can_approve_in_emergency(user, found),
        "may_alone": waits and not may and can_approve_alone(user, found),
        "refusal_sentence": "" if may or not waits else approve_refusal(user, found),
        "others": wording.listed([other.name for other in others]) if others else "",
        "author": found.statement.edited_by if found.statement else found.subject.proposed_by,
    }


def _is_urgent(found: Submission) -> bool:
    return found.statement is not None and found.statement.kind in IN_EMERGENCY


def _statement(found: Submission, statement: Statement, *, waits: bool) -> dict[str, Any]:
    content, incident = found.content, statement.incident
    last = _last_before(found)
    before = last.approval if last else None
    states = RecordEntry.component_states(incident) if waits else {}
    return {
        "incident": incident,
        "last": last,
        "parts": [_compared(field, before, content) for field in ("headline", "body", "affected", "what_to_do")],
        "details": _details(before, content),
        "component_rows": _components(states, content["component_states"]),
        "preview": preview(content["body"]),
        "facts": _facts(statement, content["facts"]),
        "missing": [(item.sentence, answers.address(item)) for item in guards.missing(statement)] if waits else [],
        "warnings": guards.warnings(statement) if waits else [],
        "promised": incident.promises.unanswered().first(),
        "commitments": list(statement.commitments.exclude(state="dropped").select_related("owner").order_by("pk")),
    }


def _last_before(found: Submission) -> RecordEntry | None:
    """What the public read when this was submitted, or reads still."""
    entries = RecordEntry.objects.publications().filter(incident=found.statement.incident).select_related("approval")
    approval = getattr(found, "approval", None)
    return entries.filter(number__lt=approval.entry.number).first() if approval else entries.first()


def _compared(field: str, before: Approval | None, content: dict[str, Any]) -> Compared:
    old, new = getattr(before, field, "") or "", content[field]
    return Compared(field, wording.LABELS[field], wording.difference(old, new), old, new)


def _details(before: Approval | None, content: dict[str, Any]) -> list[Compared]:
    """State, impact and times, which are chosen and not written."""
    rows = []
    for field in ("public_status", "impact", "began_at", "next_update_at"):
        value = getattr(before, field, None)
        old = dossier.said(field, dossier.instant(value) if field in dossier.TIMES else value)
        new = dossier.said(field, content[field])
        if old or new:
            runs = [wording.Run("same", new)] if old == new else [
                wording.Run(kind, text) for kind, text in (("delete", old), ("insert", new)) if text
            ]  # fmt: skip
            rows.append(Compared(field, wording.LABELS[field], runs, old, new))
    return rows


def _components(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str, str]]:
    """Name, what the page says now, what it will say. Empty where nothing is said."""
    names = Component.objects.filter(public_id__in={**before, **after}).values_list("public_id", "public_name")
    return [(name, before.get(key, ""), after.get(key, before.get(key, ""))) for key, name in names]


def _facts(statement: Statement, seen: list[dict[str, Any]]) -> list[tuple[Fact, bool]]:
    """Each fact as it is now, and whether it changed since the author submitted."""
    versions = {row["id"]: (row["version"], row["confidence"]) for row in seen}
    cited = statement.facts.order_by("pk") if statement.state != Statement.State.PUBLISHED else Fact.objects.filter(
        pk__in=versions
    ).order_by("pk")  # fmt: skip
    return [(fact, versions.get(fact.pk) != (fact.version, fact.confidence)) for fact in cited]


def _change(found: Submission) -> dict[str, Any]:
    change, content = found.change, found.content
    text = wording.difference(content["text"], content["new_text"] or content["text"])
    return {
        "change": change,
        "commitment": change.commitment,
        "incident": change.commitment.incident,
        "parts": [
            Compared("text", wording.LABELS["text"], text, content["text"], content["new_text"] or content["text"])
        ],
        "reason_given": content["public_reason"],
    }


def _masthead(found: Submission) -> dict[str, Any]:
    last = RecordEntry.objects.filter(kind=RecordEntry.Kind.MASTHEAD).select_related("approval").first()
    before = last.approval.masthead["texts"] if last and last.approval else {}
    after = found.content["texts"]
    fields = [field for field in {**before, **after} if before.get(field) != after.get(field)]
    parts = []
    for field in fields:
        old, new = before.get(field, ""), after.get(field, "")
        parts.append(Compared(field, _masthead_label(field), wording.difference(old, new), old, new))
    return {"masthead": found.masthead, "parts": parts}


def _masthead_label(field: str) -> str:
    room, _, what = field.partition(".")
    return f"{room.capitalize()}: {what.rpartition('.')[2]}"
