"""A group was told by hand: by telephone, through the portal of an authority, face to face. Entered afterwards, and kept.

What was entered is never changed. A wrong entry stays, and another one says what is right.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

import clock
from accounts.models import User
from incidents import permissions_map as permissions
from incidents.actions import Action
from incidents.models import PlanQuestion, StakeholderPlan, Telling
from incidents.operations import plan as plans
from incidents.operations import timeline
from refusals import Change, Missing, NotAllowed, Stale, require, require_nothing_missing, wrong_words
from stakeholders.models import ContactChannel

WORDS = {  # what is asked for, and how long it may be
    "whom": ("Say whom they reached", 300),
    "what": ("Write what they were told", 5_000),
    "evidence": ("Say where it can be checked", 300),
}
FIELDS = ("told_at", "told_by", "channel", "whom", "what", "evidence")


@transaction.atomic
def note(
    plan: StakeholderPlan,
    *,
    by: User,
    told_at: datetime | None,
    told_by: User | None,
    channel: str,
    whom: str,
    what: str,
    evidence: str,
    answers: Collection[PlanQuestion] = (),
) -> Telling:
    """Somebody told this group. ``told_at`` in UTC, not in the future and not before anybody noticed the failure.

    ``answers`` are the open questions of the group that were answered with it. Entering the same again, as a second click
    does, gives the same row. Raises ``Incomplete`` with all that is missing and ``Stale`` when a question was answered
    meanwhile.
    """
    plan = plans.locked(plan)
    require(permissions.can_note_telling(by), NotAllowed(permissions.note_telling_refusal()))
    plans.require_living(plan.incident)
    given = dict(zip(FIELDS, (told_at, told_by, channel, whom.strip(), what.strip(), evidence.strip()), strict=True))
    require_nothing_missing("Nothing was noted.", _missing(plan, given, answers))
    if same := plan.tellings.filter(entered_by=by, **given).first():
        return same
    answered = _still_open(answers)
    telling = Telling(plan=plan, entered_by=by, entered_at=clock.now(), **given)
    line = f"Stakeholder map, {plan.group}: told by hand, {telling.get_channel_display().lower()}."
    timeline.enter(
        plan.incident,
        line,
        Action.TOLD_BY_HAND,
        by=by,
        about=plan,
        happened_at=told_at,
        keep=[telling],
        answers=[one.pk for one in answered],
    )
    PlanQuestion.objects.filter(pk__in=[one.pk for one in answered]).update(answered_at=told_at, told_in=telling)
    return telling


def _missing(plan: StakeholderPlan, given: dict[str, Any], answers: Collection[PlanQuestion]) -> Iterator[Missing]:
    found = [
        ("told_at", _wrong_time(plan, given["told_at"])),
        ("told_by", "" if given["told_by"] else "Say who told them"),
    ]
    found.append(("channel_0", "" if given["channel"] in ContactChannel.values else "Say how they were told"))
    found += [(field, wrong_words(given[field], sentence, limit)) for field, (sentence, limit) in WORDS.items()]
    ours = all(one.plan_id == plan.pk for one in answers)
    found.append(("answers", "" if ours else "Choose questions of this group"))
    for field, sentence in found:
        if sentence:
            yield Missing(sentence, "desk:telling_new", (plan.pk,), f"id_{field}")


def _wrong_time(plan: StakeholderPlan, told_at: datetime | None) -> str:
    if not told_at:
        return "Say when they were told"
    if told_at > clock.now():
        return "Enter a time that is not in the future: note it once they were told"
    return "Enter a time after the failure was noticed" if told_at < plan.incident.detected_at else ""


def _still_open(answers: Collection[PlanQuestion]) -> list[PlanQuestion]:
    """The rows as they are now; their incident is locked."""
    rows = list(PlanQuestion.objects.filter(pk__in=[one.pk for one in answers]).order_by("position", "pk"))
    gone = [Change(str(one), "open", f"answered {one.answered_at:%d %b %H:%M} UTC") for one in rows if one.answered_at]
    require(not gone, Stale("A question was answered meanwhile. Leave it out, and note the rest.", gone))
    return rows
