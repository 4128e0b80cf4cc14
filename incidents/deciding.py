"""By when a decision is wanted, and who is told when that nobody has decided (R79, decision 33). Pure arithmetic on instants.

The target of the policy is for an ordinary day. When something breaks sooner, such as a public promise, the decision is wanted
early enough for the deputy and the commander to be told before it breaks. All times are aware; none is turned into local time.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

BEFORE_IT_BREAKS = timedelta(minutes=15)  # what is left for whoever is told that nobody has decided
COMMANDER_AFTER = timedelta(minutes=10)  # the deputy


class Ladder(NamedTuple):
    """When whoever is asked is reminded, when the deputy is told, and when the commander is."""

    half: datetime
    deputy: datetime
    commander: datetime


def decide_by(since: datetime, target: timedelta, breaks_at: datetime | None) -> datetime:
    """The earlier of the target and what leaves a quarter of an hour before ``breaks_at``, or half of the time that is left.

    ``since`` itself, at once, when it is broken already.
    """
    if breaks_at is None:
        return since + target
    left = max(breaks_at - since, timedelta())
    return min(since + target, since + left - min(BEFORE_IT_BREAKS, left / 2))


def ladder(since: datetime, wanted_by: datetime, breaks_at: datetime | None) -> Ladder:
    """Half of the time, all of it, and ten minutes later; the last sooner where it would come after ``breaks_at``.

    All at ``since`` when it is broken already.
    """
    after = COMMANDER_AFTER
    if breaks_at is not None:
        after = min(after, max(breaks_at - wanted_by, timedelta()) * 2 / 3)
    return Ladder(since + (wanted_by - since) / 2, wanted_by, wanted_by + after)
