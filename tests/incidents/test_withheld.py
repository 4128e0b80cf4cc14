"""What is left out of public words has a kind of reason, beside the note that says what it is (R9). It stays inside."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from incidents.models import Approval, Incident, RecordEntry, Statement, StatementVersion
from incidents.models.statement import Withheld
from incidents.operations import approval, guards, statement, submission
from refusals import Incomplete
from tests import states
from tests.incidents.test_builder import answered, place
from tests.incidents.test_statement_pages import typed

pytestmark = pytest.mark.django_db


def held_back(draft: Statement, kinds: list[str], *, by: User) -> Statement:
    return statement.edit(states.fresh(draft), by=by, seen_version=draft.version, withheld=kinds)


def test_the_kinds_are_kept_with_each_version_and_with_what_is_submitted(holding: Statement, ada: User) -> None:
    draft = held_back(holding, ["unverified", "safety", "safety"], by=ada)
    asked = submission.submit(draft, by=ada, seen_version=draft.version)

    assert draft.withheld == ["safety", "unverified"]
    assert StatementVersion.objects.get(statement=draft, version=draft.version).content["withheld"] == draft.withheld
    assert asked.content["withheld"] == ["safety", "unverified"]


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        ([], "Tick why something is left out, or that nothing is"),
        (["nothing", "law"], "Tick that nothing is left out, or why something is, not both"),
    ],
)
def test_without_them_nothing_is_submitted(
    holding: Statement, ada: User, refused: Any, kinds: list[str], sentence: str
) -> None:
    draft = held_back(holding, kinds, by=ada)

    with refused(Incomplete) as refusal:
        submission.submit(draft, by=ada, seen_version=draft.version)

    assert refusal.missing == [sentence]
    assert refusal.value.missing[0].anchor == "id_withheld"


def test_every_kind_of_statement_asks_for_them(published: Approval, group: Any, ada: User) -> None:
    told = published.submission.statement.incident
    named: dict[str, dict[str, Any]] = {
        "update": {},
        "correction": {"corrects": published.entry},
        "direct": {"group": group},
    }
    for kind, about in named.items():
        draft = statement.begin(told, kind, by=ada, **about)
        assert "Tick why something is left out, or that nothing is" in [one.sentence for one in guards.missing(draft)]
        statement.discard(draft, by=ada)


def test_what_is_no_kind_is_not_saved(holding: Statement, ada: User, refused: Any) -> None:
    with refused(Incomplete) as refusal:
        held_back(holding, ["shame"], by=ada)

    assert refusal.missing == ["Choose the kinds of what you leave out from the list"]


def test_another_kind_is_another_version_and_makes_what_waits_void(holding: Statement, ada: User) -> None:
    asked = submission.submit(holding, by=ada, seen_version=holding.version)

    draft = held_back(holding, ["law"], by=ada)

    assert draft.version == holding.version + 1
    assert states.fresh(asked).outcome == "void"
    assert held_back(draft, ["law"], by=ada).version == draft.version


def test_they_are_ticked_beside_the_note_and_stay_ticked(
    holding: Statement, ada: User, client_of: Callable[..., Client]
) -> None:
    draft = held_back(holding, ["law", "privacy"], by=ada)

    page = client_of(ada).get(f"/desk/statements/{draft.pk}/").content.decode()

    for kind in Withheld.values:
        ticked = " checked" if kind in ("law", "privacy") else ""
        assert f'<input type="checkbox" name="withheld" value="{kind}"{ticked}>' in page


def test_the_approver_reads_them_and_the_public_does_not(
    holding: Statement, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    draft = held_back(holding, ["law", "privacy"], by=ada)
    asked = submission.submit(draft, by=ada, seen_version=draft.version)

    page = client_of(ben).get(f"/desk/approvals/{asked.pk}/").content.decode()

    assert f"<b>{Withheld.PRIVACY.label}; {Withheld.LAW.label}</b>" in page
    out = approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert "withheld" not in out.entry.body
    assert "withheld" not in RecordEntry.objects.get(pk=out.entry.pk).body


def test_what_two_people_ticked_comes_together(
    holding: Statement, ada: User, cleo: User, client_of: Callable[..., Client]
) -> None:
    sent = typed(holding, withheld=[*holding.withheld, "law"], headline="Mine")
    held_back(holding, ["safety"], by=cleo)

    page = client_of(ada).post(f"/desk/statements/{holding.pk}/", sent).content.decode()

    ticked = [kind for kind in Withheld.values if f'name="withheld" value="{kind}" checked' in page]
    assert ticked == ["safety", "law"]


def test_the_first_message_is_begun_with_them(
    ready_to_speak: Incident, ada: User, client_of: Callable[..., Client]
) -> None:
    client_of(ada).post(place(ready_to_speak), answered() | {"withheld": ["unverified"]})

    assert Statement.objects.get().withheld == ["unverified"]
