"""The administrators' list of addresses that are no leak: exactly these, in public words, and never a secret (domain 3.2)."""

from typing import Any

import pytest

import clock
from accounts.models import Organisation, User
from incidents.draft_check import Context, check
from incidents.draft_check.cleared import address_of
from incidents.models import Statement
from incidents.operations import allow_list, checking, guards, statement
from refusals import Incomplete, NotAllowed, WrongState
from tests import states

pytestmark = pytest.mark.django_db

TRACKER = "jira.northwind.example"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
TOKEN = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0.c2ln"


def leaks(text: str, *cleared: str) -> list[str]:
    known = Context(cleared=frozenset(cleared), known_names=frozenset({"Dana River"}))
    findings = check(text, "update", known, whole=False).findings
    return [one.text for one in findings if one.rule in ("PII", "INTERNAL-LEAK")]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"See https://{TRACKER}/browse/OUT-7.", TRACKER),
        (f"See [the ticket](https://{TRACKER}/browse/OUT-7).", TRACKER),
        (f"See HTTPS://{TRACKER.upper()}:8443/x now.", TRACKER),
        (f"See https://{TRACKER}/Status.", f"https://{TRACKER}/Status"),
        (f"See https://{TRACKER}/status/, please.", f"https://{TRACKER}/status/"),
        ("It runs on help.northwind.local.", "help.northwind.local"),
        ("It runs on help.northwind.local:8080 again.", "help.northwind.local"),
        ("See https://help.northwind.local/news.", "https://help.northwind.local/news"),
        ("Write to press@northwind.example.", "Press@northwind.example"),
        ("Write to press@desk.local.", "press@desk.local"),
    ],
)
def test_a_cleared_address_is_no_leak(text: str, address: str) -> None:
    assert leaks(text)
    assert leaks(text, address) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"See https://{TRACKER}.evil.example/jira.", TRACKER),
        (f"See https://old-{TRACKER}/x.", TRACKER),
        (f"See https://dana@{TRACKER}/x.", TRACKER),
        (f"See https://{TRACKER}/a,https://grafana.corp.example/b.", TRACKER),
        (f"See https://{TRACKER}/status/7.", f"https://{TRACKER}/status"),
        (f"See https://{TRACKER}/STATUS.", f"https://{TRACKER}/status"),
        (f"See http://{TRACKER}/status.", f"https://{TRACKER}/status"),
        ("It runs on db.help.northwind.local.", "help.northwind.local"),
        ("See https://help.northwind.local/inside.", "https://help.northwind.local/news"),
        ("Write to dana.press@northwind.example.", "press@northwind.example"),
        ("Write to dana@help.northwind.local.", "help.northwind.local"),
        ("Dana River wrote.", "Dana River"),
        (f"See https://{TRACKER}/x?access_token=hunter2hunter2.", TRACKER),
        (f"See https://{TRACKER}/x?key={KEY} here.", TRACKER),
        (f"postgres://app:hunter2@{TRACKER}/db", TRACKER),
        (f"The password is {TRACKER}/7", TRACKER),
    ],
)
def test_anything_else_and_every_secret_still_is_one(text: str, address: str) -> None:
    assert leaks(text, address)


@pytest.mark.parametrize(
    ("cleared", "leak"),
    [
        ("press@northwind.example", "dana@northwind.example"),
        ("help.northwind.local", "db.northwind.local"),
        (f"https://{TRACKER}/status", "https://grafana.northwind.example/board"),
    ],
)
def test_many_cleared_ones_hide_no_leak_behind_them(cleared: str, leak: str) -> None:
    assert leaks(f"{f'{cleared} ' * 60}and {leak} too.", cleared) == [leak]


def test_many_published_ones_and_many_numbers_that_are_no_cards_hide_none_either() -> None:
    known = Context(allow=frozenset({"press@northwind.example"}))
    text = f"{'press@northwind.example ' * 60}{'4111 1111 1111 1112, ' * 60}dana@northwind.example, 4111 1111 1111 1111"

    found = [one.text for one in check(text, "update", known, whole=False).findings if one.rule == "PII"]

    assert found == ["dana@northwind.example", "4111 1111 1111 1111"]


@pytest.mark.parametrize(
    "text", ["", "jira", "Dana River", "*.example.org", "s3://bucket/x", "https://a@b.example/", "see jira.example.org"]
)
def test_what_is_no_address_clears_nothing(text: str) -> None:
    assert address_of(text) is None


# The list


def test_an_administrator_clears_an_address_with_a_reason(organisation: Organisation, olga: User) -> None:
    entry = allow_list.clear(" HTTPS://Jira.Northwind.example/Status/ ", by=olga, reason=" It is our public tracker. ")

    assert entry == {
        "number": 1, "address": "https://jira.northwind.example/Status", "reason": "It is our public tracker.",
        "by": olga.pk, "at": entry["at"],
    }  # fmt: skip
    assert entry["at"].startswith(f"{clock.now():%Y-%m-%dT%H:%M}")
    assert Organisation.objects.get().cleared == [entry]
    assert (states.last_log().action, states.last_log().details) == ("organisation.address_cleared", {"number": 1})
    assert checking.known().cleared == {"https://jira.northwind.example/Status"}


def test_an_address_is_kept_whole(organisation: Organisation, olga: User) -> None:
    longest = f"https://help.northwind.local/{'a' * 271}"
    assert len(longest) == allow_list.LONGEST

    assert allow_list.clear(f" {longest} ", by=olga, reason="It is public.")["address"] == longest


def test_it_comes_off_the_list_and_its_entry_is_kept(organisation: Organisation, olga: User) -> None:
    first = allow_list.clear(TRACKER, by=olga, reason="It is public.")
    allow_list.clear("help.northwind.local", by=olga, reason="It is public.")

    allow_list.take_off(1, by=olga)

    assert checking.known().cleared == {"help.northwind.local"}
    kept = Organisation.objects.get().cleared[0]
    assert {**first, "ended_by": olga.pk, "ended_at": kept["ended_at"]} == kept
    assert states.last_log().action == "organisation.address_no_longer_cleared"
    assert allow_list.clear(TRACKER, by=olga, reason="It is public again.")["number"] == 3


@pytest.mark.parametrize(
    ("address", "reason", "said"),
    [
        ("jira", "It is public.", allow_list.WANTED),
        (TRACKER, " ", "Say why the public is meant to have it"),
        (f"https://{TRACKER}/?password=hunter2!x", "It is public.", allow_list.NEVER_CLEARED),
        (f"https://x.example/{TOKEN}", "It is public.", allow_list.NEVER_CLEARED),
        ("akiaiosfodnn7example.example.org", "It is public.", allow_list.NEVER_CLEARED),
        (f"https://{'a' * 282}.example", "It is public.", allow_list.WANTED),
        (
            f"https://help.northwind.local/{'a' * 272}",
            "It is public.",
            "The address has 301 characters. It may have 300",
        ),
    ],
)
def test_what_is_no_address_or_a_secret_is_not_cleared(
    organisation: Organisation, olga: User, refused: Any, address: str, reason: str, said: str
) -> None:
    with refused(Incomplete, "Nothing was cleared.") as refusal:
        allow_list.clear(address, by=olga, reason=reason)
    assert refusal.value.missing[0].sentence == said


def test_only_administrators_change_the_list(organisation: Organisation, olga: User, cleo: User, refused: Any) -> None:
    allow_list.clear(TRACKER, by=olga, reason="It is public.")

    with refused(NotAllowed, "Only an administrator"):
        allow_list.clear("help.northwind.local", by=cleo, reason="It is public.")
    with refused(NotAllowed, "Only an administrator"):
        allow_list.take_off(1, by=cleo)


def test_twice_is_refused_and_so_is_what_is_not_on_it(organisation: Organisation, olga: User, refused: Any) -> None:
    allow_list.clear(TRACKER, by=olga, reason="It is public.")

    with refused(WrongState, "on the list already"):
        allow_list.clear(TRACKER.upper(), by=olga, reason="It is public.")
    with refused(WrongState, "not on the list any more"):
        allow_list.take_off(2, by=olga)


def test_the_list_has_an_end(
    organisation: Organisation, olga: User, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allow_list, "MOST", 1)
    allow_list.clear(TRACKER, by=olga, reason="It is public.")

    with refused(WrongState, "Take one off"):
        allow_list.clear("help.northwind.local", by=olga, reason="It is public.")


def test_a_statement_that_must_name_it_can_go_out(holding: Statement, ada: User, olga: User) -> None:
    written = statement.edit(
        holding, by=ada, seen_version=holding.version, what_to_do=f"Please look at https://{TRACKER}/browse/OUT-7."
    )
    assert [item for item in guards.missing(written) if "internal host" in item.sentence]

    allow_list.clear(TRACKER, by=olga, reason="It is our public tracker.")

    assert [item for item in guards.missing(states.fresh(written)) if "internal host" in item.sentence] == []


# The page


def test_everybody_reads_who_cleared_what_and_only_administrators_change_it(
    organisation: Organisation, olga: User, rosa: User, client_of: Any
) -> None:
    browser = client_of(olga)
    path = "/desk/organisation/"

    wrong = browser.post(f"{path}addresses/", {"address": "jira", "reason": "Typed with care."})
    done = browser.post(f"{path}addresses/", {"address": TRACKER, "reason": "It is public."}, follow=True)
    shown = client_of(rosa).get(path).text

    assert wrong.status_code == 422
    assert allow_list.WANTED in wrong.text
    assert "Typed with care." in wrong.text
    assert f"{TRACKER} may stand in public words." in done.text
    assert f"Take {TRACKER} off the list" in done.text
    assert all(said in shown for said in (TRACKER, "It is public.", f"by {olga.name}"))
    assert "off the list" not in shown
    assert client_of(rosa).post(f"{path}addresses/1/").status_code == 403
    assert (
        TRACKER not in browser.post(f"{path}addresses/1/", follow=True).text.partition("Addresses that are no leak")[2]
    )
