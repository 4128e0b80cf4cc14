"""The main job, whole: one installation as `make run` starts it, two people over HTTP, one mail server.

A promise that falls due in a few seconds is made by calling the operations; everything after that is what the running
program does, and what people do to it through its pages.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import PASSWORD
from tests.servers import Browser, Installation, Postbox, text_of, until

# Run in the installation before it is served. The commitment is due three seconds after it was published.
BEFORE = """
from datetime import timedelta
import clock
from accounts.models import Organisation, Role
from agents import operations as agents
from incidents.operations import masthead
from tests import factories, states

factories.OrganisationFactory.create()
cast = {
    name: factories.UserFactory.create(email=f"{name}@northwind.example", name=name.title(), roles=[role])
    for name, role in {
        "ada": Role.COMMUNICATIONS_LEAD, "ben": Role.APPROVER, "cleo": Role.COMMANDER, "tom": Role.TECHNICAL_LEAD,
        "olga": Role.ADMINISTRATOR,
    }.items()
}
ada, ben, cleo, tom, olga = cast.values()
component = agents.add_component(public_name="Support replies", by=olga)
masthead.found(Organisation.objects.get(pk=1), by=olga)
agent = agents.add_agent(
    public_name="Support assistant", internal_name="", owner=tom, deputy=None, team=None, component=component, by=olga
)
told = states.open_up(states.declare(agent, by=cleo), by=cleo, communications=ada, technical=tom)
states.establish_facts(told, reporter=tom, confirmer=cleo)
states.contain(told, by=tom)
states.publish(told, "holding", writer=ada, approver=ben)
states.promise(told, writer=ada, approver=ben, owner=tom, due_at=clock.now() + timedelta(seconds=3))
states.submit(states.write(told, "update", by=ada, body="The addresses have been put right."), by=ada)
"""


@pytest.fixture
def installation(tmp_path: Path, postbox: Postbox) -> Iterator[Installation]:
    running = Installation(tmp_path / "data", EMAIL_URL=postbox.url)
    try:
        running.prepare()
        running.manage("shell", "-c", BEFORE)
        running.serve()
        yield running
    finally:
        running.stop()


def signed_in(installation: Installation, name: str) -> Browser:
    browser = Browser(installation.url)
    browser.sign_in(f"{name}@northwind.example", PASSWORD)
    return browser


def link_in(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, f"no {pattern} in {page}"
    return found[0]


def test_from_words_that_wait_to_a_commitment_that_was_kept_late(installation: Installation, postbox: Postbox) -> None:
    ben = signed_in(installation, "ben")
    waiting = link_in(ben.get("/desk/approvals/")[1], r"/desk/approvals/\d+/")
    until(lambda: _asked_about(postbox, waiting), what="the mail that asks for approval")
    ben.get(waiting)
    status, answer = ben.post(f"{waiting}approval/")
    assert (status, "Published as entry" in answer) == (200, True), answer
    until(lambda: "The addresses have been put right." in installation.get("/")[1], 5, "the approved words")

    late = until(lambda: _about(postbox, "tom@northwind.example", "missed in public"), what="the mail of the deadline")
    until(lambda: "Missed" in installation.get("/commitments/")[1], 5, "the ledger")
    link = link_in(text_of(late), r"/act/[\w-]+/")
    tom = Browser(installation.url)
    assert "Every refund letter is released by a person" in tom.get(link)[1]
    tom.get(f"{link}done/")
    report = {"text": "Since noon every letter carries a name.", "dated_at": "today 00:01 UTC"}
    status, answer = tom.post(f"{link}done/", **report)
    if status == 422:  # without scripts the reading of a typed time is shown once before it counts
        status, answer = tom.post(f"{link}done/", **report)
    assert (status, "Thank you" in answer) == (200, True), answer
    verify = until(lambda: _about(postbox, "cleo@northwind.example", "To verify"), what="the mail to the verifiers")
    cleo = signed_in(installation, "cleo")
    cleo.get(link_in(text_of(verify), r"/desk/commitments/\d+/"))
    status, answer = cleo.post(link_in(cleo.page, r"/desk/evidence/\d+/acceptance/"))
    assert (status, "kept late" in answer.lower()) == (200, True), answer

    until(lambda: "Kept late" in installation.get("/commitments/")[1], 5, "the ledger")
    assert tom.get(link)[0] == 404
    assert "The record is whole: 7 entries." in installation.manage("verify_record")


def _asked_about(postbox: Postbox, link: str) -> bool:
    return any(link in text_of(message) for message in postbox.to("ben@northwind.example"))


def _about(postbox: Postbox, address: str, words: str) -> object:
    return next((message for message in postbox.to(address) if words in str(message["Subject"])), None)
