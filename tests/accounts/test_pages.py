"""The pages about people and teams, as the people themselves use them."""

import re
from typing import Any

import pytest
from django.core import mail

from accounts.models import Invitation, Organisation, Role, Team, User, system_user
from accounts.operations import people, solo
from tests.conftest import PASSWORD
from tests.factories import InvitationFactory, TeamFactory, UserFactory


@pytest.fixture(autouse=True)
def _installation(organisation):
    """Its name stands on every page."""


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


@pytest.fixture
def at(client_of):
    """A page as a person sees it, after the sign of life that the first page of a session writes."""

    def open_page(person, path):
        browser = client_of(person)
        browser.get(path)
        return lambda: browser.get(path)

    return open_page


# Lists


def test_where_a_guest_or_a_former_colleague_is_reached_concerns_administrators(vic, tom, olga, client_of):
    InvitationFactory.create(name="Noor", email="noor@northwind.example", invited_by=olga)
    people.deactivate(tom, by=olga)
    for person, shown in ((vic, False), (olga, True)):
        page = client_of(person).get("/desk/people/").content.decode() + at_person(client_of(person), tom)
        assert "Noor" in page
        assert "Tom Lindqvist" in page
        assert olga.email in page
        assert ("noor@northwind.example" in page, tom.email in page) == (shown, shown)


def test_who_lacks_a_second_step_is_told_to_them_and_to_administrators(vic, tom, olga, client_of):
    told = {name.name: "Two-step sign-in" in at_person(client_of(name), tom) for name in (vic, tom, olga)}

    assert told == {"Vic Moreau": False, "Tom Lindqvist": True, "Olga Petrenko": True}


def at_person(browser, person):
    return browser.get(f"/desk/people/{person.pk}/").content.decode()


def test_the_people_cost_the_same_when_there_are_more(at, vic, olga, django_assert_num_queries):
    InvitationFactory.create(invited_by=olga)
    look = at(vic, "/desk/people/")

    with django_assert_num_queries(6):
        assert "Olga Petrenko" in text(look())
    for _ in range(2):
        UserFactory.create(roles=[Role.APPROVER, Role.RESPONDER])
        InvitationFactory.create()
    with django_assert_num_queries(6):
        look()


def test_the_teams_cost_the_same_when_there_are_more(at, vic, team, django_assert_num_queries):
    look = at(vic, "/desk/teams/")

    with django_assert_num_queries(4):
        assert "Support agents" in text(look())
    TeamFactory.create_batch(2)
    with django_assert_num_queries(4):
        look()


def test_somebody_alone_is_told_what_to_do_next(at, olga):
    page = text(at(olga, "/desk/people/")())

    assert "You are the only one here." in page
    assert "Invite a second person" in page


def test_no_team_yet_says_what_a_team_is_for(at, olga, vic):
    assert "There is no team yet." in text(at(olga, "/desk/teams/")())
    assert "An administrator can form one." in text(at(vic, "/desk/teams/")())


def test_a_name_with_a_script_in_it_stays_a_name(at, olga):
    UserFactory.create(name="<script>alert(1)</script>")

    page = at(olga, "/desk/people/")().content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# Inviting and joining


INVITED: dict[str, Any] = {"name": "Nova Reyes", "email": "nova@northwind.example", "roles": ["responder", "approver"]}


@pytest.mark.django_db(transaction=True)
def test_from_the_invitation_to_the_desk(client_of, olga):
    answer = client_of(olga).post("/desk/people/invitations/new/", INVITED, follow=True)
    assert "The invitation is on its way to nova@northwind.example." in text(answer)
    (link,) = re.findall(r"http://127\.0\.0\.1:8000(\S+)", str(mail.outbox[0].body))

    browser = client_of(None)
    page = browser.get(link)
    assert "Welcome, Nova Reyes" in text(page)
    assert "approver, responder" in text(page)
    assert not User.objects.filter(email="nova@northwind.example").exists()
    joined = browser.post(link, {"password": PASSWORD, "time_zone": "Asia/Tokyo"})

    assert joined.headers["Location"] == "/desk/"
    assert browser.session["_auth_user_id"] == str(User.objects.get(email="nova@northwind.example").pk)
    again = client_of(None).get(link)
    assert (again.status_code, "This invitation is not good any more" in text(again)) == (404, True)


def test_opening_an_invitation_any_number_of_times_changes_nothing(client_of, olga, snapshot):
    link = people.invite(**INVITED, by=olga).link.removeprefix("http://127.0.0.1:8000")
    before = snapshot()

    for method in ("get", "head", "get"):
        assert getattr(client_of(None), method)(link).status_code == 200

    assert snapshot() == before


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "short", "time_zone": "UTC"}, "too short"),
        ({"password": "nova@northwind.example", "time_zone": "UTC"}, "too similar"),
        ({"password": PASSWORD, "time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"time_zone": "UTC"}, "Choose a password."),
        ({}, "Choose a password."),
    ],
)
def test_a_wrong_answer_to_an_invitation_is_explained(client_of, olga, snapshot, typed, sentence):
    link = people.invite(**INVITED, by=olga).link.removeprefix("http://127.0.0.1:8000")
    before = snapshot()

    answer = client_of(None).post(link, typed)

    assert (answer.status_code, sentence in text(answer)) == (422, True)
    assert snapshot() == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Enter the person's name."),
        ({"email": "nova"}, "Write the address like name@example.org."),
        ({"email": '"nova"@northwind.example'}, "Write the address like name@example.org."),
        ({"roles": []}, "Choose at least one role."),
        ({"roles": ["emperor"]}, "Select a valid choice."),
    ],
)
def test_a_wrong_invitation_is_explained_and_keeps_what_was_typed(client_of, olga, changed, sentence):
    answer = client_of(olga).post("/desk/people/invitations/new/", INVITED | changed)

    words = text(answer).replace("&#x27;", "'").replace("&#39;", "'")
    assert (answer.status_code, sentence in words) == (422, True)
    assert 'value="responder"' in answer.content.decode()
    assert not Invitation.objects.exists()


def test_inviting_somebody_who_is_here_leads_to_their_page(client_of, olga, ada):
    answer = client_of(olga).post("/desk/people/invitations/new/", INVITED | {"email": ada.email})

    assert answer.status_code == 422
    assert f'<a href="/desk/people/{ada.pk}/">Open Ada Brandt</a>' in answer.content.decode()
    assert "Ada Brandt has an account already." in text(answer)
    assert 'value="Nova Reyes"' in answer.content.decode()


def test_a_name_cannot_smuggle_a_line_into_a_mail(client_of, olga, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        client_of(olga).post("/desk/people/invitations/new/", INVITED | {"name": "Nova\r\nBcc: all@example.org"})

    assert Invitation.objects.get().name == "Nova Bcc: all@example.org"
    assert mail.outbox[0].recipients() == ["nova@northwind.example"]


# One person


def test_roles_are_given_and_taken_away_with_one_button_each(client_of, olga, vic):
    browser = client_of(olga)

    browser.post(f"/desk/people/{vic.pk}/roles/approver/")
    answer = browser.post(f"/desk/people/{vic.pk}/roles/observer/removal/", follow=True)

    assert "Vic Moreau is no longer observer." in text(answer)
    assert User.objects.get(pk=vic.pk).roles == {"approver"}


def test_ending_access_names_what_is_in_the_way_and_links_to_it(client_of, olga, tom, team):
    answer = client_of(olga).post(f"/desk/people/{tom.pk}/deactivation/")

    assert answer.status_code == 422
    assert (
        f'<a href="/desk/teams/{team.pk}/#id_lead">Name another lead of Support agents</a>' in answer.content.decode()
    )
    assert User.objects.get(pk=tom.pk).is_active


def test_access_is_ended_and_given_back(client_of, olga, vic):
    browser = client_of(olga)

    ended = browser.post(f"/desk/people/{vic.pk}/deactivation/", follow=True)
    assert "Vic Moreau has no access any more." in text(ended)
    given = browser.post(f"/desk/people/{vic.pk}/reactivation/", follow=True)
    assert "Vic Moreau has access again" in text(given)


CHANGES = [
    "/desk/people/invitations/new/",
    "/desk/people/invitations/{invitation}/revocation/",
    "/desk/people/{person}/roles/approver/",
    "/desk/people/{person}/roles/observer/removal/",
    "/desk/people/{person}/deactivation/",
    "/desk/people/{person}/reactivation/",
    "/desk/people/alone/declaration/",
    "/desk/people/alone/end/",
    "/desk/teams/new/",
    "/desk/teams/{team}/members/{member}/removal/",
]


@pytest.mark.parametrize("path", CHANGES)
def test_whoever_is_no_administrator_is_told_who_may(client_of, cleo, vic, olga, team, snapshot, path):
    if path.endswith("/end/"):
        Organisation.objects.update(
            solo_declared_by=olga, solo_declared_at=team.created_at, solo_effective_at=team.created_at
        )
    ids = {
        "invitation": InvitationFactory.create(invited_by=olga).pk,
        "person": vic.pk,
        "team": team.pk,
        "member": team.lead.pk,
    }
    browser = client_of(cleo)
    browser.get("/desk/people/")
    before = snapshot()

    answer = browser.post(path.format(**ids), INVITED)

    assert (answer.status_code, "Only an administrator may do that." in text(answer)) == (403, True)
    assert snapshot() == before


@pytest.mark.parametrize(
    "path",
    ["/desk/people/9999/", "/desk/teams/9999/", "/desk/people/{system}/", "/desk/people/{person}/roles/emperor/"],
)
def test_what_does_not_exist_is_not_found(client_of, olga, vic, path):
    browser = client_of(olga)
    address = path.format(system=system_user().pk, person=vic.pk)

    assert (browser.post if "roles" in path else browser.get)(address).status_code == 404


def test_a_change_is_never_made_by_opening_a_link(client_of, olga, vic, team, snapshot):
    browser = client_of(olga)
    browser.get("/desk/people/")
    ids = {
        "invitation": InvitationFactory.create(invited_by=olga).pk,
        "person": vic.pk,
        "team": team.pk,
        "member": team.lead.pk,
    }
    before = snapshot()

    for path in CHANGES:
        assert browser.get(path.format(**ids)).status_code in (200, 405)

    assert snapshot() == before


# Teams


def test_a_team_is_formed_changed_and_joined_on_its_pages(client_of, olga, tom, rosa, vic):
    browser = client_of(olga)
    new = {"name": "Night shift", "alias": "night@northwind.example", "lead": tom.pk, "members": [tom.pk, rosa.pk]}

    formed = browser.post("/desk/teams/new/", new)
    team = Team.objects.get()
    assert formed.headers["Location"] == f"/desk/teams/{team.pk}/"

    browser.post(f"/desk/teams/{team.pk}/", new | {"lead": rosa.pk, "purpose": "Who is woken"})
    browser.post(f"/desk/teams/{team.pk}/members/", {"person": vic.pk})
    answer = browser.post(f"/desk/teams/{team.pk}/members/{tom.pk}/removal/", follow=True)

    team.refresh_from_db()
    assert (team.lead, team.purpose) == (rosa, "Who is woken")
    assert set(team.members.all()) == {rosa, vic}
    assert "Tom Lindqvist is no longer in Night shift." in text(answer)


def test_a_team_of_one_is_explained(client_of, olga, tom):
    answer = client_of(olga).post(
        "/desk/teams/new/", {"name": "Tom", "alias": "tom@northwind.example", "lead": tom.pk, "members": [tom.pk]}
    )

    assert (answer.status_code, "Choose at least one person besides the lead." in text(answer)) == (422, True)
    assert not Team.objects.exists()


def test_a_taken_team_name_is_explained_at_its_field(client_of, olga, vic, ada, team):
    answer = client_of(olga).post(
        "/desk/teams/new/",
        {"name": "support agents", "alias": "x@northwind.example", "lead": vic.pk, "members": [vic.pk, ada.pk]},
    )

    assert answer.status_code == 422
    assert '<a href="#id_name">Choose another name' in answer.content.decode()


def test_adding_nobody_to_a_team_says_so(client_of, olga, team):
    answer = client_of(olga).post(f"/desk/teams/{team.pk}/members/", {"person": ""}, follow=True)

    assert answer.status_code == 422
    assert "Choose a person to add to the team." in text(answer)


# Oneself, and alone


def test_people_change_their_own_account(client_of, vic):
    answer = client_of(vic).post("/desk/account/", {"name": "Vic M.", "time_zone": "Asia/Tokyo"}, follow=True)

    assert "Saved." in text(answer)
    assert 'value="Vic M."' in answer.content.decode()
    wrong = client_of(vic).post("/desk/account/", {"name": " ", "time_zone": "Asia/Tokyo"})
    assert (wrong.status_code, "Enter your name." in text(wrong)) == (422, True)


def test_working_alone_is_declared_and_ended_on_its_page(client_of, olga):
    browser = client_of(olga)
    assert "Two people are needed" in text(browser.get("/desk/people/alone/"))

    empty = browser.post("/desk/people/alone/declaration/", {"reason": " "})
    assert (empty.status_code, "Say why nobody else can approve" in text(empty)) == (422, True)

    why = {"reason": "Nobody else works here yet."}
    declared = browser.post("/desk/people/alone/declaration/", why, follow=True)
    assert "Nobody else works here yet." in text(declared)
    assert "Working alone begins 22 November 2026, 15:16 UTC" in text(declared)
    assert "One person works alone here" in text(browser.get("/desk/people/"))
    ended = browser.post("/desk/people/alone/end/", follow=True)
    assert "Two people are needed" in text(ended)


def test_working_alone_says_who_is_in_the_way(client_of, olga, ben):
    browser = client_of(olga)

    assert "Ben Okafor may approve too." in text(browser.get("/desk/people/alone/"))
    refused = browser.post("/desk/people/alone/declaration/")
    assert (refused.status_code, "You are not alone" in text(refused)) == (422, True)


def test_a_declaration_in_effect_says_so(client_of, olga):
    solo.declare_solo(by=olga, reason="Nobody else works here yet.", at_setup=True)

    assert "One person works alone here." in text(client_of(olga).get("/desk/people/alone/"))
