"""The queue and the page on which a second person decides (U17)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Organisation, User
from incidents.models import RecordEntry, Submission
from incidents.operations import approval, change, fact, statement, submission
from incidents.operations.sweep import sweep
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

APPROVE = "Approve and publish"
EMERGENCY = "Publish in an emergency"
ALONE = "Publish alone"
RETURN = "Return it with a reason"


def page_of(asked) -> str:
    return reverse("desk:submission", args=[asked.pk])


def read(browser, asked, **query) -> str:
    return browser.get(page_of(asked), query).content.decode()


def buttons(said: str) -> set[str]:
    return {name for name in (APPROVE, EMERGENCY, ALONE, RETURN, "Take it back") if name in said}


def digest_on(said: str) -> str:
    return re.search(r'name="digest" value="([0-9a-f]{64})"', said).group(1)


# The page


def test_the_approver_reads_in_the_order_in_which_one_decides(submitted, ben, client_of):
    said = read(client_of(ben), submitted)
    parts = ["diff", "preview", "cited", "check", "clock", "aud", "makes", "seats"]
    places = [said.index(f'id="{part}"') for part in parts]
    assert places == sorted(places)
    assert buttons(said) == {APPROVE, RETURN}


@pytest.mark.parametrize(
    ("reader", "offered"),
    [
        ("ada", {"Take it back"}),
        ("ben", {APPROVE, RETURN}),
        ("cleo", {APPROVE, RETURN}),
        ("tom", set()),
        ("rosa", set()),
        ("olga", set()),
    ],
)
def test_each_sees_what_they_may_do_and_nothing_else(submitted, cast, client_of, reader, offered):
    assert buttons(read(client_of(getattr(cast, reader)), submitted)) == offered


def test_the_author_sees_who_can_decide_instead_of_a_button(ben, cleo, submitted, ada, client_of):
    said = read(client_of(ada), submitted)
    assert "<b>Ben Okafor or Cleo Marsh</b> can decide" in said
    assert "You wrote part of this, or of what is written beside it and not published yet." in said


def test_a_commander_who_wrote_it_is_offered_the_emergency(ready_to_speak, cleo, client_of):
    asked = states.submit(states.write(ready_to_speak, "holding", by=cleo), by=cleo)
    assert buttons(read(client_of(cleo), asked)) == {EMERGENCY, "Take it back"}


def test_who_works_alone_is_offered_that_and_told_what_it_says_in_public(submitted, ada, client_of):
    User.objects.filter(grants__role__in=["approver", "commander"]).update(is_active=False)
    Organisation.objects.update(solo_declared_by=ada, solo_declared_at=START, solo_effective_at=START)
    browser = client_of(ada)
    said = read(browser, submitted)
    assert ALONE in said
    answer = browser.post(reverse("desk:approve_alone", args=[submitted.pk]), {"digest": digest_on(said)})
    assert (answer.status_code, RecordEntry.objects.get().body["basis"]) == (302, "solo")


@pytest.mark.parametrize("reader", ["vic", "max"])
def test_who_only_reads_incidents_does_not_read_what_waits(submitted, cast, client_of, reader):
    browser = client_of(getattr(cast, reader))
    for address in (page_of(submitted), reverse("desk:approvals")):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert submitted.content["headline"] not in answer.content.decode()


def test_the_difference_is_shown_three_ways_by_link(published, ada, ben, client_of):
    draft = states.write(published.incident, "update", by=ada, headline="Refund letters reached other people")
    asked = states.submit(draft, by=ada)
    browser = client_of(ben)

    inline = read(browser, asked)
    assert "<del> the wrong</del>" in inline
    assert "<ins> other</ins>" in inline
    assert "against entry 1" in inline
    side = read(browser, asked, show="side")
    assert side.index("<del> the wrong</del>") < side.index("<ins> other</ins>")
    assert 'class="sides"' in side
    after = read(browser, asked, show="after")
    assert "<del>" not in after
    assert "Refund letters reached other people" in after
    assert "<ins> other</ins>" in read(browser, asked, show="nonsense")


def test_hostile_words_stay_words_on_every_page(ready_to_speak, ada, ben, client_of):
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    public = ("headline", "acknowledgement", "body", "investigating", "affected", "what_to_do")
    words: dict[str, Any] = dict.fromkeys((*public, "disclosure_note"), evil)
    words["acknowledgement"] = f"We know that our assistant sent some customers {evil}"
    words["investigating"] = f"We are investigating {evil}"
    draft = states.write(ready_to_speak, "holding", by=ada, **words)
    asked = states.submit(draft, by=ada)
    pages = [read(client_of(ben), asked, show=show) for show in ("changes", "after", "side")]
    pages.append(client_of(ada).get(reverse("desk:statement", args=[draft.pk])).content.decode())
    pages.append(client_of(ben).get(reverse("desk:approvals")).content.decode())
    for said in pages:
        assert "<script>alert" not in said
        assert "<img" not in said
        assert "&lt;script&gt;alert(1)" in said


# Deciding


def test_approving_from_the_page_publishes_and_says_the_number(submitted, ben, client_of):
    browser = client_of(ben)
    digest = digest_on(read(browser, submitted))
    answer = browser.post(reverse("desk:approve", args=[submitted.pk]), {"digest": digest}, follow=True)
    said = answer.content.decode()
    assert "Published as entry 1 of the public record." in said
    assert "Ben Okafor approved this and it was published as entry 1" in said
    assert buttons(said) == set()


def test_a_second_click_shows_the_same_result(submitted, ben, client_of):
    browser, address = client_of(ben), reverse("desk:approve", args=[submitted.pk])
    answers = [browser.post(address, {"digest": submitted.digest}) for _ in range(10)]
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, page_of(submitted))}
    assert RecordEntry.objects.count() == 1


def test_somebody_who_comes_second_sees_who_won(submitted, ben, cleo, client_of):
    approval.approve(submitted, by=ben, seen_digest=submitted.digest)
    answer = client_of(cleo).post(reverse("desk:approve", args=[submitted.pk]), {"digest": submitted.digest})
    assert answer.status_code == 409
    assert "Ben Okafor has approved and published this already." in answer.content.decode()


def test_what_changed_while_one_read_is_refused_with_the_difference(submitted, ben, rosa, client_of):
    browser = client_of(ben)
    digest = digest_on(read(browser, submitted))
    known = submitted.statement.facts.first()
    fact.change(known, by=rosa, seen_version=known.version, text="It sent 214 letters.")

    answer = browser.post(reverse("desk:approve", args=[submitted.pk]), {"digest": digest})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "Something changed after this was submitted" in said
    assert "It sent 214 letters." in said
    assert f'href="{page_of(submitted)}"' in said
    assert not RecordEntry.objects.exists()
    assert APPROVE not in read(browser, submitted), "what is stale offers no button"
    assert "Changed since it was submitted." in read(browser, submitted)


def test_returning_asks_for_a_reason_and_keeps_the_page(submitted, ben, client_of):
    browser, address = client_of(ben), reverse("desk:send_back", args=[submitted.pk])
    empty = browser.post(address, {"reason": " "})
    assert empty.status_code == 422
    assert "Say what has to change" in empty.content.decode()

    answer = browser.post(address, {"reason": "Say how many letters."}, follow=True)
    assert "Returned to Ada Brandt with your reason." in answer.content.decode()
    assert Submission.objects.get().outcome == "returned"
    assert "Say how many letters." in read(browser, submitted)


def test_the_author_takes_it_back_and_lands_in_the_editor(submitted, ada, client_of):
    answer = client_of(ada).post(reverse("desk:take_back", args=[submitted.pk]))
    assert answer.url == reverse("desk:statement", args=[submitted.statement_id])


def test_an_emergency_without_a_reason_comes_back_open_with_the_error(ready_to_speak, cleo, client_of):
    asked = states.submit(states.write(ready_to_speak, "holding", by=cleo), by=cleo)
    browser, address = client_of(cleo), reverse("desk:approve_emergency", args=[asked.pk])
    empty = browser.post(address, {"digest": asked.digest, "reason": ""})
    assert empty.status_code == 422
    assert '<details class="panel decide" id="emergency" open>' in empty.content.decode()
    assert "Say in writing why it cannot wait." in empty.content.decode()

    answer = browser.post(address, {"digest": asked.digest, "reason": "A letter names a child."})
    assert (answer.status_code, RecordEntry.objects.get().body["basis"]) == (302, "emergency")


def test_the_button_of_somebody_else_is_refused_with_who_may(submitted, ada, client_of):
    answer = client_of(ada).post(reverse("desk:approve", args=[submitted.pk]), {"digest": submitted.digest})
    assert answer.status_code == 403
    assert "You wrote part of this" in answer.content.decode()
    assert not RecordEntry.objects.exists()


def test_a_post_without_a_digest_decides_nothing(submitted, ben, client_of):
    answer = client_of(ben).post(reverse("desk:approve", args=[submitted.pk]))
    assert answer.status_code == 422
    assert not RecordEntry.objects.exists()


def test_reading_decides_nothing(submitted, ben, client_of, snapshot):
    browser, before = client_of(ben), snapshot()
    for name in ("approve", "approve_emergency", "approve_alone", "send_back", "take_back"):
        assert browser.get(reverse(f"desk:{name}", args=[submitted.pk])).status_code == 405
    read(browser, submitted)
    browser.get(reverse("desk:approvals"))
    assert snapshot() == before


# Changes of commitments go the same way


def test_an_amendment_is_decided_on_the_same_page(commitment, tom, ben, client_of):
    later = commitment.due_at + timedelta(days=5)
    asked = change.propose(
        commitment, "amendment", by=tom, public_reason="The supplier needs longer.", new_due_at=later
    ).submissions.get()
    browser = client_of(ben)
    said = read(browser, asked)
    assert "Amendment of C-1" in said
    assert "The supplier needs longer." in said
    assert "4 December 2026" in said
    assert buttons(said) == {APPROVE, RETURN}
    assert browser.post(reverse("desk:approve", args=[asked.pk]), {"digest": digest_on(said)}).status_code == 302
    assert states.fresh(commitment).due_at == later


# The review


def test_what_was_published_in_an_emergency_waits_for_its_review(submitted, cleo, ben, client_of):
    urgent = approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="A child’s name.")
    browser, address = client_of(ben), reverse("desk:review", args=[urgent.pk])
    assert "Published by one person, to be reviewed" in browser.get(reverse("desk:approvals")).content.decode()

    said = browser.get(address).content.decode()
    assert "A child’s name." in said
    assert urgent.headline in said
    assert "Enter the review into the public record" in said
    assert "Enter the review" not in client_of(cleo).get(address).content.decode()

    assert browser.post(address, {"verdict": "approves", "finding": "Right."}).url == reverse("desk:approvals")
    assert "Ben Okafor would have approved it" in browser.get(address).content.decode()


def test_what_two_people_published_has_no_review(published, cleo, client_of):
    assert client_of(cleo).get(reverse("desk:review", args=[published.pk])).status_code == 404


# The queue


def waiting_incidents(count, agent, cast):
    for number in range(count):
        declared = states.declare(agent, by=cast.cleo, title=f"Failure {number}")
        opened = states.open_up(declared, by=cast.cleo, communications=cast.ada, technical=cast.tom)
        states.establish_facts(opened, reporter=cast.rosa, confirmer=cast.tom)
        states.contain(opened, by=cast.tom)
        states.submit(states.write(states.fresh(opened), "holding", by=cast.ada), by=cast.ada)


def test_an_empty_queue_says_what_will_be_here(ben, client_of, organisation):
    said = client_of(ben).get(reverse("desk:approvals")).content.decode()
    assert "Nothing waits for approval." in said
    assert "See the incidents" in said


def test_the_queue_is_sorted_by_the_time_until_something_breaks(published, agent, cast, client_of):
    waiting_incidents(1, agent, cast)
    states.submit(states.write(published.incident, "update", by=cast.ada), by=cast.ada)
    said = client_of(cast.ben).get(reverse("desk:approvals")).content.decode()
    assert said.index("Update: Support assistant") < said.index("Holding statement: Support assistant")
    assert "The public was promised an update by" in said
    assert "The public is to hear of it by" in said


def test_a_missed_promise_stays_in_the_queue_the_page_and_the_mail_until_it_is_answered(
    published, cast, client_of, clock_at
):
    promise = published.incident.promises.get()
    clock_at(promise.due_at + timedelta(minutes=6))
    sweep()
    waiting = states.submit(states.write(published.incident, "update", by=cast.ada), by=cast.ada)

    queue = client_of(cast.ben).get(reverse("desk:approvals")).content.decode()
    page = client_of(cast.ben).get(reverse("desk:submission", args=[waiting.pk])).content.decode()

    assert "6 min over" in queue
    assert "The update is owed that was promised for" in queue
    assert "is owed" in page
    assert "and is late" in Outgoing.objects.filter(to_user=cast.ben).latest("pk").text


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_the_same_number_of_questions(
    organisation, agent, cast, client_of, django_assert_num_queries, count
):
    waiting_incidents(count, agent, cast)
    browser = client_of(cast.ben)
    browser.get(reverse("desk:approvals"))
    with django_assert_num_queries(QUEUE_QUERIES):
        browser.get(reverse("desk:approvals"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_number_of_questions(
    organisation, agent, cast, client_of, django_assert_num_queries, count
):
    waiting_incidents(count, agent, cast)
    browser, asked = client_of(cast.ben), Submission.objects.first()
    browser.get(page_of(asked))
    with django_assert_num_queries(PAGE_QUERIES):
        browser.get(page_of(asked))


QUEUE_QUERIES = 7
PAGE_QUERIES = 12


# Polling


def test_a_poll_that_knows_the_newest_is_answered_with_nothing(submitted, ben, ada, client_of):
    browser = client_of(ben)
    for address in (reverse("desk:approvals"), page_of(submitted)):
        said = browser.get(address).content.decode()
        revision = re.search(r"data-poll[^>]*\?rev=(\d+)", said).group(1)
        poll = {"HX-Request": "true"}
        assert browser.get(address, {"rev": revision}, headers=poll).status_code == 204
        assert browser.get(address, {"rev": revision}).status_code == 200, "a person who reloads gets the page"
        older = browser.get(address, {"rev": int(revision) - 1}, headers=poll)
        assert older.status_code == 200
        assert "<html" not in older.content.decode()
        assert "data-poll" in older.content.decode()


def test_a_page_that_is_open_learns_that_it_was_edited(submitted, ben, ada, client_of):
    browser = client_of(ben)
    revision = re.search(r"data-poll[^>]*\?rev=(\d+)", read(browser, submitted)).group(1)
    statement.edit(submitted.statement, by=ada, seen_version=submitted.version, headline="Another headline")
    answer = browser.get(page_of(submitted), {"rev": revision}, headers={"HX-Request": "true"})
    assert buttons(answer.content.decode()) == set()
    assert "nobody decides about it" in answer.content.decode()


def test_a_returned_one_can_come_again(submitted, ben, ada, client_of):
    submission.send_back(submitted, by=ben, reason="Say how many.")
    again = states.submit(states.fresh(submitted.statement), by=ada)
    assert buttons(read(client_of(ben), again)) == {APPROVE, RETURN}
