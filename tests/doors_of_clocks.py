"""The doors of the legal clocks of an incident: a part of the table in `tests/doors.py`."""

from datetime import timedelta
from types import SimpleNamespace

import clock
import moments
from tests.door import WORKERS, Door, in_an_hour, now, only, page, pk, values, verb, version_of

ASSESSORS = "ada ben cleo"


def two_hours_ago(_w: SimpleNamespace) -> str:
    return moments.exact(clock.now() - timedelta(hours=2))


CLOCKS = [
    page("desk:clocks", only(WORKERS, 200), pk("quiet")),
    verb("desk:clocks_look", only(ASSESSORS, 302), pk("quiet")),
    verb(
        "desk:clocks_assessor",
        only(ASSESSORS, 302),
        pk("quiet"),
        values(
            **{
                "clock": lambda w: f"{w.clock.pk}:{w.clock.version}",
                "name-clocks": lambda w: w.clock.pk,
                "name-assessor": lambda w: w.ada.pk,
            }
        ),
    ),
    Door(
        "desk:clock_start",
        only(WORKERS, 200),
        only(WORKERS, 302),
        values(pk=lambda w: w.quiet.pk, event="belief"),
        values(at=now, evidence="The minutes", seen=0),
    ),
    page("desk:clock", only(WORKERS, 200), pk("filed_clock")),
    verb(
        "desk:clock_assess",
        only(ASSESSORS, 302),
        pk("clock"),
        values(**{"assess-seen_version": version_of("clock"), "assess-applies": "yes"}),
    ),
    verb(
        "desk:clock_submit",
        only(WORKERS, 302),
        pk("clock"),
        values(
            **{
                "submit-seen_version": version_of("clock"),
                "submit-submitted_at": now,
                "submit-reference": "Receipt 7",
                "submit-submitted_by": lambda w: w.ada.pk,
            }
        ),
    ),
    verb(
        "desk:clock_take_back",
        only(ASSESSORS, 302),
        pk("filed_clock"),
        values(**{"back-seen_version": version_of("filed_clock"), "back-reason": "The portal rejected it."}),
    ),
    verb(
        "desk:clock_hold",
        only(ASSESSORS, 302),
        pk("clock"),
        values(
            **{
                "hold-seen_version": version_of("clock"),
                "hold-held_from": now,
                "hold-held_until": in_an_hour,
                "hold-ground": "A letter",
            }
        ),
    ),
    Door(
        "desk:clock_own_start",
        only(WORKERS, 200),
        only(WORKERS, 302),
        pk("own_clock"),
        values(at=two_hours_ago, evidence="The minutes", seen=lambda w: w.own_clock.starts.latest("pk").pk),
    ),
    verb("desk:clock_move_agree", only("ben cleo", 302), pk("move")),
    verb("desk:clock_move_agree_alone", only("", 302), pk("move")),
    verb("desk:clock_move_refuse", only(ASSESSORS, 302), pk("move")),
]
