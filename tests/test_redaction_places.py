"""Words that must go are looked for in every column that can hold them (R118): the list of places is complete.

Each column of text of every model, ours or not, is looked through by a redaction, or is a code, or stands here with the reason
why no words of a statement are copied to it. A new column fails until somebody has decided which.
"""

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from accounts.append_only import ERASABLE
from accounts.models import FrozenModel
from incidents.operations.cells import EVERY, JSON, Cells
from tests.test_public_surface import CODES, pairs, texts_of

# Erased by rules of their own: the approved words in `erasure`, emails in `mails_redaction`.
BY_RULES_OF_THEIR_OWN: dict[str, set[str]] = {
    "incidents.Approval": {
        "headline", "body", "body_html", "affected", "what_to_do", "new_text", "public_reason", "commitments", "masthead",
    },
    "stakeholders.Outgoing": {"subject", "text", "html"},
}  # fmt: skip

PERSON = "a name, an address or a device of somebody here, who is changed or removed where they stand"
CONTACT = "a name or an address in a list of receivers, from which it is removed"
NAME = "a name, not a sentence; it is changed where it stands"
PUBLIC_NAME = "a public name, which is changed by two people; what was published of it goes with its entry"
PROGRAM = "a sentence that the program makes; nobody types it"
LAW = "about the law and for every incident; kept by an administrator, shown where it is edited"
INSTALLATION = "about the installation, typed where no words of a statement are at hand; shown to its people alone"
OTHERS = "a table of a library: codes, addresses of people here, sealed secrets"

REVIEWED: dict[str, dict[str, str]] = {
    "accounts.Invitation": dict.fromkeys(("email", "name"), PERSON),
    "accounts.Organisation": dict.fromkeys(("contact", "name", "place"), PUBLIC_NAME) | {"cleared": INSTALLATION},
    "accounts.Session": {"browser": PERSON},
    "accounts.SoloDeclaration": {"reason": INSTALLATION},
    "accounts.Team": dict.fromkeys(("alias", "name", "purpose"), NAME),
    "accounts.User": dict.fromkeys(("email", "name"), PERSON),
    "agents.Agent": {"public_name": NAME, "internal_name": NAME},
    "agents.Component": {"public_name": PUBLIC_NAME, "description": PUBLIC_NAME},
    "incidents.Heartbeat": {"trouble": PROGRAM},
    "incidents.RecordEntry": {"body": "digests, numbers and public names; an entry never changes, so it holds no text"},
    "incidents.StatementTemplate": {"name": NAME},
    "stakeholders.Contact": dict.fromkeys(("address", "name", "organisation", "reach"), CONTACT),
    "stakeholders.Outgoing": {"outcome": PROGRAM, "reason": PROGRAM, "to_address": CONTACT},
    "stakeholders.ReportingRule": dict.fromkeys(
        ("checked_by", "counting", "notes", "recipient", "reference", "regime", "starts_words", "who"), LAW
    ),
    "stakeholders.StakeholderGroup": {"name": NAME},
    "account.EmailAddress": {"email": PERSON},
    "account.EmailConfirmation": {"key": OTHERS},
    "auth.Group": {"name": OTHERS},
    "auth.Permission": {"name": OTHERS, "codename": OTHERS},
    "contenttypes.ContentType": {"app_label": OTHERS, "model": OTHERS},
    "mfa.Authenticator": {"data": OTHERS},
    "sessions.Session": {"session_data": OTHERS, "session_key": OTHERS},
}

LOOKED_THROUGH = {(cells.model._meta.label, column) for cells in EVERY for column in cells.columns}
DECIDED = pairs(BY_RULES_OF_THEIR_OWN) | {(label, name) for label, said in REVIEWED.items() for name in said}


def undecided(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return found - LOOKED_THROUGH - DECIDED - pairs(CODES)


def test_every_column_of_text_is_looked_through_or_has_a_reason() -> None:
    every = texts_of(apps.get_models(include_auto_created=True))
    assert undecided(every) == set()
    assert every >= DECIDED | LOOKED_THROUGH, "nothing stands here that is not there any more"
    assert DECIDED.isdisjoint(LOOKED_THROUGH)
    assert DECIDED.isdisjoint(pairs(CODES))


def test_a_column_that_nobody_decided_about_is_found() -> None:
    class Stray(models.Model):  # noqa: DJ008 - it is nothing but its column
        said = models.TextField()

        class Meta:
            app_label = "incidents"
            managed = False

    try:
        assert undecided(texts_of([Stray])) == {("incidents.Stray", "said")}
    finally:
        del apps.all_models["incidents"]["stray"]
        apps.clear_cache()


def of_frozen() -> list[Cells]:
    return [cells for cells in EVERY if issubclass(cells.model, FrozenModel)]


@pytest.mark.parametrize("cells", of_frozen(), ids=lambda cells: str(cells.model.__name__))
def test_the_database_lets_a_redaction_change_each_of_them_that_is_written_once(cells: Cells) -> None:
    """Else it is found and shown to two people, and then refused."""
    let: Any = ERASABLE[cells.model._meta.db_table]
    for column in cells.columns:
        assert column in (let.json if column in JSON else let.texts)


def test_what_the_database_lets_be_erased_is_looked_through() -> None:
    tables = {model._meta.db_table: model._meta.label for model in apps.get_models()}
    let = {
        (tables[table], column) for table, erasable in ERASABLE.items() for column in (*erasable.texts, *erasable.json)
    }
    assert let <= LOOKED_THROUGH | pairs(BY_RULES_OF_THEIR_OWN)
