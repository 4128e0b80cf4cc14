"""The doors of legal clocks: a part of the table in `tests/doors.py`."""

from tests.door import A_RULE, KEEPERS, NOTHING, Door, inside, only, page, values, verb

LEGAL_CLOCKS = [
    page("desk:legal_clocks", inside(200)),
    Door("desk:legal_clock_new", only(KEEPERS, 200), only(KEEPERS, 302), sends=values(code="CONTRACT-MORE", **A_RULE)),
    Door(
        "desk:legal_clock_profile",
        inside(200),
        only(KEEPERS, 302),
        sends=values(version=1, countries="FR", sectors="health", roles="processor"),
    ),
    Door(
        "desk:legal_clock",
        inside(200),
        only(KEEPERS, 302),
        values(code="CONTRACT-WORLD"),
        values(seen=lambda w: w.rule.stands_at, **A_RULE),
    ),
    page("desk:legal_clock_version", inside(200), values(code="CONTRACT-WORLD", number=1)),
    Door("desk:legal_clock", inside(404), inside(404), values(code="NOBODYS"), NOTHING, "that there is not"),
    verb(
        "desk:legal_clock_check",
        only(KEEPERS, 302),
        values(code="CONTRACT-WORLD"),
        values(
            **{
                "check-seen": lambda w: w.rule.stands_at,
                "check-checked_on": "2026-01-05",
                "check-checked_by": "Counsel",
            }
        ),
    ),
    verb(
        "desk:legal_clock_retire",
        only(KEEPERS, 302),
        values(code="CONTRACT-WORLD"),
        values(seen=lambda w: w.rule.stands_at),
    ),
]
