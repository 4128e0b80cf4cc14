"""The whole main job on the grown form: two machines, one PostgreSQL, one broker, one mail server (G01).

Everything is done over HTTP by people whose clicks are answered by either machine. Time is the database's: it is set
forward for all processes at once, as the product reads it there.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.brokers import redis_server
from tests.grown import job
from tests.grown.machines import Grown, Person, link_in, seen_everywhere
from tests.needs import rabbitmq_url
from tests.relay import Relay
from tests.servers import text_of, until

pytestmark = [pytest.mark.check("G01")]

SEEN_WITHIN = 1.0
IN_FLIGHT = 20
SINCE_ENTERED = (
    "SELECT extract(epoch FROM clock_timestamp() - at) FROM incidents_recordentry ORDER BY number DESC LIMIT 1"
)
QUEUE = """
from stakeholders.operations import queue
from stakeholders.tasks import drain
for address in {addresses}:
    queue(key=address, kind="probe", to=address, subject="A probe", text="It arrives.", reason="Because it is a test.")
for worker in range(2):
    drain.apply_async()
"""
Start = Callable[[str], Grown]
Figures = Callable[..., None]


@pytest.mark.redis
def test_from_the_declaration_to_a_promise_kept_late(grown: Start, relay: Relay, figures: Figures) -> None:
    with redis_server() as broker:
        began = time.monotonic()
        running = grown(broker.url)
        started = time.monotonic() - began
        ada, ben, cleo, tom = everybody(running)

        visible, entered = until_public(running, relay, ada, ben, cleo, tom)
        missed_in_public(running, relay)
        kept_late(running, relay, tom)
        shared_by_both_machines(running)

        lost, twice = settled(running, relay)
        figures(
            "G01", broker="Redis", processes=6, seconds_to_start=round(started, 1), seconds_until_on_both=visible,
            since_entered_at_most_s=entered,
            mails=len(relay.accepted), lost=lost, twice=twice, seconds=round(time.monotonic() - began),
        )  # fmt: skip
        assert (lost, twice) == (0, 0)
        assert visible <= SEEN_WITHIN

        repeats = killed_in_mid_sending(running, relay)
        figures("G01", kills=1, mails_in_flight=IN_FLIGHT, lost=0, repeated_with_the_same_id=repeats)
        assert repeats <= 1


@pytest.mark.rabbitmq
def test_the_same_through_rabbitmq_until_it_is_public(grown: Start, relay: Relay, figures: Figures) -> None:
    address = rabbitmq_url()
    assert address
    running = grown(address)
    people = everybody(running)

    visible, entered = until_public(running, relay, *people)

    lost, twice = settled(running, relay)
    mails = len(relay.accepted)
    figures(
        "G01",
        broker="RabbitMQ",
        processes=6,
        seconds_until_on_both=visible,
        since_entered_at_most_s=entered,
        mails=mails,
        lost=lost,
        twice=twice,
    )
    assert (lost, twice) == (0, 0)
    assert visible <= SEEN_WITHIN


def everybody(running: Grown) -> list[Person]:
    """Signed in at one machine or the other."""
    return [Person(name, running.machines[at % 2]) for at, name in enumerate(("ada", "ben", "cleo", "tom"))]


def until_public(
    running: Grown, relay: Relay, ada: Person, ben: Person, cleo: Person, tom: Person
) -> tuple[float, float]:
    """Declared, established, written, approved by another person.

    Returns the seconds until both machines showed it, after Ben was answered, and, at most, after it was entered.
    """
    job.declare(cleo)
    cleo.goes_to(running.first)
    job.establish(ada, tom, cleo)
    ada.goes_to(running.second)
    waiting = job.write(running, ada)
    until(lambda: waiting in "".join(texts(relay, "ben")), what="the mail that asks Ben")
    assert job.HEADLINE not in running.first.get("/")[1] + running.second.get("/")[1]

    job.approve(ben, waiting)

    visible = seen_everywhere(running, "/", job.HEADLINE)
    ((entered,),) = running.database.ask(SINCE_ENTERED)
    assert job.PROMISE in running.second.get("/commitments/")[1]
    until(lambda: job.PROMISE in "".join(texts(relay, "tom")), what="the mail that tells Tom what he owns")
    return round(visible, 2), round(float(entered), 2)


def missed_in_public(running: Grown, relay: Relay) -> None:
    """Both promises run out: the next update and the commitment. Nobody does anything but the clock."""
    running.database.set_forward(job.DUE_IN + timedelta(minutes=1))
    until(lambda: subject(relay, "tom", "missed in public"), what="the mail of the deadline")
    seen_everywhere(running, "/commitments/", "Missed")
    until(lambda: subject(relay, "ada", "the promised update about"), what="the mail about the late update")
    running.database.set_forward(timedelta(days=1))
    until(lambda: subject(relay, "tom", "1 d late"), what="the reminder of the day after")
    until(lambda: subject(relay, "cleo", "1 d late"), what="the copy for whoever commands")


def kept_late(running: Grown, relay: Relay, tom: Person) -> None:
    """Tom reports it done from the link in his mail, at the other machine; Cleo signs in a day later and verifies it."""
    link = link_in(text_of(subject(relay, "tom", "1 d late")), r"/act/[\w-]+/")
    tom.goes_to(running.first)
    page = tom.does(f"{link}done/", text="Since noon every letter carries a name.", dated_at="5 min ago")
    assert "Thank you" in page
    asked = until(lambda: subject(relay, "cleo", "To verify"), what="the mail to the verifiers")
    cleo = Person("cleo", running.second)
    cleo.get(link_in(text_of(asked), r"/desk/commitments/\d+/"))
    page = cleo.sends(link_in(cleo.page, r"/desk/evidence/\d+/acceptance/"))
    assert "kept late" in page.lower()
    seen_everywhere(running, "/commitments/", "Kept late")
    for machine in running.machines:
        assert Person("ben", machine).get(link)[0] == 404, "the link is void at both"
    assert "The record is whole" in running.second.manage("verify_record")


def shared_by_both_machines(running: Grown) -> None:
    """One session, one sign-out and one count of attempts, whichever machine is asked."""
    ada = Person("ada", running.first)
    for machine in running.machines:
        ada.goes_to(machine)
        assert ada.get("/desk/")[0] == 200
        assert "/desk/" in ada.at
    ada.get("/account/logout/")
    ada.post("/account/logout/")
    ada.goes_to(running.first)
    ada.get("/desk/")
    assert "/account/login/" in ada.at, "signed out at one, signed out at both"

    answers = []
    for turn in range(4):  # three an hour for one address
        ada.goes_to(running.machines[turn % 2])
        ada.get("/account/password/reset/")
        answers.append(ada.post("/account/password/reset/", email="nobody@northwind.example")[0])
    assert answers == [200, 200, 200, 429]


def killed_in_mid_sending(running: Grown, relay: Relay) -> int:
    """`kill -9` for a worker while both send to a slow server. Returns how many mails were handed over twice."""
    wanted = [f"slow-{number}@example.org" for number in range(IN_FLIGHT)]
    running.first.manage("shell", "-v", "0", "-c", QUEUE.format(addresses=wanted))
    senders = (
        "SELECT DISTINCT lease_by FROM stakeholders_outgoing WHERE kind = 'probe' AND attempt_started_at IS NOT NULL"
    )
    until(lambda: len(running.database.ask(senders)) == 2, what="both workers in mid-sending")
    running.first.kill_worker()

    left = "SELECT 1 FROM stakeholders_outgoing WHERE kind = 'probe' AND state <> 'sent'"
    until(lambda: len(running.database.ask(left)) <= 1, what="what the other worker can send")
    running.database.set_forward(timedelta(minutes=2))
    until(lambda: not running.database.ask(left), what="what the dead worker had in its hands")

    ids = {address: set(relay.ids(address)) for address in wanted}
    assert {len(found) for found in ids.values()} == {1}, "each arrived, and a repeat carries the same Message-ID"
    return len(slowly(relay)) - len(wanted)


def slowly(relay: Relay) -> list[str]:
    return [address for address, _ in list(relay.handed) if address.startswith("slow-")]


def settled(running: Grown, relay: Relay) -> tuple[int, int]:
    """How many mails were lost, and how many came twice, once nothing waits any more."""
    due = "SELECT 1 FROM stakeholders_outgoing WHERE state = 'queued' AND due_at <= clock_timestamp()"
    until(lambda: not running.database.ask(due), what="an empty outbox")
    wanted = {message_id for message_id, state in running.sent().items() if state == "sent"}
    got = Counter(str(message["Message-ID"]) for _, message in relay.accepted)
    assert set(running.sent().values()) <= {"sent", "superseded", "queued"}
    for machine in running.machines:
        assert "Traceback" not in machine.said(), machine.said()
        assert [process.poll() for process in machine.running] == [None] * 3, f"one has ended: {machine.said()}"
    return len(wanted - set(got)), sum(got[one] - 1 for one in wanted if got[one] > 1)


def texts(relay: Relay, name: str) -> list[str]:
    return [text_of(message) for address, message in list(relay.accepted) if address.startswith(f"{name}@")]


def subject(relay: Relay, name: str, words: str) -> Any:
    """The newest mail to this person with these words in its subject."""
    found = [
        message
        for address, message in list(relay.accepted)
        if address.startswith(f"{name}@") and words in str(message["Subject"])
    ]
    return found[-1] if found else None
