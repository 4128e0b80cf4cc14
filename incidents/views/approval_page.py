"""What the approval page shows, gathered: in this order, because it is the order in which one decides (U17)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

import clock
from accounts.models import User
from agents.models import Component
from incidents import breaking, questions, since_cited, wording
from incidents.mails_approval import subject_of
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    Fact,
    RecordEntry,
    Redaction,
    RoleHeld,
    ScheduledPublication,
    StakeholderPlan,
    Statement,
    Submission,
    grounds,
)
from incidents.operations import checking, commitment_words, direct, dossier, guards, plan, replaced
from incidents.operations.never_public import Names
from incidents.permissions import can_write_statement
from incidents.permissions_redaction import can_propose_redaction
from incidents.views import answers, came_back, emails
from incidents.views.approval_queue import is_warning, queue
from incidents.views.approval_seats import names_for, schedule, seats
from incidents.views.statement import preview

PREVIEWS = {"words": "Words", "page": "Whole page", "phone": "On a phone, 360 px", "feed": "In the feed"}
SHOWN = {"changes": "Changes", "after": "After", "side": "Side by side"}


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


@dataclass(frozen=True)
class LastMessage:
    """What the group of a direct message got last: what a page says of it, read beside what waits."""

    headline: str
    body: str
    what_to_do: str
    approved_at: datetime


_MESSAGE = ("headline", "body", "what_to_do", "approved_at")
_SCHEDULE = {name: name for name in ("state", "publish_at", "consented_at", "reason")} | {"approver": "approver__name"}


def submissions() -> QuerySet[Any]:
    """With what breaks while it waits, `commander_id`: who commands the incident of the statement, what its latest schedule says,
    what the group of a direct message got last, `all_decided`: whether every group of its incident is decided for,
    `questions_asked` and `last_correction`.
    """
    last = ScheduledPublication.objects.filter(submission=OuterRef("pk")).order_by("-pk")
    sent = Approval.objects.to_the_same_group(OuterRef("statement__incident"), OuterRef("statement__group"))
    sent = sent.filter(submission__lt=OuterRef("pk"))
    held = RoleHeld.objects.filter(incident=OuterRef("statement__incident"), role=RoleHeld.Role.COMMANDER, until=None)
    plans = StakeholderPlan.objects.filter(incident=OuterRef("statement__incident"))
    return (
        breaking.with_what_breaks(Submission.objects.with_subject())
        .with_schedule()
        .annotate(
            commander_id=Subquery(held.values("user")[:1]),
            all_decided=Exists(plans) & ~Exists(plans.undecided()),
            questions_asked=questions.asked("statement__"),
            last_correction=replaced.last_correction(OuterRef("statement__incident")),
        )
        .annotate(**{f"schedule_{name}": Subquery(last.values(of)[:1]) for name, of in _SCHEDULE.items()})
        .annotate(**{f"message_{name}": Subquery(sent.values(name)[:1]) for name in _MESSAGE})
        .select_related(
            "decided_by",
            "statement__edited_by",
            "statement__group",
            "statement__corrects_message",
            "change__proposed_by",
            "masthead__proposed_by",
            "approval__entry",
        )
        .prefetch_related(*grounds("statement__"))
    )


def of(found: Any, user: User, *, show: str, shown_as: str) -> dict[str, Any]:
    now = clock.now()
    if found.statement:
        questions.put_at_hand(found.statement, found.questions_asked)
    if found.statement and not found.statement.is_public and found.outcome != Submission.Outcome.APPROVED:
        direct.looked_up(found.statement)
    if found.statement:
        replaced.at_hand(found.statement, found.last_correction)
    waits = found.outcome == Submission.Outcome.WAITING
    names = names_for(found, user) if waits else None
    context: dict[str, Any] = {
        "submission": found,
        "about": subject_of(found),
        "queue": queue(),
        "show": show if show in SHOWN else "changes",
        "views": SHOWN,
        **_previews(found, shown_as),
        "now": now,
        "waits": waits,
        **_breaks(found, now, waits=waits),
        "weighs": waits,
        "takes_down": can_propose_redaction(user),
        "may_correct": can_write_statement(user),
        "stale": dossier.differences(found.content, dossier.as_now(found)) if waits else (),
        **seats(found, user, names, waits=waits),
        **schedule(found, user, waits=waits),
        "stands": [one for one in found.content.get("let_stand", ()) if not waits or "commitment" in one],
        "warned_of": None if waits else _warned_of(found),
    }
    if found.statement:
        context |= of_statement(found, found.statement, names, waits=waits)
    elif found.change:
        context |= _change(found, names, waits=waits)
    else:
        context |= _masthead(found)
    return context


def _breaks(found: Submission, now: datetime, *, waits: bool) -> dict[str, Any]:
    breaks = breaking.of(found) if waits else None
    return {
        "breaks": breaks,
        "standing": breaks.standing(now) if breaks else "",
        "is_warning": waits and is_warning(found),
    }


def _previews(found: Submission, shown_as: str) -> dict[str, Any]:
    """What is out is read on the page itself, and a direct message never stands there: it is shown as the mail it is."""
    is_for_the_page = found.statement is None or found.statement.is_public
    offered = PREVIEWS if is_for_the_page else emails.PREVIEWS
    if found.outcome == Submission.Outcome.APPROVED:
        offered = {}
    return {"previews": offered, "shown_as": shown_as if shown_as in offered else next(iter(offered), "words")}


def _warned_of(found: Submission) -> list[dict[str, Any]] | None:
    """What the check had found when it was submitted, with the parts by name. None: that was not kept then."""
    findings = found.content.get(dossier.FINDINGS)
    kind = found.statement.kind if found.statement else ""
    return findings and [{**one, "part": wording.label(one["field"], kind) if one["field"] else ""} for one in findings]


def of_statement(
    found: Submission,
    statement: Statement,
    names: Names | None,
    *,
    waits: bool,
    components: list[Component] | None = None,
) -> dict[str, Any]:
    content, incident = found.content, statement.incident
    told: list[RecordEntry] = statement.told_at_hand
    earlier = _told_before(found, told)
    last = earlier[0] if earlier else None
    last_message = _last_message(found)
    before: Approval | LastMessage | None = last.approval if last else last_message
    states = RecordEntry.states_told(earlier)
    if components is None:
        components = list(Component.objects.all()) if statement.is_public else []
    fields = (
        ("headline", "body", "affected", "what_to_do") if statement.is_public else ("headline", "body", "what_to_do")
    )
    return {
        "incident": incident,
        "came_back": came_back.of(found),
        "last": last,
        "last_message": last_message,
        "corrected": [entry for entry in reversed(told) if entry.number in content.get("corrects", ())],
        "parts": [_compared(field, before, content) for field in fields],
        "taken_down": [] if waits else list(Redaction.objects.carried_out(statement)),
        **({"reached": None} if statement.is_public else emails.of_page(found, statement)),
        "details": _details(before, replaced.began_at(earlier), content) if statement.is_public else [],
        "component_rows": _components(states, content["component_states"], components),
        "preview": preview(content["body"]),
        "facts": (cited := _facts(statement, content, waits=waits)),
        "moved": sum(one.is_changed for one in cited),
        **(_checks(found, statement, components, states, names) if waits else {"missing": [], "warnings": []}),
        "withheld": dossier.said("withheld", content.get("withheld")),
        "commitments": [made for made in statement.own_commitments() if made.state != Commitment.State.DROPPED],
    }


def _checks(
    found: Any, statement: Statement, components: list[Component], told: dict[str, str], names: Names | None
) -> dict[str, Any]:
    looked = guards.look(statement, components=components, names=names)
    warnings = [*guards.warnings(statement, components=components, told=told), *looked.to_look_at]
    left_out = [] if found.all_decided else plan.undecided(statement)
    return {
        "missing": [(item.sentence, answers.address(item)) for item in (*looked.missing, *left_out)],
        "warnings": warnings,
        "checked": looked.checked,
        "sentences": looked.sentences,
        "to_look_at": len(warnings) + len(looked.checked.shown) - len(looked.checked.stopping),
    }


def _told_before(found: Submission, told: list[RecordEntry]) -> list[RecordEntry]:
    """What the public had read before this was out, or reads still. The newest first, as in `told`."""
    approval = getattr(found, "approval", None)
    return [entry for entry in told if not approval or entry.number < approval.entry.number]


def _last_message(found: Any) -> LastMessage | None:
    """What the group of a direct message got last of the same incident, without another question."""
    if found.message_approved_at is None:
        return None
    return LastMessage(**{name: getattr(found, f"message_{name}") for name in _MESSAGE})


def _compared(field: str, before: Approval | LastMessage | None, content: dict[str, Any]) -> Compared:
    old, new = getattr(before, field, "") or "", content[field]
    return Compared(field, wording.label_of_approved(field, content["kind"]), wording.difference(old, new), old, new)


def _details(
    before: Approval | LastMessage | None, began_at: datetime | None, content: dict[str, Any]
) -> list[Compared]:
    """State, impact and times, which are chosen and not written. ``began_at``: as the public reads it, whichever words said so."""
    rows = []
    for field in ("public_status", "impact", "began_at", "next_update_at"):
        value = began_at if field == "began_at" else getattr(before, field, None)
        old = dossier.said(field, dossier.instant(value) if field in dossier.TIMES else value)
        new = dossier.said(field, content[field])
        if old or new:
            runs = [wording.Run("same", new)] if old == new else [
                wording.Run(kind, text) for kind, text in (("delete", old), ("insert", new)) if text
            ]  # fmt: skip
            rows.append(Compared(field, wording.LABELS[field], runs, old, new))
    return rows


def _components(
    before: dict[str, str], after: dict[str, str], components: list[Component]
) -> list[tuple[str, str, str]]:
    """Name, what the page says now, what it will say. Empty where nothing is said."""
    said = {**before, **after}
    return [
        (one.public_name, before.get(one.public_id, ""), said[one.public_id])
        for one in components
        if one.public_id in said
    ]


def _facts(statement: Statement, content: dict[str, Any], *, waits: bool) -> list[since_cited.Cited]:
    """What it rests on: as it is now while somebody decides, and once they have as they read it."""
    if waits:
        return since_cited.as_they_are(statement.own_citations(), content["facts"])
    keys = {row["id"] for row in content["facts"]}
    facts = {fact.pk: fact for fact in statement.cited()}
    return since_cited.as_they_were(facts if keys <= facts.keys() else Fact.objects.in_bulk(keys), content["facts"])


def _change(found: Submission, names: Names | None, *, waits: bool) -> dict[str, Any]:
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
        "words_found": _words_found(change, names) if waits else None,
    }


def _words_found(change: CommitmentChange, names: Names | None) -> commitment_words.Read:
    return commitment_words.of_change(change, checking.known(change.commitment.incident, names))


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
