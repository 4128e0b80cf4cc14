"""The doors of the groups outside and of who belongs to them: a part of the table in `tests/doors.py`."""

from stakeholders.operations import imports
from tests.door import KEEPERS, WORKERS, Door, inside, only, page, pk, values, verb

A_GROUP = {
    "name": "Unions",
    "kind": "other",
    "needs": "Who is affected?",
    "relationship": "They speak for the staff",
    "influence": "medium",
    "interest": "high",
    "channel": "By telephone",
    "tone": "Plain",
    "timing": "Before the press",
    "tell_within": "4 h",
    "answer_within": "4 h",
    "ready_answer": "See our public page.",
    "note_shared_reply": "by telephone",
    "note_dispute": "in private",
    "note_policy_breach": "if they ask",
    "note_mass_failure": "at once",
}
A_CONTACT = {
    "name": "Eve Holm",
    "organisation": "Harbour authority",
    "channel": "email",
    "address": "eve@example.org",
    "reach": "by telephone",
}
A_LIST = "name;address\nEve Holm;eve@example.org\n"

OUTSIDE = [
    page("desk:groups", inside(200)),
    Door("desk:group_new", only(KEEPERS, 200), only(KEEPERS, 302), sends=values(**A_GROUP)),
    Door("desk:group_details", only(KEEPERS, 200), only(KEEPERS, 302), pk("group"), values(**A_GROUP, seen_version=2)),
    verb("desk:group_move", only(KEEPERS, 302), pk("group"), values(to="down")),
    verb("desk:group_retire", only(KEEPERS, 302), pk("group")),
    verb("desk:group_return", only(KEEPERS, 302), pk("retired_group")),
    Door("desk:contact_new", only(KEEPERS, 200), only(KEEPERS, 302), pk("group"), values(**A_CONTACT)),
    Door(
        "desk:contact",
        only(WORKERS, 200),
        only(KEEPERS, 302),
        pk("contact"),
        values(**A_CONTACT, seen_version=2),
    ),
    Door("desk:contacts_import", only(KEEPERS, 200), only(KEEPERS, 200), pk("group"), values(text=A_LIST)),
    verb(
        "desk:contacts_import_confirm",
        only(KEEPERS, 302),
        pk("group"),
        values(text=A_LIST, digest=lambda w: imports.look_through(w.group, A_LIST).digest, verdicts="n"),
    ),
    page("desk:contacts_sample", only(KEEPERS, 200)),
    Door("desk:group", inside(200), only(KEEPERS, 302), pk("group"), values(addresses="Eve <eve@example.org>")),
    verb("desk:contact_remove", only(KEEPERS, 302), pk("contact")),
]
