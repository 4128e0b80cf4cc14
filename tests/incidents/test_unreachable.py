"""F20: an address that its server does not know is tried once. Reminders go to the team until somebody says it works."""

from datetime import timedelta

import pytest
from django.test import override_settings

from accounts.models import LogEntry
from accounts.operations import people
from incidents.operations import approval, change, sweep
from incidents.operations import commitment as operations
from refusals import NotAllowed, WrongState
from stakeholders import operations as outbox
from stakeholders.models import Outgoing
from stakeholders.operations import sending
from tests import states
from tests.relay import Relay


class Strict(Relay):
    """Answers the address it is told to with one line, and takes everything else."""

    address, line = "tom@northwind.example", "550 5.1.1 No such user"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.address:
            self.seen[address] += 1
            return self.line
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.fixture
def relay():
    sending.breaker.mend()
    with Strict().open() as opened, override_settings(**opened.settings):
        yield opened


@pytest.fixture
def refused_owner(commitment, tom, relay):
    """The mail about the new commitment came back; the team's address has it."""
    sweep.sweep()
    outbox.drain()
    sweep.sweep()
    return states.fresh(tom)


def receivers():
    return list(Outgoing.objects.filter(kind="commitment").order_by("pk").values_list("to_address", flat=True))


def test_the_first_refusal_is_remembered_and_logged(refused_owner, team, relay):
    assert not refused_owner.reads_mail
    assert LogEntry.objects.get(action="person.address_refused").object_id == str(refused_owner.pk)
    assert receivers() == ["tom@northwind.example", team.alias]


def test_the_next_steps_go_to_the_team_and_never_try_the_address_again(
    commitment, refused_owner, team, relay, clock_at
):
    for days in (7, 2, 0):
        clock_at(commitment.due_at - timedelta(days=days))
        sweep.sweep()
        outbox.drain()

    assert relay.seen["tom@northwind.example"] == 1
    assert receivers()[1:] == [team.alias] * 4
    assert all("⟦link⟧" not in mail.text for mail in Outgoing.objects.filter(to_address=team.alias))


def test_no_message_of_any_kind_tries_it_again_until_somebody_says_that_it_works(refused_owner, relay):
    queued = {"kind": "test", "to": refused_owner, "subject": "S", "text": "T", "reason": "Because."}
    held = outbox.queue(key="k", **queued)
    assert held
    outbox.drain()
    assert (states.fresh(held).state, states.fresh(held).outcome) == ("failed", sending.NOT_TRIED)
    assert relay.seen["tom@northwind.example"] == 1

    relay.line = "250 fine, now"
    people.confirm_address(refused_owner, by=refused_owner)
    outbox.retry(held, by=refused_owner)
    outbox.drain()
    assert relay.seen["tom@northwind.example"] == 2


def test_news_about_it_goes_to_the_team_as_well(commitment, refused_owner, team, ben):
    asked = change.propose(
        commitment, "amendment", by=refused_owner, new_text="Two people release each.", public_reason="Safer."
    ).submissions.get()
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert receivers()[-1] == team.alias


def test_somebody_else_who_gets_it_is_written_to(commitment, refused_owner, rosa, ada):
    operations.reassign(commitment, rosa, by=ada, reason="His mail does not arrive.")

    assert receivers()[-1] == "rosa@northwind.example"


@pytest.mark.parametrize("line", ["550 No such user", "550 5.7.1 Refused", "550 5.1.8 Bad sender", "552 5.2.2 Full"])
def test_what_does_not_blame_the_address_is_tried_again_at_the_next_step(commitment, tom, relay, clock_at, line):
    relay.line = line
    sweep.sweep()
    outbox.drain()

    assert states.fresh(tom).reads_mail
    clock_at(commitment.due_at - timedelta(days=7))
    sweep.sweep()
    assert receivers().count("tom@northwind.example") == 2


def test_an_alias_that_is_refused_blames_nobody(db, relay, tom):
    outbox.queue(key="k", kind="test", to=relay.address, subject="S", text="T", reason="Because.")
    outbox.drain()

    assert states.fresh(tom).reads_mail


@pytest.mark.parametrize("who", ["tom", "olga"])
def test_its_owner_or_an_administrator_says_that_it_works_again(
    commitment, refused_owner, cast, who, clock_at, client_of
):
    page = f"/desk/people/{refused_owner.pk}/"
    browser = client_of(getattr(cast, who))
    assert "The address works again" in browser.get(page).content.decode()
    assert browser.post(f"{page}address/").status_code == 302

    assert states.fresh(refused_owner).reads_mail
    assert "The address works again" not in browser.get(page).content.decode()
    clock_at(commitment.due_at - timedelta(days=7))
    sweep.sweep()
    assert receivers()[-1] == "tom@northwind.example"


def test_others_see_it_on_the_page_and_in_the_outbox_and_cannot_say_so(refused_owner, ben, client_of, refused):
    browser = client_of(ben)
    page = browser.get(f"/desk/people/{refused_owner.pk}/").content.decode()
    assert "there is no address tom@northwind.example" in page
    assert "The address works again" not in page
    tried = Outgoing.objects.get(to_user=refused_owner)
    assert "This address was refused" in browser.get(f"/desk/outbox/{tried.pk}/").content.decode()
    with refused(NotAllowed, "Only Tom Lindqvist or an administrator"):
        people.confirm_address(refused_owner, by=ben)


def test_an_address_that_works_is_not_confirmed(tom, refused):
    with refused(WrongState, "Nothing is wrong"):
        people.confirm_address(tom, by=tom)


def test_a_refusal_of_an_earlier_address_says_nothing_about_the_present_one(tom):
    people.refuse_address(tom, "tom@elsewhere.example")

    assert states.fresh(tom).reads_mail
