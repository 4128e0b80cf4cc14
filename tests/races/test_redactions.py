"""Words taken down while somebody else acts: it is done once, whoever comes second is told, and nothing brings them back.

On whichever database the tests run on. SQLite lets one writer in at a time, so that the races proper happen on PostgreSQL.
"""

import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection

from accounts import chain
from accounts.models import LogEntry
from accounts.operations import people
from accounts.operations.verify import verify_log
from incidents.models import RecordEntry, Redaction, Statement, StatementVersion
from incidents.operations import places, redaction, statement, timeline, verify
from refusals import NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts, drain
from tests import states
from tests.conftest import dump
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4 if connection.vendor == "postgresql" else 2
NAME = "Jane Roe of Zanzibar"
HEADLINE = f"A letter reached {NAME}"


@pytest.fixture
def published(cast, organisation, agent):
    """Publishes the words, in one incident after the other."""

    def publish_one():
        opened = states.open_up(
            states.declare(agent, by=cast.cleo), by=cast.cleo, communications=cast.ada, technical=cast.tom
        )
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        return states.publish(states.fresh(opened), "holding", writer=cast.ada, approver=cast.ben, headline=HEADLINE)

    return publish_one


@pytest.fixture
def mailed(cast, published):
    """Sends them to a group as well, with two mails that wait in the outbox."""
    group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(group, "nell@example.org\nomar@example.org\n", by=cast.ada)

    def send_one():
        told = states.publish(published().incident, "update", writer=cast.ada, approver=cast.ben).incident
        assert told is not None
        draft = states.write_to(group, told, by=cast.ada, headline=HEADLINE)
        return states.send(draft, writer=cast.ada, approver=cast.ben)

    return send_one


def proposed(words, by) -> Redaction:
    if words.kind == Statement.Kind.DIRECT:
        return redaction.propose_of_message(words, ["headline"], by=by, reason="personal_data", note="She asked.")
    chosen = {words.entry.number: ["headline"]}
    return redaction.propose(words.entry, chosen, by=by, reason="personal_data", note="She asked.")


def confirm(about: Redaction, by) -> Any:
    return partial(redaction.confirm, about, by=by, seen=places.plan(about).seen)


def names(results) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def notices() -> int:
    return RecordEntry.objects.filter(kind="redaction").count()


def taken_down() -> int:
    return LogEntry.objects.filter(action="redaction.taken_down").count()


def holds() -> bool:
    return verify.first_fault() == verify_log().broken == ""


def test_two_people_who_confirm_at_once_make_one_notice_and_the_second_is_told(published, cast):
    for number in range(1, ROUNDS + 1):
        about = proposed(published(), cast.ada)

        results = at_once(confirm(about, cast.ben), confirm(about, cast.cleo), confirm(about, cast.ben))

        assert names(results) == {"Redaction": 1, "WrongState": 2}
        first = states.fresh(about).decided_by
        late = {result.sentence for result in results if isinstance(result, WrongState)}
        assert late == {f"{first} has taken these words down already."}
        assert (notices(), taken_down()) == (number, number)
    assert holds()


def test_two_people_who_confirm_the_words_of_a_message_at_once(mailed, cast):
    for number in range(1, ROUNDS + 1):
        about = proposed(mailed(), cast.ada)

        results = at_once(confirm(about, cast.ben), confirm(about, cast.cleo))

        assert names(results) == {"Redaction": 1, "WrongState": 1}
        assert (notices(), taken_down()) == (0, number)
    assert holds()


def test_it_is_taken_down_or_withdrawn(published, cast):
    for _ in range(ROUNDS):
        words = published()
        about, before = proposed(words, cast.ada), notices()

        done, left = at_once(confirm(about, cast.ben), partial(redaction.withdraw, about, by=cast.ada))

        assert sorted(names([done, left])) == ["Redaction", "WrongState"]
        gone = isinstance(done, Redaction)
        assert states.fresh(about).state == ("confirmed" if gone else "withdrawn")
        assert states.fresh(words).headline == (chain.TAKEN_DOWN if gone else HEADLINE)
        assert notices() == before + gone
    assert holds()


def test_two_people_propose_it_at_once_and_one_proposal_waits(published, cast):
    for _ in range(ROUNDS):
        words = published()

        results = at_once(*(partial(proposed, words, by) for by in (cast.ada, cast.ben, cast.cleo)))

        assert names(results) == {"Redaction": 1, "WrongState": 2}
        redaction.withdraw(Redaction.objects.waiting().get(), by=cast.cleo)


def save(draft, cast):
    return statement.edit(draft, by=cast.ada, seen_version=draft.version, affected=f"Nobody but {NAME}.")


def submit(draft, cast):
    return states.submit(draft, by=cast.ada)


def discard(draft, cast):
    return statement.discard(draft, by=cast.ada, seen_version=draft.version)


@pytest.mark.parametrize("meanwhile", [save, submit, discard], ids=lambda act: act.__name__)
def test_a_draft_that_holds_the_words_is_changed_meanwhile(published, cast, meanwhile):
    """Whoever saves first makes what the other saw stale. Either way the words are gone once somebody has looked again."""
    for _ in range(ROUNDS):
        words = published()
        draft = states.fresh(states.write(words.incident, "update", by=cast.ada, headline=HEADLINE))
        about = proposed(words, cast.ada)

        done, other = at_once(confirm(about, cast.ben), partial(meanwhile, draft, cast))

        assert isinstance(done, Redaction | Stale), done
        assert not isinstance(other, Exception) or isinstance(other, Stale | WrongState), other
        if isinstance(done, Stale):
            assert not isinstance(other, Exception), other
            assert states.fresh(words).headline == HEADLINE
            confirm(about, cast.ben)()
        assert states.fresh(draft).headline == chain.TAKEN_DOWN
        versions = StatementVersion.objects.filter(statement=draft).values_list("content", flat=True)
        assert not any(HEADLINE in json.dumps(content) for content in versions)
    assert holds()


def test_a_draft_begun_meanwhile_does_not_bring_them_back(published, cast):
    for _ in range(ROUNDS):
        words = published()
        about = proposed(words, cast.ada)

        done, begun = at_once(confirm(about, cast.ben), partial(statement.begin, words.incident, "update", by=cast.ada))

        assert isinstance(begun, Statement), begun
        if isinstance(done, Stale):
            assert begun.headline == HEADLINE
            confirm(about, cast.ben)()
        assert states.fresh(begun).headline in ("", chain.TAKEN_DOWN)
    assert holds()


def test_a_note_that_quotes_them_meanwhile_goes_with_them(published, cast):
    for _ in range(ROUNDS):
        words = published()
        about = proposed(words, cast.ada)

        done, _note = at_once(
            confirm(about, cast.ben), partial(timeline.note, words.incident, f"They read “{HEADLINE}”.", by=cast.cleo)
        )

        assert isinstance(done, Redaction | Stale), done
        if isinstance(done, Stale):
            confirm(about, cast.ben)()
            assert not words.incident.timeline.filter(text__contains=NAME).exists()
    assert holds()


def test_a_role_that_is_lost_meanwhile_counts(published, cast):
    for _ in range(ROUNDS):
        words = published()
        about = proposed(words, cast.ada)

        done, lost = at_once(confirm(about, cast.ben), partial(people.revoke_role, cast.ben, "approver", by=cast.olga))

        assert not isinstance(lost, Exception), lost
        assert isinstance(done, Redaction | NotAllowed), done
        assert (states.fresh(words).headline == chain.TAKEN_DOWN) == isinstance(done, Redaction)
        people.grant_role(cast.ben, "approver", by=cast.olga)
    assert holds()


def test_a_mail_to_the_group_has_left_or_is_not_sent(mailed, cast, settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    for _ in range(ROUNDS):
        about = proposed(mailed(), cast.ada)

        done, _sent = at_once(confirm(about, cast.ben), drain)
        drain()
        states.rounds(lambda: states.fresh(about).cleared_at)  # noqa: B023 - it is asked at once

        assert isinstance(done, Redaction), done
        states_of_mails = set(Outgoing.objects.filter(kind="direct").values_list("state", flat=True))
        assert states_of_mails <= {"sent", "superseded"}
        assert states.fresh(about).cleared_at or connection.vendor == "sqlite"
    of_mails = {name: rows for name, rows in dump().items() if name.startswith("stakeholders_")}
    assert "Please delete the letter." not in json.dumps(of_mails, default=str)
    assert not [path for path in (tmp_path / "mail").rglob("*direct*") if NAME in path.read_text()]
    assert holds()
