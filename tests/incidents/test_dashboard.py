"""Now, on a crowded day: what is shown of much, and what a poll with news costs when all desks ask at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.urls import reverse

import clock
from accounts import log
from accounts.models import Role, RoleGrant, User
from incidents import permissions
from incidents.models import Fact
from incidents.operations import approval, evidence, roles, statement
from incidents.operations import commitment as commitments
from incidents.views.dashboard_rows import Shared, rows
from tests import factories, states

NOW, HTMX = reverse("desk:now"), {"HX-Request": "true"}


def polled(desk, revision):
    return desk.get(f"{NOW}?rev={revision}", headers=HTMX)


# Much of it


@pytest.fixture
def ten(agent, organisation, cleo, tom):
    """Ten incidents; Tom commands the last one, which is the least urgent."""
    titles = [f"Failure number {number}" for number in range(10)]
    found = [states.declare(agent, by=tom if title == titles[-1] else cleo, title=title) for title in titles]
    type(found[-1]).objects.filter(pk=found[-1].pk).update(urgency="next_run")
    return found


def test_the_most_urgent_are_shown_and_the_rest_is_counted(ten, cleo, tom, client_of):
    answer = client_of(tom).get(NOW)
    page = answer.content.decode()

    assert [one.title for one in answer.context["incidents"]] == [one.title for one in ten[:8]]
    assert "10 open" in page
    assert "and 2 more, as urgent or less, 1 of them yours to command, under" in " ".join(page.split())
    assert ten[-1].title in client_of(cleo).get(reverse("desk:incidents")).content.decode()


def test_all_that_waits_is_one_link_away_and_stays_while_the_board_polls(ten, cleo, client_of):
    desk = client_of(cleo)
    short, whole = desk.get(NOW), desk.get(f"{NOW}?waiting=all")

    assert '<a href="?waiting=all#you">Show all 9</a>' in short.content.decode()
    assert (len(short.context["tasks"]), len(whole.context["tasks"])) == (8, 9)
    assert "Show all" not in whole.content.decode()
    assert f'hx-get="{NOW}?rev={log.revision()}&amp;waiting=all"' in whole.content.decode()


# News for everybody


def test_desks_that_ask_for_the_same_news_share_the_rows_and_not_the_tasks(
    submitted, ada, ben, cleo, vic, client_of, django_assert_num_queries
):
    desks = {person: client_of(person) for person in (ada, ben, cleo, vic)}
    for desk in desks.values():
        desk.get(NOW)  # the session is written once
    polled(desks[ada], 0)
    for person, labels in ((ben, ["Read it"]), (cleo, ["Read it", "Decide"]), (vic, [])):
        with django_assert_num_queries(3):  # the session, the person, the revision
            answer = polled(desks[person], 0)
        assert [task.label for task in answer.context["tasks"]] == labels
    assert "You" not in polled(desks[ada], 0).content.decode()


@pytest.mark.parametrize("person", ["ada", "ben", "cleo", "tom", "rosa", "vic"])
def test_a_shared_board_is_the_one_that_a_reader_would_get_alone(request, commitment, person, client_of):
    desk = client_of(request.getfixturevalue(person))
    alone = desk.get(NOW, headers=HTMX).content
    polled(client_of(request.getfixturevalue("olga")), 0)

    assert polled(desk, 0).content == alone


def test_news_are_in_the_next_poll(opened, cleo, rosa, client_of, django_assert_num_queries):
    desk = client_of(cleo)
    desk.get(NOW)
    polled(desk, 0)
    reported = states.establish_facts(opened, reporter=rosa, confirmer=cleo)

    answer = polled(desk, 0)

    assert [task.title for task in answer.context["tasks"]] == [f"Confirm or retract one fact: {opened.title}"]
    assert sum(fact.confidence == Fact.Confidence.REPORTED for fact in reported) == 1
    newest = log.revision()
    with django_assert_num_queries(3):
        assert polled(desk, newest).status_code == 204


def test_another_history_of_the_same_length_is_another_board(opened, cleo, client_of):
    """A copy of the database was put back and worked on: the same number means something else."""
    number, _hash = log.mark()
    shared = Shared()
    before = shared.as_of((number, "one history"))

    assert shared.as_of((number, "one history")) is before
    assert shared.as_of((number, "another")) is not before


def test_only_one_look_is_taken_however_many_ask_at_once(db):
    looks, together = [], threading.Barrier(8)
    found = rows()

    def look():
        looks.append(1)
        return found

    shared = Shared(look)

    def ask(_number):
        together.wait(timeout=10)
        return shared.as_of((7, "hash"))

    with ThreadPoolExecutor(8) as pool:
        assert all(one is found for one in pool.map(ask, range(8)))
    assert len(looks) == 1


def test_a_look_that_fails_is_taken_again(db):
    answers = iter([RuntimeError("the database is away"), rows()])

    def look():
        if isinstance(answer := next(answers), Exception):
            raise answer
        return answer

    shared = Shared(look)
    with pytest.raises(RuntimeError):
        shared.as_of((7, "hash"))
    assert shared.as_of((7, "hash")).incidents == []


# What the rows say, against what the operations say


@pytest.mark.parametrize("person", ["ada", "ben", "cleo", "tom", "rosa", "olga"])
def test_who_wrote_what_waits_is_known_as_the_approval_knows_it(request, submitted, person, client_of):
    reader = request.getfixturevalue(person)
    labels = [task.label for task in client_of(reader).get(NOW).context["tasks"]]
    assert ("Read it" in labels) == permissions.can_approve(reader, submitted)


@pytest.mark.parametrize("person", ["ada", "ben", "cleo", "tom", "olga"])
def test_who_may_review_an_emergency_is_asked_to(request, holding, ada, ben, cleo, person, client_of):
    """Ben saved a version in between: he wrote some of it, although Ada's name is under the last one."""
    for somebody in (ben, request.getfixturevalue("tom")):
        RoleGrant.objects.create(user=somebody, role=Role.COMMUNICATIONS_LEAD)
    draft = statement.edit(holding, by=ben, seen_version=holding.version, headline="Letters went astray")
    draft = statement.edit(draft, by=ada, seen_version=draft.version, headline="Refund letters went astray")
    asked = states.submit(states.fresh(draft), by=ada)
    published = approval.approve_in_emergency(asked, by=cleo, seen_digest=asked.digest, reason="A child is named.")
    reader = User.objects.get(pk=request.getfixturevalue(person).pk)

    labels = [task.label for task in client_of(reader).get(NOW).context["tasks"]]

    assert ("Review" in labels) == permissions.can_review(reader, published) == (person == "tom")


@pytest.mark.parametrize("person", ["ada", "ben", "cleo", "tom", "rosa"])
def test_who_may_verify_is_asked_to(request, commitment, tom, ben, cleo, person, client_of):
    """Tom reported it done while it was his; it is Ben's now."""
    reported = evidence.report_done(commitment, by=tom, text="All 41 were written to.", dated_at=clock.now())
    commitments.reassign(states.fresh(commitment), ben, by=cleo, reason="Tom is away.")
    reader = request.getfixturevalue(person)

    labels = [task.label for task in client_of(reader).get(NOW).context["tasks"]]

    assert ("Verify" in labels) == permissions.can_verify(reader, states.fresh(reported))
    assert ("Verify" in labels) == (person in ("ada", "cleo"))


def test_an_offer_for_an_incident_that_is_over_still_waits(published, cleo, tom, client_of):
    about = published.incident
    type(about).objects.filter(pk=about.pk).update(state="recovered", recovered_at=clock.now(), restart_point="Monday")
    about.refresh_from_db()
    roles.offer_command(about, tom, by=cleo)
    answer = client_of(tom).get(NOW)

    assert [task.label for task in answer.context["tasks"]] == ["Answer"]
    assert answer.context["open"] == 0
    assert [clock.label for clock in answer.context["clocks"]][:1] == ["Next public promise"]


def test_what_the_public_reads_is_that_of_the_most_urgent(published, ada, ben, rosa, cleo, client_of, clock_at):
    clock_at(clock.now() + timedelta(minutes=1))
    factories.FactFactory.create(incident=published.incident, changed_at=clock.now())
    page = " ".join(client_of(cleo).get(NOW).content.decode().split())

    assert f'The public reads <span class="words">“{published.headline}”</span>' in page
    assert "by Ada Brandt. 1 fact changed since" in page
