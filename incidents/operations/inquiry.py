"""A question came in from one of a group: noted while the caller waits, and answered by its time (domain 4.2).

Whoever was asked can note it, whatever is decided for the group and however the incident stands: the question is there. Who
asked, what they asked and what they heard stays inside. Answering one person tells no group: coverage asks only whether a
question waits too long.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

import clock
from accounts.models import User
from incidents import permissions_map as permissions
from incidents.actions import Action
from incidents.models import Inquiry, StakeholderPlan
from incidents.operations import plan as plans
from incidents.operations import reminder, timeline
from refusals import Change, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, wrong_words
from stakeholders.models import ContactChannel

LONGEST = 5_000  # characters of a question and of an answer
ANSWERED_MEANWHILE = "Somebody answered this question since you opened it. What you wrote is not saved."
CHANGED_MEANWHILE = "This question was changed since you opened it. Read it again, and send your answer once more."
FUTURE = "Enter a time that is not in the future"


@transaction.atomic
def note(
    plan: StakeholderPlan, *, by: User, asked_by: str, channel: str, question: str, received_at: datetime | None = None
) -> Inquiry:
    """A question came in. ``received_at`` in UTC, without it now; it is to be answered within the term of the plan.

    Noting the same again while it is open, as a second click does, gives the same row. Raises ``Incomplete`` with all that is
    missing.
    """
    plan = plans.locked(plan)
    require(permissions.can_note_telling(by), NotAllowed(permissions.note_telling_refusal()))
    given = {"asked_by": asked_by.strip(), "channel": channel, "question": question.strip()}
    now = clock.now()
    require_nothing_missing("Nothing was noted.", _missing_of_question(plan, given, received_at, now))
    if same := _same(plan, given, received_at, by):
        return same
    came_at = received_at or now
    due_at = came_at + answered_within(plan)
    asked = Inquiry.objects.create(
        plan=plan, received_at=came_at, due_at=due_at, entered_by=by, entered_at=now, **given
    )
    reminder.plan_inquiry(asked)
    line = f"Stakeholder map, {plan.group}: a question came in."
    timeline.enter(
        plan.incident,
        line,
        Action.INQUIRY_ENTERED,
        by=by,
        about=asked,
        happened_at=came_at,
        plan=plan.pk,
        channel=channel,
    )
    return asked


@transaction.atomic
def answer(
    asked: Inquiry,
    *,
    by: User,
    seen_version: int,
    words: str,
    answered_by: User | None,
    answered_at: datetime | None = None,
) -> Inquiry:
    """Somebody answered it. ``answered_at`` in UTC, without it now; not in the future, nor before the question came in.

    One question has one answer. Sending the same again gives the same row; raises ``Stale`` with the other answer when
    somebody else was faster.
    """
    asked = _locked(asked)
    require(permissions.can_note_telling(by), NotAllowed(permissions.note_telling_refusal()))
    words, now = words.strip(), clock.now()
    if asked.answered_at and (asked.answer, asked.answered_by) == (words, answered_by):
        return asked
    _require_open(asked, words, seen_version)
    at = answered_at or now
    require_nothing_missing("No answer was noted.", _missing_of_answer(asked, words, answered_by, at, now))
    asked.answer, asked.answered_by, asked.answered_at = words, answered_by, at
    asked.version += 1
    asked.save(update_fields=["answer", "answered_by", "answered_at", "version"])
    reminder.supersede_inquiry(asked)
    line = f"Stakeholder map, {asked.plan.group}: a question was answered."
    timeline.enter(
        asked.plan.incident, line, Action.INQUIRY_ANSWERED, by=by, about=asked, happened_at=at, plan=asked.plan_id
    )
    return asked


def answered_within(plan: StakeholderPlan) -> timedelta:
    """From the question: as decided for this incident where they are told only if asked, else as it stands with the group."""
    return timedelta(minutes=plan.answer_within or plan.group.answer_within)


def ready_answer(plan: StakeholderPlan) -> str:
    """What we say when they ask, as decided for this incident, else as it stands with the group."""
    return plan.ready_answer or plan.group.ready_answer


def _require_open(asked: Inquiry, words: str, seen_version: int) -> None:
    if asked.answered_at:
        require(asked.version == seen_version, Stale(ANSWERED_MEANWHILE, _other_answer(asked, words)))
        raise WrongState("This question is answered. If they ask again, note it as one more question.")
    require(asked.version == seen_version, Stale(CHANGED_MEANWHILE))


def _other_answer(asked: Inquiry, words: str) -> list[Change]:
    said = f"{asked.answer} ({asked.answered_by}, {asked.answered_at:%d %b %H:%M} UTC)"
    return [Change("Answer", "", said, words)]


def _missing_of_question(
    plan: StakeholderPlan, given: Mapping[str, Any], received_at: datetime | None, now: datetime
) -> Iterator[Missing]:
    found = (
        ("asked_by", wrong_words(given["asked_by"], "Say who asked", 300)),
        ("channel_0", "" if given["channel"] in ContactChannel.values else "Say how they asked"),
        ("question", wrong_words(given["question"], "Write what they asked", LONGEST)),
        ("received_at", FUTURE if received_at and received_at > now else ""),
    )
    return _at(found, "desk:inquiries", plan.pk)


def _missing_of_answer(
    asked: Inquiry, words: str, answered_by: User | None, at: datetime, now: datetime
) -> Iterator[Missing]:
    early = "Enter a time after the question came in" if at < asked.received_at else ""
    found = (
        ("words", wrong_words(words, "Write what they heard", LONGEST)),
        ("answered_by", "" if answered_by else "Say who answered"),
        ("answered_at", FUTURE if at > now else early),
    )
    return _at(found, "desk:inquiry", asked.pk)


def _at(found: Iterable[tuple[str, str]], view: str, pk: int) -> Iterator[Missing]:
    return (Missing(sentence, view, (pk,), f"id_{field}") for field, sentence in found if sentence)


def _same(plan: StakeholderPlan, given: Mapping[str, Any], received_at: datetime | None, by: User) -> Inquiry | None:
    """The same words of the same person, noted by the same hand and not answered yet. Their plan is locked."""
    rows = plan.inquiries.open().filter(entered_by=by, **given)
    return rows.filter(received_at=received_at).first() if received_at else rows.first()


def _locked(asked: Inquiry) -> Inquiry:
    """After its plan, and that after its incident."""
    plan = plans.locked(asked.plan)
    rows = Inquiry.objects.select_for_update(of=("self",), no_key=True).select_related("answered_by")
    locked = rows.get(pk=asked.pk)
    locked.plan = plan
    return locked
