"""What each sentence of a statement rests on: named for its very words, shown to the approver, part of what they approve."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from incidents import sources
from incidents.models import Citation, Fact, Statement, Submission
from incidents.operations import approval, checking, dossier, fact, guards, statement
from refusals import Stale
from tests import factories, states
from tests.incidents.test_statement_pages import typed
from tests.remembered import remembered

SENT = "The assistant sent 212 letters to other people."
BODY = f"{SENT} We do not know yet how many were opened. Nobody lost money."


@pytest.fixture
@remembered
def written(holding: Statement, ada: User) -> Statement:
    return statement.edit(holding, by=ada, seen_version=holding.version, body=BODY)


@pytest.fixture
def sure(written: Statement) -> Fact:
    return written.incident.facts.confirmed().order_by("pk")[0]


def form(written: Statement, **changes: Any) -> dict[str, Any]:
    """What a browser sends of an editor that shows the sentences."""
    return typed(written, rests_shown="True", **changes)


def cite(written: Statement, by: User, **rests: list[str]) -> Statement:
    """`fact_12=["A sentence."]`"""
    named = {int(name.removeprefix("fact_")): texts for name, texts in rests.items()}
    return statement.edit(
        written, by=by, seen_version=written.version, cites=Fact.objects.filter(pk__in=named), rests=named
    )


def said(written: Statement, text: str) -> sources.Sentence:
    return next(one for one in sources.of(states.fresh(written)) if one.text == text)


def test_every_sentence_stands_with_its_field(written: Statement) -> None:
    found = [(one.field, one.text) for one in sources.of(written)]
    assert ("body", SENT) in found
    assert ("body", "Nobody lost money.") in found
    assert not [text for _, text in found if text.startswith("We will post the next update")]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("It sent 212 letters.", True),
        ("- It sent 212 letters.", True),
        ("We have stopped it.", True),
        ("We are investigating why.", False),
        ("We do not know yet how many.", False),
        ("We don’t yet know.", False),
        ("It is not yet known who got one.", False),
        ("Please ignore the letter.", False),
        ("If you got one, call us.", False),
        ("1. You do not have to do anything.", False),
    ],
)
def test_what_claims_something_wants_a_fact(text: str, claims: bool) -> None:
    assert sources.Sentence("body", "Message", text, (), ()).claims is claims
    assert not sources.Sentence("what_to_do", "", text, (), ()).claims


def test_a_sentence_rests_on_the_facts_that_were_named_for_it(written: Statement, sure: Fact, ada: User) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT]})

    assert said(cited, SENT).facts == (sure,)
    assert said(cited, SENT).is_verified
    assert said(cited, "Nobody lost money.").is_bare
    assert Citation.objects.get(statement=cited, fact=sure).sentences == [SENT]


def test_it_is_a_version_of_its_own_that_says_what_changed(written: Statement, sure: Fact, ada: User) -> None:
    first = cite(written, ada, **{f"fact_{sure.pk}": []})
    second = cite(first, ada, **{f"fact_{sure.pk}": [SENT]})

    assert second.version == first.version + 1
    assert second.versions.last().content["rests"] == {str(sure.pk): [SENT]}
    assert states.last_log().details["fields"] == ["rests"]
    again = cite(second, ada, **{f"fact_{sure.pk}": [SENT]})
    assert again.version == second.version


def test_other_words_rest_on_nothing_and_say_what_they_rested_on(written: Statement, sure: Fact, ada: User) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT]})
    reworded = "The assistant sent 312 letters to other people."

    changed = statement.edit(cited, by=ada, seen_version=cited.version, body=BODY.replace(SENT, reworded))

    one = said(changed, reworded)
    assert (one.facts, one.before, one.is_bare) == ((), (sure,), True)
    assert f"Reworded since it was said to rest on fact {sure.pk}: {reworded}" in guards.look(changed).to_look_at


def test_what_is_gone_is_forgotten(written: Statement, sure: Fact, ada: User) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT]})

    changed = statement.edit(
        cited, by=ada, seen_version=cited.version, body="Something else entirely.", rests={sure.pk: [SENT]}
    )

    assert Citation.objects.get(statement=changed, fact=sure).sentences == []


def test_a_space_more_is_the_same_sentence(written: Statement, sure: Fact, ada: User) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT.replace(" ", "  ")]})
    assert said(cited, SENT).facts == (sure,)


# The draft check


def test_an_absolute_claim_stands_where_a_confirmed_fact_is_named(written: Statement, sure: Fact, ada: User) -> None:
    absolute = "No personal data was affected."
    changed = statement.edit(written, by=ada, seen_version=written.version, body=f"{SENT} {absolute}")

    def finds() -> list[str]:
        passages = guards.look(states.fresh(changed)).checked.passages
        return [one.finding.text for one in passages if one.finding.rule == "ABSOLUTE"]

    assert finds()
    named_elsewhere = cite(changed, ada, **{f"fact_{sure.pk}": [SENT]})
    assert finds()
    cite(named_elsewhere, ada, **{f"fact_{sure.pk}": [SENT, absolute]})
    assert finds() == []


def test_a_reported_fact_bears_no_absolute_claim(written: Statement, ada: User) -> None:
    unsure = written.incident.facts.filter(confidence="reported").first()
    absolute = "No personal data was affected."
    changed = statement.edit(written, by=ada, seen_version=written.version, body=absolute)
    cite(changed, ada, **{f"fact_{unsure.pk}": [absolute]})

    found = checking.check(states.fresh(changed), cause_established=False)

    assert "ABSOLUTE" in {one.finding.rule for one in found.passages}


# The approver


def test_the_approver_approves_the_sources_too(
    written: Statement, sure: Fact, ada: User, ben: User, refused: Any
) -> None:
    asked = states.submit(cite(written, ada, **{f"fact_{sure.pk}": [SENT]}), by=ada)
    assert asked.content["facts"][0]["sentences"] == [SENT]

    Citation.objects.filter(statement=written, fact=sure).update(sentences=[])

    with refused(Stale, "Something changed after this was submitted"):
        approval.approve(asked, by=ben, seen_digest=asked.digest)


def test_a_submission_from_before_there_were_sentences_is_not_stale(submitted: Submission) -> None:
    assert all("sentences" not in row for row in submitted.content["facts"])
    assert dossier.as_now(submitted) == submitted.content


def test_the_approver_reads_sentence_by_sentence(
    written: Statement, sure: Fact, ada: User, ben: User, client_of: Any
) -> None:
    asked = states.submit(cite(written, ada, **{f"fact_{sure.pk}": [SENT]}), by=ada)

    shown = client_of(ben).get(reverse("desk:submission", args=[asked.pk])).text

    assert "Sentence by sentence" in shown
    assert "No fact is named for it." in shown
    assert f">Fact {sure.pk}</a>" in shown


def test_a_retraction_reaches_the_sentence(written: Statement, sure: Fact, ada: User, rosa: User) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT]})
    fact.retract(sure, by=rosa, seen_version=sure.version, reason="It was another number")

    assert not said(cited, SENT).is_verified
    assert [one for one in guards.missing(states.fresh(cited)) if f"Fact {sure.pk} was retracted" in one.sentence]


# The editor


def test_the_author_ticks_the_facts_of_a_sentence(written: Statement, sure: Fact, ada: User, client_of: Any) -> None:
    browser, address = client_of(ada), reverse("desk:statement", args=[written.pk])
    cited = cite(written, ada, **{f"fact_{sure.pk}": []})
    name = f"rests-{sources.key_of(SENT)}"
    assert f'name="{name}"' in browser.get(address).text

    answer = browser.post(address, form(cited, **{name: [str(sure.pk)]}))

    assert answer.status_code == 302
    assert said(cited, SENT).facts == (sure,)
    assert f'name="{name}" value="{sure.pk}" checked' in browser.get(address).text


@pytest.mark.parametrize("value", ["", "x", "-1", "9" * 30, "999999"])
def test_what_is_no_cited_fact_is_named_for_nothing(written: Statement, ada: User, client_of: Any, value: str) -> None:
    browser, address = client_of(ada), reverse("desk:statement", args=[written.pk])

    answer = browser.post(address, form(written, **{f"rests-{sources.key_of(SENT)}": [value]}))

    assert answer.status_code == 302
    assert not [sentences for sentences in Citation.objects.values_list("sentences", flat=True) if sentences]


def test_a_form_that_did_not_show_them_leaves_them_alone(
    written: Statement, sure: Fact, ada: User, client_of: Any
) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": [SENT]})
    browser, address = client_of(ada), reverse("desk:statement", args=[written.pk])
    browser.post(address, typed(cited, headline="Another headline"))

    assert said(cited, SENT).facts == (sure,)


def test_what_was_ticked_comes_back_with_a_form_that_is_refused(
    written: Statement, sure: Fact, ada: User, client_of: Any
) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": []})
    browser, address = client_of(ada), reverse("desk:statement", args=[written.pk])
    name = f"rests-{sources.key_of(SENT)}"
    answer = browser.post(address, form(cited, **{name: [str(sure.pk)], "headline": "x" * 201}))

    assert answer.status_code == 422
    assert f'name="{name}" value="{sure.pk}" checked' in answer.text


def test_submitting_from_the_editor_keeps_what_was_ticked(
    written: Statement, sure: Fact, ada: User, client_of: Any
) -> None:
    cited = cite(written, ada, **{f"fact_{sure.pk}": []})
    browser = client_of(ada)
    named = {f"rests-{sources.key_of(SENT)}": [str(sure.pk)]}
    sent = form(cited, body=BODY.removesuffix(" Nobody lost money."), **named)
    answer = browser.post(reverse("desk:statement_submit", args=[written.pk]), sent)

    assert answer.status_code == 302, answer.text
    asked = Submission.objects.waiting().get()
    assert asked.content["facts"][0]["sentences"] == [SENT]


def test_two_people_name_facts_in_one_statement(
    written: Statement, sure: Fact, ada: User, cleo: User, client_of: Any
) -> None:
    """Whoever saves second keeps what the first named, and their own."""
    cited = cite(written, ada, **{f"fact_{sure.pk}": []})
    browser, address = client_of(ada), reverse("desk:statement", args=[written.pk])
    other = "Nobody lost money."
    cite(cited, cleo, **{f"fact_{sure.pk}": [other]})

    shown = browser.post(address, form(cited, **{f"rests-{sources.key_of(SENT)}": [str(sure.pk)], "headline": "New"}))

    assert shown.status_code == 409
    for text in (SENT, other):
        assert f'name="rests-{sources.key_of(text)}" value="{sure.pk}" checked' in shown.text


def test_what_a_sentence_rests_on_is_cited(written: Statement, sure: Fact, ada: User, client_of: Any) -> None:
    other = written.incident.facts.confirmed().order_by("pk")[1]
    cited = cite(written, ada, **{f"fact_{other.pk}": []})
    named = {f"rests-{sources.key_of(SENT)}": [str(sure.pk)]}

    answer = client_of(ada).post(reverse("desk:statement", args=[written.pk]), form(cited, **named))

    assert answer.status_code == 302
    assert set(states.fresh(written).cited()) == {sure, other}
    assert said(cited, SENT).facts == (sure,)


@pytest.mark.parametrize(("number", "offered"), [(12, True), (13, False)])
def test_many_facts_are_offered_once_they_are_cited(
    written: Statement, ada: User, client_of: Any, number: int, offered: bool
) -> None:
    there = written.incident.facts.count()
    for place in range(number - there):
        factories.FactFactory.create(incident=written.incident, text=f"Number {place}")
    Citation.objects.filter(statement=written).delete()

    shown = client_of(ada).get(reverse("desk:statement", args=[written.pk])).text

    assert (f'name="rests-{sources.key_of(SENT)}"' in shown) is offered
    assert ("There are many facts" in shown) is not offered
