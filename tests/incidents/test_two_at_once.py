"""Two people edit the same thing (R12, F26): nothing is overwritten in silence, and nothing that was typed is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse

import clock
import moments
from incidents.models import Fact
from incidents.operations import containment, fact, incident
from refusals import Change, Stale
from tests import states
from tests.together import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.check("R12")]


def at(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


@pytest.fixture
def reported(opened, rosa):
    return fact.report(
        opened, by=rosa, question=Fact.Question.AGENT_DID, text="It sent 212 letters.", source_kind=Fact.Source.LOG,
        source="Run log", observed_at=clock.now(),
    )  # fmt: skip


def opened_form(browser, address: str, form: str = "form") -> dict[str, str]:
    """What the browser of somebody who opened this page would send back untouched."""
    found = browser.get(address).context[form]
    sent = {}
    for bound in found:
        value = bound.field.prepare_value(bound.value())
        if value is not None and value is not False:
            sent[bound.html_name] = "on" if value is True else str(value)
    return sent


def differences(answer) -> dict[str, tuple[str, str, str | None]]:
    return {change.label: (change.seen, change.now, change.typed) for change in answer.context["refused"]["difference"]}


def test_the_second_save_shows_base_theirs_and_yours_and_keeps_all_that_was_typed(
    reported, rosa, tom, client_of, figures
):
    address = at("fact", reported.pk)
    of_rosa, of_tom = client_of(rosa), client_of(tom)
    first, second = opened_form(of_rosa, address), opened_form(of_tom, address)
    assert of_rosa.post(address, first | {"text": "It sent 214 letters."}).status_code == 302

    answer = of_tom.post(address, second | {"text": "It sent 212 letters, twice.", "source": "Relay log"})

    assert answer.status_code == 409
    assert differences(answer) == {
        "text": ("It sent 212 letters.", "It sent 214 letters.", "It sent 212 letters, twice."),
        "source": ("Run log", "Run log", "Relay log"),
    }
    page = answer.content.decode()
    assert "You typed" in page
    assert "It sent 212 letters, twice.</textarea>" in page
    assert 'value="Relay log"' in page
    assert states.fresh(reported).text == "It sent 214 letters."
    figures("R12", silent_overwrites=0, readings_shown="base, theirs, yours")


def test_sent_again_it_keeps_what_the_other_changed_and_you_left_alone(reported, rosa, tom, client_of):
    address = at("fact", reported.pk)
    of_rosa, of_tom = client_of(rosa), client_of(tom)
    first, second = opened_form(of_rosa, address), opened_form(of_tom, address)
    changes = {"source": "Relay log", "source_kind": "person", "question": "experienced", "is_cause": "on"}
    of_rosa.post(address, first | changes)

    answer = of_tom.post(address, second | {"text": "It sent 212 letters, twice."})

    assert differences(answer)["source"] == ("Run log", "Relay log", "Run log")
    assert "left as it was" in answer.content.decode()
    again = {bound.html_name: bound.value() for bound in answer.context["form"] if bound.value() is not None}
    sent = again | {"observed_at": moments.exact(reported.observed_at)}
    assert of_tom.post(address, sent).status_code == 302
    kept = states.fresh(reported)
    assert (kept.text, kept.source, kept.source_kind, kept.question, kept.is_cause) == (
        "It sent 212 letters, twice.", "Relay log", "person", "experienced", True,
    )  # fmt: skip


def test_a_third_person_in_between_is_noticed_again(reported, rosa, tom, cleo, client_of):
    address, of_tom = at("fact", reported.pk), client_of(tom)
    second = opened_form(of_tom, address)
    fact.change(reported, by=rosa, seen_version=1, text="It sent 214 letters.")
    answer = of_tom.post(address, second | {"text": "It sent 212 letters, twice."})
    again = {bound.html_name: bound.value() for bound in answer.context["form"] if bound.value() is not None}
    fact.change(reported, by=cleo, seen_version=2, text="It sent 216 letters.")
    third = of_tom.post(address, again | {"observed_at": moments.exact(reported.observed_at)})
    assert third.status_code == 409
    assert differences(third)["text"] == (
        "It sent 214 letters.", "It sent 216 letters.", "It sent 212 letters, twice.",
    )  # fmt: skip


def test_a_confirmation_meanwhile_is_shown_and_not_undone_in_silence(reported, rosa, tom, client_of):
    address, of_rosa = at("fact", reported.pk), client_of(rosa)
    mine = opened_form(of_rosa, address)
    fact.confirm(reported, by=tom, seen_version=1, confirmation_kind="log", confirmation_source="Relay log")
    answer = of_rosa.post(address, mine | {"text": "It sent 214 letters."})
    assert differences(answer)["confidence"] == ("Reported", "Confirmed", "Reported")
    assert states.fresh(reported).is_confirmed


def test_a_retraction_meanwhile_keeps_what_was_typed(reported, rosa, tom, client_of):
    address, of_rosa = at("fact", reported.pk), client_of(rosa)
    mine = opened_form(of_rosa, address)
    fact.retract(reported, by=tom, seen_version=1, reason="It was another agent.")
    answer = of_rosa.post(address, mine | {"text": "It sent 214 letters."})
    assert answer.status_code == 409
    assert "It sent 214 letters.</textarea>" in answer.content.decode()


@pytest.mark.parametrize("seen", ["", "not json", "[1]", '{"text": 7}'])
def test_a_page_that_does_not_say_what_it_showed_shows_two_readings(reported, rosa, tom, client_of, seen):
    address, of_tom = at("fact", reported.pk), client_of(tom)
    second = opened_form(of_tom, address)
    fact.change(reported, by=rosa, seen_version=1, text="It sent 214 letters.")
    answer = of_tom.post(address, second | {"text": "It sent 212 letters, twice.", "seen": seen})
    assert answer.status_code == 409
    assert differences(answer) == {"text": ("It sent 212 letters, twice.", "It sent 214 letters.", None)}
    assert states.fresh(reported).text == "It sent 214 letters."


def test_the_details_of_an_incident_show_all_three_and_put_both_changes_together(opened, cleo, client_of):
    address, desk = at("describe", opened.pk), client_of(cleo)
    first, second = opened_form(desk, address), opened_form(desk, address)
    assert desk.post(address, first | {"category": "other", "needs_answer": "no"}).status_code == 302

    answer = desk.post(address, second | {"title": "Letters went to strangers"})

    assert answer.status_code == 409
    assert differences(answer) == {
        "what happened": (
            "Refund letters went to the wrong customers", "Refund letters went to the wrong customers",
            "Letters went to strangers",
        ),
        "category": ("Bulk send", "Other", "Bulk send"),
        "does it need a public answer?": ("yes", "no", "yes"),
    }  # fmt: skip
    again = {bound.html_name: bound.value() for bound in answer.context["form"] if bound.value() is not None}
    assert desk.post(address, again | {"failure_started_at": ""}).status_code == 302
    kept = states.fresh(opened)
    assert (kept.title, kept.category, kept.needs_answer) == ("Letters went to strangers", "other", False)


def test_two_times_to_look_again_are_shown_side_by_side(opened, rosa, tom, client_of):
    action = states.contain(opened, by=tom)
    address, of_rosa = at("containment_review", action.pk), client_of(rosa)
    mine = opened_form(of_rosa, address)
    theirs, wanted = (clock.now() + timedelta(hours=hours) for hours in (8, 3))
    containment.prolong(action, by=tom, review_at=theirs, seen_review_at=action.review_at)

    answer = of_rosa.post(address, mine | {"review_at": moments.exact(wanted)})

    assert answer.status_code == 409
    assert differences(answer) == {
        "look again": tuple(f"{time:%d %b %Y %H:%M} UTC" for time in (action.review_at, theirs, wanted))
    }
    assert states.fresh(action).review_at == theirs
    again = {"review_at": moments.exact(wanted), "seen_review_at": theirs.isoformat()}
    assert f'value="{again["seen_review_at"]}"' in answer.content.decode()
    assert of_rosa.post(address, again).status_code == 302
    assert states.fresh(action).review_at == wanted


def test_a_time_to_look_again_without_what_was_seen_is_refused(opened, rosa, tom, refused):
    action = states.contain(opened, by=tom)
    with refused(Stale, "set another time"):
        containment.prolong(action, by=rosa, review_at=clock.now() + timedelta(hours=3), seen_review_at=None)


def test_something_put_in_force_meanwhile_keeps_what_was_typed(opened, rosa, tom, client_of):
    action = containment.plan(opened, by=tom, scope="tool", text="Approving refunds")
    containment.carry_out(action, by=tom, ends_when="50 were read", review_at=clock.now() + timedelta(hours=1))
    typed = {"ends_when": "The key is replaced", "review_at": moments.exact(clock.now() + timedelta(hours=3))}
    answer = client_of(rosa).post(at("containment_done", action.pk), typed)
    assert answer.status_code == 409
    assert 'value="The key is replaced"' in answer.content.decode()


def test_a_refusal_of_an_operation_holds_three_readings(reported, rosa, tom, refused):
    seen = fact.as_seen(reported)
    fact.change(reported, by=rosa, seen_version=1, text="Theirs")
    with refused(Stale, "Somebody changed this fact") as refusal:
        fact.change(states.fresh(reported), by=tom, seen_version=1, seen=seen, text="Mine")
    assert refusal.value.difference == (Change("text", "It sent 212 letters.", "Theirs", "Mine", "text"),)


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_the_same_moment_one_is_told_of_the_other(cast, organisation, agent, figures):
    about = states.declare(agent, by=cast.cleo)
    told = 0
    for number in range(8):
        said = fact.report(
            about, by=cast.rosa, question="agent_did", text="It wrote.", source_kind="log", source="Log",
            observed_at=clock.now(),
        )  # fmt: skip
        seen, mine = fact.as_seen(said), {cast.rosa: f"Of Rosa, {number}", cast.tom: f"Of Tom, {number}"}

        results = at_once(
            *(
                lambda by=by, text=text, said=said, seen=seen: fact.change(
                    said, by=by, seen_version=1, seen=seen, text=text
                )
                for by, text in mine.items()
            )
        )

        kept = next(result for result in results if isinstance(result, Fact))
        refusal = next(result for result in results if isinstance(result, Stale))
        lost = ({*mine.values()} - {kept.text}).pop()
        assert refusal.difference == (Change("text", "It wrote.", kept.text, lost, "text"),)
        assert (states.fresh(said).text, states.fresh(said).version) == (kept.text, 2)
        told += 1
    figures("R12", pairs_of_saves=told, told_of_the_other=told, overwritten=0)


def test_two_descriptions_at_once_are_one_version_each(opened, cleo):
    incident.describe(opened, by=cleo, seen_version=opened.version, category="other")
    with pytest.raises(Stale):
        incident.describe(opened, by=cleo, seen_version=opened.version, category="bulk_send")
