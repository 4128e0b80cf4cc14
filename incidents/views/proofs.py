"""Proof of notice: everything that was said to one group in one incident, for paper and for a spreadsheet.

Names and addresses stand here, so it is for the people of the desk, and nothing of it leaves by itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

import clock
from accounts import spreadsheets
from incidents.models import Approval, Inquiry, PlanNote, PlanQuestion, RecordEntry, StakeholderPlan, Statement, Telling
from incidents.operations import decision
from incidents.views.answers import page, require_map_reader
from incidents.views.map_rows import Sent
from stakeholders.models import Contact, Outgoing

MOST = 200  # results of one message on the page; all of them are in the table
COLUMNS = ("What", "When", "Words", "By whom", "Approved by", "To whom", "Result", "Where to check")


@dataclass(frozen=True)
class Result:
    """What became of the mail to one contact."""

    to: str
    mail: Outgoing

    @property
    def at(self) -> datetime:
        return self.mail.sent_at or self.mail.settled_at or self.mail.created_at

    @property
    def said(self) -> str:
        """In words, with what the server answered last."""
        repeated = "possibly twice" if self.mail.possibly_repeated else ""
        return ". ".join(filter(None, [self.mail.get_state_display(), repeated, self.mail.outcome]))


@dataclass(frozen=True)
class Message:
    """A direct message with the result of each of its mails."""

    approval: Approval
    results: Sequence[Result]

    @property
    def sent(self) -> Sent:
        first_at = min((one.mail.sent_at for one in self.results if one.mail.sent_at), default=None)
        return Sent(dict(Counter(one.mail.state for one in self.results)), first_at)

    @property
    def shown(self) -> Sequence[Result]:
        return self.results[:MOST]


@dataclass(frozen=True)
class Proof:
    """All that can be shown of one group, oldest first."""

    plan: StakeholderPlan
    decided: str
    history: Sequence[tuple[PlanNote, str]]
    messages: Sequence[Message]
    tellings: Sequence[Telling]
    inquiries: Sequence[Inquiry]
    published: Sequence[Any]
    questions: Sequence[PlanQuestion]

    @property
    def answers(self) -> list[tuple[PlanQuestion, str]]:
        return [(one, answered_by(one)) for one in self.questions]


@require_safe
def proof(request: HttpRequest, pk: int, group: int) -> HttpResponse:
    found = _proof(request, pk, group)
    return page(request, "proof", {"incident": found.plan.incident, "plan": found.plan, "proof": found, "most": MOST})


@require_safe
def table(request: HttpRequest, pk: int, group: int) -> HttpResponse:
    """The same as a spreadsheet opens it, with the result of every single mail."""
    text = spreadsheets.table(COLUMNS, _rows(_proof(request, pk, group)))
    named = {"Content-Disposition": f'attachment; filename="proof-of-notice-{pk}-{group}.csv"'}
    return HttpResponse(text, content_type=spreadsheets.CONTENT_TYPE, headers=named)


def _proof(request: HttpRequest, pk: int, group: int) -> Proof:
    require_map_reader(request)
    rows = StakeholderPlan.objects.select_related("incident__agent", "group", "owner", "decided_by", "agreed_by")
    plan = get_object_or_404(rows, incident=pk, group=group)
    published = RecordEntry.objects.publications().filter(incident=pk)
    return Proof(
        plan,
        decision.said(plan),
        decision.history(plan),
        _messages(plan),
        list(plan.tellings.select_related("told_by", "entered_by").order_by("told_at", "pk")),
        list(plan.inquiries.select_related("entered_by", "answered_by").order_by("received_at", "pk")),
        list(published.select_related("approval__approved_by", "approval__written_by").order_by("number")),
        list(plan.questions.select_related("answered_in__entry", "told_in__told_by")),
    )


def _messages(plan: StakeholderPlan) -> list[Message]:
    sent = Approval.objects.messages().filter(incident=plan.incident_id, submission__statement__group=plan.group_id)
    approvals = list(sent.select_related("approved_by", "written_by").order_by("approved_at", "pk"))
    if not approvals:
        return []
    contacts = Contact.objects.filter(group=plan.group_id).in_bulk()
    results: dict[int, list[Result]] = defaultdict(list)
    for mail in _mails(approvals):
        _, approval, contact = mail.key.split(":")
        known = contacts.get(int(contact))
        results[int(approval)].append(Result(str(known or mail.to_address), mail))
    return [Message(one, sorted(results[one.pk], key=lambda result: result.to)) for one in approvals]


def _mails(approvals: Sequence[Approval]) -> Any:
    """Without their words."""
    of_them = Outgoing.objects.none()
    for one in approvals:
        of_them |= Outgoing.objects.filter(kind="direct", key__startswith=f"direct:{one.pk}:")
    return of_them.only(
        "key", "to_address", "state", "created_at", "sent_at", "settled_at", "possibly_repeated", "outcome"
    )


# The table


def _rows(found: Proof) -> Iterator[tuple[str, ...]]:
    """A line for each thing, in the order of the page; its first cell says what it is."""
    plan = found.plan
    yield _row("Incident", plan.incident.detected_at, plan.incident.title, to=str(plan.group))
    yield _row("Made", clock.now(), "Proof of notice: all that was noted by then")
    if plan.decision:
        yield _row("Decision", plan.decided_at, found.decided, by=str(plan.decided_by), result=plan.reason)
    if plan.agreed_by and not found.history:  # agreed to before every decision was kept
        alone = "One person, who works alone" if plan.agreed_alone else ""
        yield _row("Agreed by a second person", plan.agreed_at, found.decided, by=str(plan.agreed_by), result=alone)
    for note, decided in reversed(found.history):
        check = ". ".join(filter(None, [_utc(note.by_at), note.terms]))
        yield _row(str(note), note.said_at, note.words, by=str(note.said_by), result=decided, check=check)
    yield from chain.from_iterable(map(_rows_of, found.messages))
    for one in found.tellings:
        yield _row(
            "Told by hand", one.told_at, one.what, by=str(one.told_by), to=one.whom,
            result=f"{one.get_channel_display()}, noted by {one.entered_by} {_utc(one.entered_at)}", check=one.evidence,
        )  # fmt: skip
    yield from chain.from_iterable(map(_rows_of_inquiry, found.inquiries))
    for entry in found.published:
        made, words = entry.approval, Statement.Kind(entry.approval.kind).label
        yield _row(
            "Published", entry.at, f"{words}: {made.headline}", by=str(made.written_by),
            approved=str(made.approved_by), to="Everybody", check=f"Entry {entry.number} of the public record",
        )  # fmt: skip
    for asked in found.questions:
        yield _row("Asked", asked.asked_at, asked.text, result="" if asked.answered_at else "Open")
        if asked.answered_at:
            yield _row("Answered", asked.answered_at, asked.text, check=answered_by(asked))


def _rows_of(message: Message) -> Iterator[tuple[str, ...]]:
    made = message.approval
    people = {"by": str(made.written_by), "approved": str(made.approved_by)}
    check = f"Approval {made.submission_id}, {made.get_basis_display().lower()}"
    yield _row("Message", made.approved_at, made.headline, **people, result=message.sent.said, check=check)
    for one in message.results:
        yield _row("Mail", one.at, made.headline, **people, to=one.to, result=one.said, check=one.mail.message_id)


def _rows_of_inquiry(asked: Inquiry) -> Iterator[tuple[str, ...]]:
    how = f"{asked.get_channel_display()}, noted by {asked.entered_by} {_utc(asked.entered_at)}"
    yield _row("Came in", asked.received_at, asked.question, by=asked.asked_by, result=how)
    if asked.answered_at:
        yield _row("Answered when asked", asked.answered_at, asked.answer, by=str(asked.answered_by), to=asked.asked_by)


def answered_by(asked: PlanQuestion) -> str:
    """What answered it, in words."""
    if asked.told_in:
        return f"Told by hand by {asked.told_in.told_by}"
    made = asked.answered_in
    entry = getattr(made, "entry", None)
    if entry:
        return f"Entry {entry.number} of the public record"
    return f"Message to them, approval {made.submission_id}" if made else ""


def _row(
    what: str, at: datetime | None, words: str, *, by: str = "", approved: str = "", to: str = "", result: str = "",
    check: str = "",
) -> tuple[str, ...]:  # fmt: skip
    return (what, _utc(at), words, by, approved, to, result, check)


def _utc(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
