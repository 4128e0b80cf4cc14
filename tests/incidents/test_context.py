"""What stands around every page of the desk, and what it costs."""

import pytest
from django.test import RequestFactory

from incidents import context

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
