"""What stands around every page of the desk, and what it costs."""

import pytest
from django.test import RequestFactory

from accounts import log
from accounts.backend import Backend
from accounts.models import Organisation, Role
from accounts.models.organisation import asked_once
from incidents import context
from tests import factories

THRESHOLD = ["/account/login/", "/account/password/reset/", "/account/signup/", f"/account/invitation/{'x' * 43}/"]


@pytest.mark.parametrize("path", THRESHOLD)
def test_pages_of_the_threshold_count_nothing(client_of, organisation, path, django_assert_max_num_queries):
    with django_assert_max_num_queries(3) as asked:
        client_of(None).get(path)

    assert not [query["sql"] for query in asked.captured_queries if "incidents_" in query["sql"]]


def test_the_rail_counts_in_one_query(submitted, commitment, django_assert_num_queries):
    rail = context.Rail()

    with django_assert_num_queries(1):
        assert (rail.waiting_approvals, rail.missed_commitments, rail.open_incidents) == (0, 0, 1)


def test_the_rail_counts_nothing_as_nothing(db):
    rail = context.Rail()

    assert (rail.waiting_approvals, rail.missed_commitments, rail.open_incidents) == (0, 0, 0)


def test_a_waiting_approval_is_counted(submitted):
    assert context.Rail().waiting_approvals == 1


@pytest.mark.parametrize(
    ("who", "role", "zone"),
    [
        ("ada", "Communications lead", "Europe/Berlin"),
        ("olga", "Administrator", "Europe/Kyiv"),
    ],
)
def test_the_reader_is_named_with_role_and_zone(request, who, role, zone, django_assert_num_queries):
    asked = RequestFactory().get("/desk/")
    asked.user = request.getfixturevalue(who)

    with django_assert_num_queries(0):
        found = context.desk(asked)
    assert found["zone"] == zone
    role_of_reader = found["role"]
    assert callable(role_of_reader)
    assert role_of_reader() == role


def test_the_frame_of_a_page_is_one_query_whatever_is_asked_of_it(submitted, django_assert_num_queries):
    frame, revision = context.Rail(), log.revision()

    with asked_once(), django_assert_num_queries(1):
        assert (frame.revision, frame.waiting_approvals, frame.swept_at) == (revision, 1, None)
        assert frame.organisation
        assert Organisation.current() == frame.organisation


def test_before_set_up_there_is_a_frame_without_an_organisation(db):
    frame = context.Rail()

    assert (frame.revision, frame.organisation) == (log.revision(), None)


def test_what_changes_something_sees_the_organisation_as_it_is(organisation):
    with asked_once():
        assert Organisation.current().name == organisation.name
        Organisation.objects.update(name="Another name")
        assert Organisation.current().name == organisation.name
    assert Organisation.current().name == "Another name"


def test_a_person_comes_with_their_roles_in_one_query(olga, vic, django_assert_num_queries):
    factories.RoleGrantFactory.create(user=vic, role=Role.RESPONDER)
    for person, roles in ((olga, {"administrator"}), (vic, {"observer", "responder"})):
        with django_assert_num_queries(1):
            assert Backend().get_user(person.pk).roles == roles


def test_nobody_comes_without_roles_or_access(olga):
    newcomer = factories.UserFactory.create()

    assert Backend().get_user(newcomer.pk).roles == frozenset()
    assert Backend().get_user(0) is None
    type(olga).objects.filter(pk=olga.pk).update(is_active=False)
    assert Backend().get_user(olga.pk) is None


@pytest.mark.parametrize(
    ("who", "rooms"), [("cleo", {"approvals", "outbox", "log"}), ("ada", {"approvals", "outbox"}), ("vic", set())]
)
def test_the_rail_names_only_the_rooms_that_open(request, client_of, organisation, who, rooms):
    person = request.getfixturevalue(who)

    opened = {
        name for name in ("approvals", "outbox", "log") if client_of(person).get(f"/desk/{name}/").status_code == 200
    }

    assert context.guarded_rooms(person) == opened == rooms
