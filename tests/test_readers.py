"""Nobody inside is shown what is not theirs to read (S05): each person of the cast, and the owner who comes by mail."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from accounts import log
from accounts.actions import Action
from accounts.models import Organisation, Team
from accounts.operations import throttle
from agents.models import Agent
from incidents.models import Commitment, Heartbeat, Incident, MastheadChange
from incidents.operations import masthead
from stakeholders.models import Outgoing, StakeholderGroup
from tests import readers
from tests import world as worlds
from tests.accounts.two_step import SECRET, with_app
from tests.conftest import PASSWORD
from tests.readers import LINK, NOBODY, READERS, TABLE, THE_PUBLIC, Names, Readers
from tests.test_public_surface import CODES, INTERNAL, PUBLIC, pairs, texts_of
from tests.world import MARK, marked

pytestmark = [pytest.mark.check("S05"), pytest.mark.django_db]

# Tables of others that hold no words of people: names of models and permissions, and what nothing here writes.
OF_OTHERS = {
    "auth.Permission": {"name", "codename"},
    "auth.Group": {"name"},
    "contenttypes.ContentType": {"app_label", "model"},
    "sessions.Session": {"session_key", "session_data"},
    "account.EmailConfirmation": {"key"},
}
EMPTY = ("account.EmailAddress", "account.EmailConfirmation", "auth.Group", "sessions.Session")


@pytest.fixture(autouse=True)
def _now(world: SimpleNamespace, clock_at: Callable[..., None]) -> Iterator[None]:
    clock_at(world.now)
    with worlds.undone():
        yield


@pytest.fixture(scope="module")
def hidden(world: SimpleNamespace) -> dict[str, Names]:
    """Every canary with its readers: from the columns, and what opens something as its owner holds it."""
    _more(world)
    said = [*TABLE, *(Readers(label, " ".join(columns), THE_PUBLIC) for label, columns in PUBLIC.items())]
    return readers.canaries(world, said, _is_canary) | _in_clear(world)


def _is_canary(label: str, column: str, text: str) -> bool:
    """Words of people carry the mark; codes are random."""
    if column in INTERNAL.get(label, ()) or column == "details":
        return MARK in text
    return column not in PUBLIC.get(label, ())


def _more(w: SimpleNamespace) -> None:
    """What the world leaves empty, because no page shows it or because it would stand in the way of other tests."""
    Heartbeat.objects.update(trouble=marked("a row that failed"))
    Organisation.objects.update(setup_token_hash="5e7" * 21 + "0")
    words = {name: marked(name) for name in INTERNAL["stakeholders.StakeholderGroup"]}
    StakeholderGroup.objects.filter(pk=StakeholderGroup.objects.values("pk")[:1]).update(**words)
    Outgoing.objects.filter(pk=w.outgoing.pk).update(to_address=f"former-address@{MARK}.example")
    log.write(Action.PERSON_CHANGED, by=w.tom, about=w.tom, field=marked("of the account"))
    throttle.take_code(w.tom)
    other = {"name": marked("new name"), "place": marked("new place"), "contact": marked("new contact"), "zone": "UTC"}
    masthead.propose(MastheadChange.Kind.ORGANISATION, other, by=w.olga)
    w.codes = with_app(w.taken.commander)


def _in_clear(w: SimpleNamespace) -> dict[str, Names]:
    secrets = [w.invitation_token, SECRET, PASSWORD, *w.codes]
    return dict.fromkeys(secrets, NOBODY) | {w.token: frozenset({LINK})}


def columns_of_the_table() -> set[tuple[str, str]]:
    return {(line.label, column) for line in TABLE for column in line.columns.split()}


def test_every_text_of_every_model_has_its_readers() -> None:
    everywhere = texts_of(apps.get_models(include_auto_created=True))
    codes = pairs(CODES) - columns_of_the_table()

    assert everywhere == columns_of_the_table() | pairs(PUBLIC) | codes | pairs(OF_OTHERS)
    assert pairs(INTERNAL) <= columns_of_the_table()
    opens = re.compile(r"token|password|salt|session_|secret")
    assert {pair for pair in codes if opens.search(pair[1])} == set()


def test_tables_of_others_that_are_not_searched_are_empty(world: SimpleNamespace) -> None:
    assert [label for label in EMPTY if apps.get_model(label)._base_manager.exists()] == []


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.label} {line.columns}")
def test_every_column_has_a_text_that_would_betray_it(
    line: Readers, world: SimpleNamespace, hidden: dict[str, Names]
) -> None:
    if line.label in EMPTY:
        return
    told: dict[str, bool] = dict.fromkeys(line.columns.split(), False)
    for column, text, who in line.texts(world):
        told[column] |= hidden.get(readers.canary(text), THE_PUBLIC) == who

    assert told == dict.fromkeys(told, True)


@pytest.mark.parametrize("name", READERS)
def test_nobody_is_shown_what_is_not_theirs(
    name: str, world: SimpleNamespace, hidden: dict[str, Names], figures: Callable[..., None]
) -> None:
    seen = readers.visit(world, name)

    assert len(seen) >= (4 if name == LINK else 50)
    assert readers.leaks(seen, name, hidden) == set()
    figures("S05", canaries=len(hidden), **{f"doors_{name.split()[0].lower()}": len(seen)})


def test_a_page_that_lost_its_guard_is_found(
    world: SimpleNamespace, hidden: dict[str, Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.views.log.can_read_log", lambda _user: True)

    found = readers.leaks(readers.visit(world, "vic"), "vic", hidden)

    assert {path for path, _ in found} == {"desk:log"}


@pytest.mark.parametrize(
    ("name", "model", "column", "secret", "door"),
    [
        ("max", Incident, "title", lambda w: w.invitation.email, "desk:incident"),
        ("olga", Agent, "public_name", lambda w: w.invitation.token_hash, "desk:agent"),
        ("cleo", Team, "purpose", lambda _w: f'<a title="{PASSWORD}">', "desk:team"),
        (LINK, Commitment, "verification", lambda w: w.rosa.email, "act"),
    ],
)
def test_what_is_shown_in_the_wrong_place_is_found(
    name: str, model: Any, column: str, secret: Callable[[SimpleNamespace], str], door: str,
    world: SimpleNamespace, hidden: dict[str, Names],
) -> None:  # fmt: skip
    model.objects.update(**{column: secret(world)})

    assert door in {path for path, _ in readers.leaks(readers.visit(world, name), name, hidden)}


@pytest.mark.nightly
@pytest.mark.parametrize("name", READERS)
def test_nobody_is_shown_it_at_any_object_or_behind_any_link(
    name: str, world: SimpleNamespace, hidden: dict[str, Names], figures: Callable[..., None]
) -> None:
    seen = readers.crawl(world, name) | readers.attempt(world, name, worlds.undone)

    assert len(seen) >= (8 if name == LINK else 500)
    assert readers.leaks(seen, name, hidden) == set()
    figures("S05", **{f"pages_{name.split()[0].lower()}": len(seen)})
