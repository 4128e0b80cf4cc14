"""A fact changes after words were drafted on it: writer and approver see what it said, what it says, by whom and when (R7)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from incidents import since_cited
from incidents.models import Citation, Fact, Statement, StatementVersion, Submission
from incidents.operations import approval, fact, statement, submission
from tests import states
from tests.conftest import START
from tests.incidents.test_builder import answered, place
from tests.incidents.test_statement_pages import typed

pytestmark = [pytest.mark.django_db, pytest.mark.check("R07")]

LATER = START + timedelta(minutes=5)
NEW = "The assistant sent 214 refund letters."


@pytest.fixture
def known(holding: Statement) -> Fact:
    """A fact that the draft of the holding statement cites, in the version that Ada saw."""
    return holding.facts.earliest("pk")


@pytest.fixture
def changed(known: Fact, rosa: User, clock_at: Callable[..., None]) -> Fact:
    """The same after Rosa changed it, five minutes later."""
    clock_at(LATER)
    return fact.change(known, by=rosa, seen_version=known.version, text=NEW)


def citation(known: Fact) -> Citation:
    return Citation.objects.get(fact=known)


def editor(browser: Client, written: Any) -> str:
    return browser.get(reverse("desk:statement", args=[written.pk])).content.decode()


def asked_page(browser: Client, asked: Submission) -> str:
    return browser.get(reverse("desk:submission", args=[asked.pk])).content.decode()


def cites(written: Statement) -> list[str]:
    return [str(fact.pk) for fact in states.fresh(written).cited()]


# --- Which version the author saw -----------------------------------------------------------------


def test_it_is_kept_when_the_fact_is_cited(known: Fact) -> None:
    assert citation(known).version == known.version == 2


def test_one_that_is_cited_from_the_start_is_kept_too(published: Any, known: Fact, ada: User) -> None:
    begun = statement.begin(published.incident, "update", by=ada, cites=[known])

    assert begun.citations.get().version == known.version


def test_from_the_start_it_is_cited_as_it_was_shown(published: Any, known: Fact, ada: User) -> None:
    begun = statement.begin(published.incident, "update", by=ada, cites=[known], seen={known.pk: 1})

    assert begun.citations.get().version == 1


def test_the_first_message_is_built_on_what_its_author_was_shown(
    ready_to_speak: Any, ada: User, rosa: User, client_of: Callable[..., Client]
) -> None:
    browser, known = client_of(ada), ready_to_speak.facts.earliest("pk")
    page = browser.get(place(ready_to_speak)).content.decode()
    assert f'name="fact-seen" value="{known.pk}:{known.version}' in page
    fact.change(known, by=rosa, seen_version=known.version, text=NEW)

    sent = answered() | {"cites": [known.pk], "fact-seen": f"{known.pk}:{known.version}"}
    answer = browser.post(place(ready_to_speak), sent, follow=True)

    assert citation(known).version == known.version
    assert "Changed since you cited it" in answer.content.decode()


def test_saving_again_keeps_it(changed: Fact, holding: Any, ada: User) -> None:
    saved = statement.edit(holding, by=ada, seen_version=holding.version, headline="Other words")
    statement.edit(saved, by=ada, seen_version=saved.version, cites=list(saved.facts.all()), body="And these.")

    assert citation(changed).version == 2
    assert changed.version == 3


def test_the_author_takes_the_newer_one(changed: Fact, holding: Any, ada: User) -> None:
    saved = statement.edit(holding, by=ada, seen_version=holding.version, renewed=[changed.pk])

    assert citation(changed).version == 3
    assert saved.version == holding.version + 1, "an act of its author, so a version"
    assert states.last_log().details["fields"] == ["cites"]
    assert StatementVersion.objects.filter(statement=holding).latest("version").saved_by == ada


def test_taking_it_again_changes_nothing(changed: Fact, holding: Any, ada: User) -> None:
    saved = statement.edit(holding, by=ada, seen_version=holding.version, renewed=[changed.pk])

    assert statement.edit(saved, by=ada, seen_version=saved.version, renewed=[changed.pk]).version == saved.version


def test_nobody_takes_what_they_have_not_seen(changed: Fact, holding: Any, ada: User) -> None:
    """The page was open since before the change: the tick on it is about what it showed."""
    saved = statement.edit(
        holding, by=ada, seen_version=holding.version, renewed=[changed.pk], seen={changed.pk: 2}, headline="Words"
    )

    assert saved.citations.get(fact=changed).version == 2


def test_what_is_cited_anew_is_cited_as_it_was_shown(holding: Any, changed: Fact, ada: User) -> None:
    rest = [one for one in holding.facts.all() if one != changed]
    without = statement.edit(holding, by=ada, seen_version=holding.version, cites=rest)
    old = statement.edit(
        without, by=ada, seen_version=without.version, cites=[*rest, states.fresh(changed)], seen={changed.pk: 2}
    )
    assert citation(changed).version == 2

    without = statement.edit(old, by=ada, seen_version=old.version, cites=rest)
    statement.edit(without, by=ada, seen_version=without.version, cites=[*rest, states.fresh(changed)])
    assert citation(changed).version == 3


def test_a_version_that_is_to_come_cannot_be_cited(holding: Any, changed: Fact, ada: User) -> None:
    statement.edit(holding, by=ada, seen_version=holding.version, renewed=[changed.pk], seen={changed.pk: 99})

    assert citation(changed).version == 3


# --- The editor -----------------------------------------------------------------------------------


def test_the_editor_marks_nothing_while_all_stands(holding: Any, ada: User, client_of: Callable[..., Client]) -> None:
    assert "Changed since you cited it" not in editor(client_of(ada), holding)


def test_the_editor_says_what_changed_and_offers_the_newer_one(
    changed: Fact, known: Fact, holding: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    page = editor(browser, holding)
    assert "Changed since you cited it" in page
    assert f'Was <del class="diff">{known.text}</del>, is now <ins class="diff">{NEW}</ins>.' in page
    assert "Rosa" in page[page.index("Changed since you cited it") :]
    assert f'name="fact-renewed" value="{known.pk}"' in page

    address = reverse("desk:statement", args=[holding.pk])
    shown = {"fact-seen": f"{known.pk}:3", "cites": cites(holding)}
    browser.post(address, typed(states.fresh(holding), **shown, headline="Other words"))
    assert "Changed since you cited it" in editor(browser, holding), "saved again, and not taken"

    answer = browser.post(address, typed(states.fresh(holding), **shown, **{"fact-renewed": [str(known.pk)]}))
    assert answer.status_code == 302
    assert citation(known).version == 3
    assert "Changed since you cited it" not in editor(browser, holding)


def test_the_tick_comes_back_with_a_form_that_is_refused(
    changed: Fact, holding: Any, ada: User, client_of: Callable[..., Client]
) -> None:
    sent = typed(holding, cites=cites(holding), headline="x" * 201, **{"fact-renewed": [str(changed.pk)]})

    answer = client_of(ada).post(reverse("desk:statement", args=[holding.pk]), sent)

    assert answer.status_code == 422
    assert f'name="fact-renewed" value="{changed.pk}" checked' in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "x", "1", "1:", ":2", "1:x", "9" * 30 + ":2", "1:" + "9" * 30])
def test_what_no_form_sends_is_passed_over(
    holding: Any, ada: User, client_of: Callable[..., Client], seen: str
) -> None:
    sent = typed(holding, cites=cites(holding), headline="Other words")
    sent |= {"fact-seen": seen, "fact-renewed": ["x", "9" * 30, ""]}

    answer = client_of(ada).post(reverse("desk:statement", args=[holding.pk]), sent)

    assert answer.status_code == 302
    assert states.fresh(holding).headline == "Other words"


def test_many_changed_facts_cost_one_question(holding: Any, rosa: User, django_assert_num_queries: Any) -> None:
    citations = list(holding.citations.all())
    with django_assert_num_queries(0):
        assert since_cited.of_citations(citations) == {}
    for one in citations:
        fact.change(one.fact, by=rosa, seen_version=one.fact.version, text=f"Anew: {one.fact.text}")

    citations = list(holding.citations.all())
    with django_assert_num_queries(1):
        assert len(since_cited.of_citations(citations)) == len(citations) > 1


# --- The approver ---------------------------------------------------------------------------------


def test_the_approver_sees_what_changed_between_citing_and_submitting(
    changed: Fact, known: Fact, holding: Any, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    """Nothing changed since it was submitted, so the approval itself is not stale."""
    page = asked_page(client_of(ben), states.submit(states.fresh(holding), by=ada))

    assert "1 changed since drafting" in page
    assert "Changed since it was cited." in page
    assert f'Was <del class="diff">{known.text}</del>, is now <ins class="diff">{NEW}</ins>.' in page
    assert "became" in page, "what was confirmed is reported again"
    assert "Rosa" in page[page.index("Changed since it was cited.") :]
    assert "Something changed after this was submitted" not in page


def test_the_approver_sees_every_change_one_by_one(
    changed: Fact, holding: Any, ada: User, ben: User, tom: User, client_of: Callable[..., Client]
) -> None:
    fact.change(changed, by=tom, seen_version=3, text="The assistant sent 215 letters.")

    page = asked_page(client_of(ben), states.submit(states.fresh(holding), by=ada))

    assert f'<ins class="diff">{NEW}</ins>' in page
    assert f'<del class="diff">{NEW}</del>, is now <ins class="diff">The assistant sent 215 letters.</ins>' in page


def test_the_approver_reads_that_nothing_changed(submitted: Any, ben: User, client_of: Callable[..., Client]) -> None:
    page = asked_page(client_of(ben), submitted)

    assert "none changed since drafting" in page
    assert "is now" not in page


def test_of_what_was_cited_before_versions_were_kept_only_what_came_after_is_known(
    submitted: Any, rosa: User, ben: User, client_of: Callable[..., Client]
) -> None:
    Citation.objects.update(version=None)
    assert "none changed since drafting" in asked_page(client_of(ben), submitted)
    known = submitted.statement.facts.earliest("pk")

    fact.change(known, by=rosa, seen_version=known.version, text=NEW)

    page = asked_page(client_of(ben), submitted)
    assert "Changed since it was submitted." in page
    assert f'is now <ins class="diff">{NEW}</ins>' in page


# --- After the decision ---------------------------------------------------------------------------


def grounds(page: str) -> str:
    """The table of facts."""
    start = page.index('id="cited"')
    return page[start : page.index("</section>", start)]


def test_under_approved_words_stands_what_was_approved(
    published: Any, rosa: User, ben: User, client_of: Callable[..., Client], clock_at: Callable[..., None]
) -> None:
    known = published.submission.statement.facts.earliest("pk")
    browser = client_of(ben)
    assert "Changed since." not in grounds(asked_page(browser, published.submission))
    clock_at(LATER)

    fact.change(known, by=rosa, seen_version=known.version, text=NEW, published="true")

    table = grounds(asked_page(browser, published.submission))
    assert f'<td data-h="Fact">{known.text} <b>Changed since.</b>' in table
    assert f'<ins class="diff">{NEW}</ins>' in table
    assert "Confirmed" in table


def test_it_is_marked_when_one_was_retracted(
    published: Any, rosa: User, ben: User, client_of: Callable[..., Client]
) -> None:
    known = published.submission.statement.facts.earliest("pk")

    fact.retract(known, by=rosa, seen_version=known.version, reason="It was another service.")

    assert f"{known.text} <b>Retracted since.</b>" in grounds(asked_page(client_of(ben), published.submission))


def test_what_was_sent_back_shows_what_was_read_then(
    submitted: Any, rosa: User, ben: User, client_of: Callable[..., Client]
) -> None:
    known = submitted.statement.facts.earliest("pk")
    submission.send_back(submitted, by=ben, reason="Shorter.")
    Citation.objects.filter(fact=known).delete()

    fact.change(known, by=rosa, seen_version=known.version, text=NEW)

    assert f"{known.text} <b>Changed since.</b>" in grounds(asked_page(client_of(ben), submitted))


def test_a_page_of_many_changed_facts_costs_no_more(
    holding: Any, rosa: User, ada: User, ben: User, client_of: Callable[..., Client], django_assert_max_num_queries: Any
) -> None:
    asked = states.submit(holding, by=ada)
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    for one in holding.facts.all():
        fact.change(one, by=rosa, seen_version=one.version, text=f"Anew: {one.text}", published="true")
    browser = client_of(ben)
    asked_page(browser, asked)

    with django_assert_max_num_queries(12):
        asked_page(browser, asked)
