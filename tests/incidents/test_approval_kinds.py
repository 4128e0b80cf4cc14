"""The page on which a second person decides, of every kind of thing that can wait there (U17)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from incidents.models import Fact, MastheadChange, Statement, Submission
from incidents.operations import approval, change, fact, masthead, statement, sweep
from tests import states
from tests.conftest import START
from tests.incidents.test_warning import release

ORDER = ["diff", "preview", "cited", "check", "clock", "aud", "makes", "seats"]
WORDLESS = ["diff", "clock", "aud", "seats"]  # what rests on no facts and is no page of its own
KINDS = [*Statement.Kind.values, "amendment", "withdrawal", "explanation", "names"]


class Waiting:
    """Something of each kind that waits for approval, of an incident of which the public has read."""

    def __init__(self, published, group, agent, cast, clock_at):
        self.published, self.group, self.agent, self.cast, self.clock_at = published, group, agent, cast, clock_at
        self.about = published.incident

    def __call__(self, kind):
        found = getattr(self, kind)()
        if isinstance(found, Statement):
            return states.submit(states.fresh(found), by=self.cast.ada)
        return Submission.objects.waiting().latest("pk")

    def holding(self):
        cast = self.cast
        declared = states.declare(self.agent, by=cast.cleo, title="Another")
        opened = states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        return states.write(states.fresh(opened), "holding", by=cast.ada)

    def warning(self):
        draft = states.write(self.about, "warning", by=self.cast.ada)
        release(draft, by=self.cast.cleo)
        return draft

    def update(self):
        return states.write(self.about, "update", by=self.cast.ada)

    def correction(self):
        begun = statement.begin(self.about, "correction", by=self.cast.ada, corrects=self.published.entry)
        said: dict[str, Any] = {
            "acknowledgement": "We wrote that the letters named an order. That was our guess.",
            "body": "The letters named a person and a street, and no order.",
            "disclosure_note": "Nothing is left out.",
            "withheld": ["nothing"],
            "next_update_at": START + timedelta(minutes=50),
        }
        return statement.edit(begun, by=self.cast.ada, seen_version=begun.version, **said)

    def resolution(self):
        cast = self.cast
        states.recover(self.about, commander=cast.cleo, reporter=cast.rosa, confirmer=cast.tom)
        return states.write(states.fresh(self.about), "resolution", by=cast.ada)

    def post_mortem(self):
        asked = states.submit(self.resolution(), by=self.cast.ada)
        approval.approve(asked, by=self.cast.ben, seen_digest=asked.digest)
        cause = self.about.facts.get(question=Fact.Question.CIRCUMSTANCES)
        fact.change(cause, by=self.cast.rosa, seen_version=cause.version, is_cause=True)
        seen = states.fresh(cause).version
        said = {"confirmation_kind": "log", "confirmation_source": "import log"}
        fact.confirm(states.fresh(cause), by=self.cast.tom, seen_version=seen, **said)
        return states.write(states.fresh(self.about), "post_mortem", by=self.cast.ada)

    def direct(self):
        return states.write_to(self.group, self.about, by=self.cast.ada)

    def amendment(self):
        made = self._commitment()
        later = made.due_at + timedelta(days=5)
        return change.propose(made, "amendment", by=self.cast.tom, public_reason="It is longer.", new_due_at=later)

    def withdrawal(self):
        return change.propose(self._commitment(), "withdrawal", by=self.cast.tom, public_reason="No letters any more.")

    def explanation(self):
        made = self._commitment()
        self.clock_at(made.due_at + timedelta(minutes=1))
        sweep.sweep()
        return change.propose(states.fresh(made), "explanation", by=self.cast.tom, public_reason="It took longer.")

    def names(self):
        return masthead.propose(MastheadChange.Kind.ORGANISATION, {"name": "Northwind"}, by=self.cast.olga)

    def _commitment(self):
        cast, due_at = self.cast, START + timedelta(days=10)
        return states.promise(self.about, writer=cast.ada, approver=cast.ben, owner=cast.tom, due_at=due_at)


@pytest.fixture
def wait(published, group, agent, cast, clock_at):
    """``wait(kind)`` makes it, and gives its submission."""
    return Waiting(published, group, agent, cast, clock_at)


def page_of(asked, browser):
    return browser.get(reverse("desk:submission", args=[asked.pk])).content.decode()


def headings(said):
    main = said[said.index("<main") :]
    return [one for one in re.findall(r'<h2 id="([a-z]+)"', main) if one in ORDER]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_in_the_order_in_which_one_decides_and_the_author_has_no_button(wait, kind, cast, client_of):
    asked = wait(kind)

    for_ben = page_of(asked, client_of(cast.ben))
    author = asked.submitted_by
    for_author = page_of(asked, client_of(author))

    promises = ["makes"] if asked.content.get("next_update_at") else []
    wanted = [one for one in (ORDER if asked.statement else WORDLESS) if one != "makes" or promises]
    assert headings(for_ben) == wanted
    button = "Approve and send" if kind == "direct" else "Approve and publish"
    assert button in for_ben
    assert button not in for_author


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_by_when_it_is_to_be_decided_and_what_breaks(wait, kind, cast, client_of):
    said = " ".join(re.sub(r"<[^>]+>", " ", page_of(wait(kind), client_of(cast.ben))).split())
    breaks = {
        "holding": "The public is to hear of it by",
        "warning": "People can still avoid harm, so this goes first. The public was promised an update by",
        "direct": "Directly affected users: to be told by",
        "post_mortem": "Nothing breaks while it waits",
        "amendment": "C-1 is due, and cannot be changed after",
        "withdrawal": "C-1 is due, and cannot be changed after",
        "explanation": "Nothing breaks while it waits",
        "names": "Nothing breaks while it waits",
    }
    clock = said[said.index("The clock") : said.index("Who gets it")]
    assert f"What breaks {breaks.get(kind, 'The public was promised an update by')}" in clock
    assert "To be decided by" in clock
