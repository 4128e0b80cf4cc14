"""What the approval page shows, gathered: in this order, because it is the order in which one decides (U17)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

import clock
from accounts.models import User
from agents.models import Component
from incidents import questions, wording
from incidents.mails_approval import subject_of
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    EmergencyReview,
    Fact,
    Incident,
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
from incidents.operations.alert_approval import incident_of
from incidents.operations.approval import IN_EMERGENCY
from incidents.operations.schedule import KINDS
from incidents.permissions import (
    approve_refusal,
    approvers_of,
    can_approve_alone,
    can_approve_in_emergency,
    can_take_back,
    can_write_statement,
)
from incidents.permissions_queue import can_take_over_writing
from incidents.permissions_redaction import can_propose_redaction
from incidents.permissions_words import can_cancel_schedule
from incidents.views import answers, came_back, emails
from incidents.views.statement import preview

PREVIEWS = {"words": "Words", "page": "Whole page", "phone": "On a phone, 360 px", "feed": "In the feed"}
SHOWN = {"changes": "Changes", "after": "After", "side": "Side by side"}


@dataclass(frozen=True)
class Waiting:
    """One row of the queue."""

    submission: Submission
    about: str
    promise_due: Any
    scheduled_at: Any

    @property
    def incident(self) -> Incident | None:
        return incident_of(self.submission)

    @property
    def author(self) -> User:
        return author_of(self.submission)


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


_SCHEDULE = {name: name for name in ("state", "publish_at", "consented_at", "reason")} | {"approver": "approver__name"}


def submissions() -> QuerySet[Any]:
    """With `promise_due`, `commander_id`: who commands the incident of the statement, what its latest schedule says,
    `all_decided`: whether every group of its incident is decided for, `questions_asked` and `last_correction`.
    """
    last = ScheduledPublication.objects.filter(submission=OuterRef("pk")).order_by("-pk")
    held = RoleHeld.objects.filter(incident=OuterRef("statement__incident"), role=RoleHeld.Role.COMMANDER, until=None)
    plans = StakeholderPlan.objects.filter(incident=OuterRef("statement__incident"))
    return (
        Submission.objects.with_subject()
        .with_promise()
        .annotate(
            commander_id=Subquery(held.values("user")[:1]),
            all_decided=Exists(plans) & ~Exists(plans.undecided()),
            questions_asked=questions.asked("statement__"),
            last_correction=replaced.last_correction(OuterRef("statement__incident")),
        )
        .annotate(**{f"schedule_{name}": Subquery(last.values(of)[:1]) for name, of in _SCHEDULE.items()})
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


def queue() -> list[Waiting]:
    """By the time until a promise breaks. One query, without the words themselves."""
    people = ("statement__edited_by", "statement__group", "change__proposed_by", "masthead__proposed_by")
    texts = {*Statement.PUBLIC_TEXTS, "disclosure_note"} - {"headline"}
    waiting = Submission.objects.waiting().with_subject().select_related(*people).with_schedule().by_promise()
    waiting = waiting.defer("content", *(f"statement__{text}" for text in texts))
    return [Waiting(asked, subject_of(asked), asked.promise_due, asked.scheduled_at) for asked in waiting]


def author_of(submission: Submission) -> User:
    author: User = submission.statement.edited_by if submission.statement else submission.subject.proposed_by
    return author


def reviews() -> list[EmergencyReview]:
    """Published in an emergency and read by no second person yet."""
    people = ("approval__approved_by", "approval__incident__agent")
    return list(EmergencyReview.objects.filter(reviewed_by=None).select_related(*people).order_by("due_at"))


def of(found: Any, user: User, *, show: str, shown_as: str) -> dict[str, Any]:
    now = clock.now()
    if found.statement:
        questions.put_at_hand(found.statement, found.questions_asked)
    if found.statement and not found.statement.is_public and found.outcome != Submission.Outcome.APPROVED:
        direct.looked_up(found.statement)
    if found.statement:
        replaced.at_hand(found.statement, found.last_correction)
    waits = found.outcome == Submission.Outcome.WAITING
    people = User.objects.everybody(decides=approvers_of(found)) if waits else []
    context: dict[str, Any] = {
        "submission": found,
        "about": subject_of(found),
        "queue": queue(),
        "show": show if show in SHOWN else "changes",
        "views": SHOWN,
        **_previews(found, shown_as),
        "now": now,
        "waits": waits,
        "takes_down": can_propose_redaction(user),
        "may_correct": can_write_statement(user),
        "stale": dossier.differences(found.content, dossier.as_now(found)) if waits else (),
        **_seats(found, user, people, waits=waits),
        **_schedule(found, user, waits=waits),
    }
    if found.statement:
        context |= _statement(found, found.statement, people, waits=waits)
    elif found.change:
        context |= _change(found, people, waits=waits)
    else:
        context |= _masthead(found)
    return context


def _previews(found: Submission, shown_as: str) -> dict[str, Any]:
    """What is out is read on the page itself, and a direct message never stands there: it is shown as the mail it is."""
    is_for_the_page = found.statement is None or found.statement.is_public
    offered = PREVIEWS if is_for_the_page else emails.PREVIEWS
    if found.outcome == Submission.Outcome.APPROVED:
        offered = {}
    return {"previews": offered, "shown_as": shown_as if shown_as in offered else next(iter(offered), "words")}


def _seats(found: Submission, user: User, people: list[Any], *, waits: bool) -> dict[str, Any]:
    """Who wrote it, who decides, and what the reader of the page may do. The author has no button."""
    deciders = [person for person in people if person.decides]
    may, others = user in deciders, [person.name for person in deciders if person != user]
    alone = waits and not deciders and can_approve_alone(user, found)  # somebody who may decide is somebody else
    urgent = waits and not may and not alone and _is_urgent(found) and user.pk == found.commander_id
    return {
        "may_approve": may,
        "may_take_over": waits and found.statement is not None and can_take_over_writing(user, found.statement),
        "may_take_back": waits and can_take_back(user, found) and not may,
        "may_emergency": urgent and can_approve_in_emergency(user, found),
        "may_alone": alone,
        "refusal_sentence": "" if may or not waits else approve_refusal(user, found),
        "others": wording.listed(others) if others else "",
        "author": author_of(found),
    }


def _schedule(found: Submission, user: User, *, waits: bool) -> dict[str, Any]:
    """Its latest schedule: the one it waits for, or the one that came back. And whether it may have one."""
    last = _last_schedule(found) if waits else None
    waiting = last is not None and last.is_waiting
    of_kind = found.statement is not None and found.statement.kind in KINDS
    return {
        "schedule": last,
        "scheduled": last if waiting else None,
        "schedule_returned": last is not None and last.state == ScheduledPublication.State.RETURNED,
        "may_schedule": waits and of_kind and not waiting,
        "may_cancel": waiting and can_cancel_schedule(user, found),
    }


def _last_schedule(found: Any) -> ScheduledPublication | None:
    """What the page says of it, without another question."""
    if found.schedule_state is None:
        return None
    said = {name: getattr(found, f"schedule_{name}") for name in ("state", "publish_at", "consented_at", "reason")}
    return ScheduledPublication(approver=User(name=found.schedule_approver), **said)


def _is_urgent(found: Submission) -> bool:
    return found.statement is not None and found.statement.kind in IN_EMERGENCY


def _statement(found: Submission, statement: Statement, people: list[Any], *, waits: bool) -> dict[str, Any]:
    content, incident = found.content, statement.incident
    told: list[RecordEntry] = statement.told_at_hand
    last = _last_before(found, told) if statement.is_public else None
    before = last.approval if last else None
    states = RecordEntry.states_told(told) if waits else {}
    components = list(Component.objects.all()) if statement.is_public else []
    fields = (
        ("headline", "body", "affected", "what_to_do") if statement.is_public else ("headline", "body", "what_to_do")
    )
    return {
        "incident": incident,
        "came_back": came_back.of(found),
        "last": last,
        "corrected": [entry for entry in reversed(told) if entry.number in content.get("corrects", ())],
        "parts": [_compared(field, before, content) for field in fields],
        "taken_down": [] if waits else list(Redaction.objects.carried_out(statement)),
        **({"reached": None} if statement.is_public else emails.of_page(found, statement)),
        "details": _details(before, content) if statement.is_public else [],
        "component_rows": _components(states, content["component_states"], components),
        "preview": preview(content["body"]),
        "facts": _facts(statement, content["facts"]),
        **(_checks(found, statement, components, states, people) if waits else {"missing": [], "warnings": []}),
        "promised": promised(found),
        "commitments": [made for made in statement.own_commitments() if made.state != Commitment.State.DROPPED],
    }


def _checks(
    found: Any, statement: Statement, components: list[Component], told: dict[str, str], people: list[Any]
) -> dict[str, Any]:
    looked = guards.look(statement, components=components, names=[person.name for person in people])
    warnings = [*guards.warnings(statement, components=components, told=told), *looked.to_look_at]
    left_out = [] if found.all_decided else plan.undecided(statement)
    return {
        "missing": [(item.sentence, answers.address(item)) for item in (*looked.missing, *left_out)],
        "warnings": warnings,
        "checked": looked.checked,
        "sentences": looked.sentences,
        "to_look_at": len(warnings) + len(looked.checked.shown) - len(looked.checked.stopping),
    }


def promised(about: Any) -> dict[str, Any] | None:
    """The update that is still owed, of something fetched ``with_promise``."""
    return {"due_at": about.promise_due} if about.promise_due else None


def _last_before(found: Submission, told: list[RecordEntry]) -> RecordEntry | None:
    """What the public read when this was submitted, or reads still. `told`: the newest first."""
    approval = getattr(found, "approval", None)
    return next((entry for entry in told if not approval or entry.number < approval.entry.number), None)


def _compared(field: str, before: Approval | None, content: dict[str, Any]) -> Compared:
    old, new = getattr(before, field, "") or "", content[field]
    return Compared(field, wording.label_of_approved(field, content["kind"]), wording.difference(old, new), old, new)


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


def _facts(statement: Statement, seen: list[dict[str, Any]]) -> list[tuple[Fact, bool]]:
    """Each fact as it is now, and whether it changed since the author submitted."""
    versions = {row["id"]: (row["version"], row["confidence"]) for row in seen}
    published = statement.state == Statement.State.PUBLISHED
    cited = Fact.objects.filter(pk__in=versions) if published else statement.cited()
    return [(fact, versions.get(fact.pk) != (fact.version, fact.confidence)) for fact in cited]


def _change(found: Submission, people: list[Any], *, waits: bool) -> dict[str, Any]:
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
        "words_found": _words_found(change, people) if waits else None,
    }


def _words_found(change: CommitmentChange, people: list[Any]) -> commitment_words.Read:
    return commitment_words.of_change(change, checking.known([person.name for person in people]))


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
