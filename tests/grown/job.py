"""The main job through the pages, as the people do it: from the declaration to a promise that everybody can read."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

from tests.grown.machines import Grown, Person, link_in

HEADLINE = "Refund letters reached the wrong people"
PROMISE = "Every refund letter is released by a person before it leaves."
DUE_IN = timedelta(hours=2)
ROOM = "/desk/incidents/1/"

FACTS = {
    "agent_did": "The assistant sent 212 refund letters between 14:36 and 14:52 UTC.",
    "experienced": "Customers received letters that named other people’s orders.",
    "circumstances": "A nightly address import had ended half-way.",
}


def declare(cleo: Person) -> None:
    """Declared in three fields, described, opened. The two machines answer in turn."""
    agent = link_in(cleo.get("/desk/incidents/new/")[1], r'name="agent" value="\d+"').split('"')[3]
    what = {"title": "Refund letters went to the wrong customers", "agent": agent, "worst_harm": "rights"}
    cleo.sends("/desk/incidents/new/", **what)
    cleo.does(
        f"{ROOM}details/", **what, urgency="within_hour", failure_mode="visible", category="bulk_send",
        scenario="mass_failure", is_visible="yes", draws_attention="yes", needs_answer="yes",
    )  # fmt: skip
    cleo.get(ROOM)
    cleo.sends(f"{ROOM}opening/")
    decide(cleo)


def decide(cleo: Person) -> None:
    """Who is told: what is proposed in one action, and the one group that is decided by itself."""
    page = cleo.get(f"{ROOM}map/")[1]
    proposed = [unescape(sent) for sent in re.findall(r'name="plan" value="([^"]*)"', page)]
    page = cleo.sends(f"{ROOM}map/confirmation/", plan=proposed)
    (left,) = re.findall(r'href="(/desk/plans/\d+/)">Decide:', page)
    cleo.does(left, decision="not_applicable", reason="No clock applies.")


def establish(ada: Person, tom: Person, cleo: Person) -> None:
    """Seats, the four questions, two facts confirmed by somebody else, and containment in force."""
    ada.get(ROOM)
    ada.sends(f"{ROOM}roles/communications_lead/")
    tom.get(ROOM)
    tom.sends(f"{ROOM}roles/technical_lead/")
    source = {"source_kind": "log", "source": "run log of the letters", "observed_at": "now"}
    for question, text in FACTS.items():
        tom.does(f"{ROOM}facts/new/", question=question, known="known", text=text, **source)
    unknown = {"question": "state_now", "known": "not_known", "text": "How many letters were opened."}
    tom.does(f"{ROOM}facts/new/", **unknown, **source)
    for number in (1, 2):
        cleo.does(
            f"/desk/facts/{number}/confirmation/", confirmation_kind="log", confirmation_source="list of deliveries"
        )
    tom.does(
        f"{ROOM}containment/new/", scope="process", text="Refund letters wait for a person", state="done",
        ends_when="The addresses have been checked", review_at="in 3 h",
    )  # fmt: skip


def write(grown: Grown, ada: Person) -> str:
    """The holding statement with one commitment, submitted. Returns the address where it waits."""
    ada.get(f"{ROOM}statements/new/holding/")
    ada.sends(f"{ROOM}statements/new/holding/")
    (owner,) = grown.database.ask("SELECT id FROM accounts_user WHERE email = 'tom@northwind.example'")[0]
    ada.does(
        "/desk/statements/1/commitments/new/", text=PROMISE, public_owner="Support team", owner=owner,
        due_at="in 2 h", verification="The letters carry the name of the person who released them.",
    )  # fmt: skip
    (component,) = grown.database.ask("SELECT public_id FROM agents_component")[0]
    said = {
        "headline": HEADLINE,
        "acknowledgement": "Our support assistant sent 212 refund letters to the wrong addresses.",
        "body": "The letters named a person and an order. We have stopped all letters.",
        "investigating": "We are investigating how the addresses were mixed up.",
        "affected": "Customers who asked for a refund since Monday.",
        "what_to_do": "Please delete a letter that is not addressed to you.",
        "public_status": "investigating",
        "impact": "major",
        f"component-{component}": "partial_outage",
        "next_update_at": "in 45 min",
        "cites": [1, 2],
        "disclosure_note": "The name of the address supplier is left out until they have answered.",
        "withheld": ["unverified"],
    }
    ada.does("/desk/statements/1/", **said)
    version = link_in(ada.page, r'name="version" value="\d+"').split('"')[3]
    assert "Submitted" in ada.sends("/desk/statements/1/submission/", version=version)
    return urlsplit(ada.at).path


def approve(ben: Person, waiting: str) -> None:
    ben.get(waiting)
    assert "Published as entry" in ben.sends(f"{waiting}approval/")
