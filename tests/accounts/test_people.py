"""People: invited, given roles, sent away and taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

import clock
from accounts import tokens
from accounts.models import Invitation, LogEntry, Role, RoleGrant, User
from accounts.operations import people
from refusals import Incomplete, NotAllowed, WrongState
from tests.conftest import PASSWORD, START
from tests.factories import AgentFactory, TeamFactory, UserFactory

NOVA: dict[str, Any] = {
    "email": "Nova@northwind.example",
    "name": "Nova Reyes",
    "roles": [Role.RESPONDER, Role.APPROVER],
}


@pytest.fixture(autouse=True)
def _installation(organisation):
    """The log of what happens here belongs to an organisation."""


@pytest.fixture
def invitation(olga):
    return people.invite(**NOVA, by=olga)


def token_of(invitation):
    return invitation.link.rstrip("/").rpartition("/")[2]


def logged():
    return list(LogEntry.objects.order_by("number").values_list("action", "object_kind", "object_id", "details"))


def roles_of(user):
    return set(RoleGrant.objects.filter(user=user).values_list("role", flat=True))


# Inviting


def test_an_invitation_goes_out_at_once_and_only_its_hash_stays(olga, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = people.invite(**NOVA, by=olga)

    kept = Invitation.objects.get()
    assert (kept.email, kept.roles) == ("nova@northwind.example", ["approver", "responder"])
    assert kept.expires_at == START + timedelta(days=7)
    assert kept.token_hash == tokens.hashed(token_of(invitation))
    assert token_of(invitation) not in str(list(Invitation.objects.values()) + list(LogEntry.objects.values()))
    assert invitation.sent
    (message,) = mail.outbox
    assert message.to == ["nova@northwind.example"]
    assert invitation.link in message.body
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert logged() == [("person.invited", "accounts.invitation", str(kept.pk), {"roles": ["approver", "responder"]})]


def test_inviting_an_address_again_ends_the_earlier_link(olga, invitation):
    again = people.invite(**NOVA, by=olga)

    assert list(Invitation.objects.open(clock.now())) == [again]


def test_an_invitation_counts_even_if_the_mail_server_does_not_answer(
    olga, settings, django_capture_on_commit_callbacks, caplog
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with django_capture_on_commit_callbacks(execute=True):
        invitation = people.invite(**NOVA, by=olga)

    assert not invitation.sent
    assert list(Invitation.objects.open(clock.now())) == [invitation]
    assert "Account mail could not be sent" in caplog.text


@pytest.mark.parametrize("who", ["ada", "ben", "cleo", "vic", "max"])
def test_only_an_administrator_invites(request, refused, who):
    person = request.getfixturevalue(who)

    with refused(NotAllowed, "Only an administrator"):
        people.invite(**NOVA, by=person)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"name": " "}, ["Enter a name"]),
        ({"roles": []}, ["Choose at least one role"]),
        ({"roles": ["emperor"]}, ["Choose at least one role"]),
        ({"name": "", "roles": []}, ["Enter a name", "Choose at least one role"]),
    ],
)
def test_an_invitation_needs_a_name_and_a_role(olga, refused, changed, missing):
    with refused(Incomplete, "not complete") as refusal:
        people.invite(**NOVA | changed, by=olga)

    assert refusal.missing == missing


@pytest.mark.parametrize("is_active", [True, False])
def test_whoever_has_an_account_is_not_invited_again(olga, ada, refused, is_active):
    User.objects.filter(pk=ada.pk).update(is_active=is_active)

    with refused(WrongState, "Ada Brandt has" if is_active else "can be given back") as refusal:
        people.invite(ada.email.upper(), "Ada", [Role.APPROVER], by=olga)

    assert refusal.value.missing[0].args == (ada.pk,)


def test_an_invitation_can_be_taken_back(olga, invitation):
    people.revoke_invitation(invitation, by=olga)

    assert not Invitation.objects.open(clock.now()).exists()
    assert logged()[-1][0] == "person.invitation_revoked"


def test_taking_back_is_refused_to_others_and_a_second_time(olga, ada, invitation, refused):
    with refused(NotAllowed, "Only an administrator"):
        people.revoke_invitation(invitation, by=ada)
    people.revoke_invitation(invitation, by=olga)
    with refused(WrongState, "taken back already"):
        people.revoke_invitation(invitation, by=olga)


def test_an_accepted_invitation_cannot_be_taken_back(olga, invitation, refused):
    people.accept_invitation(token_of(invitation), PASSWORD, "UTC")

    with refused(WrongState, "accepted already"):
        people.revoke_invitation(invitation, by=olga)


# Joining


def test_accepting_makes_the_account_that_was_offered(invitation):
    user = people.accept_invitation(token_of(invitation), PASSWORD, "Europe/Madrid")

    kept = Invitation.objects.get()
    assert (user.email, user.name, user.time_zone) == ("nova@northwind.example", "Nova Reyes", "Europe/Madrid")
    assert user.check_password(PASSWORD)
    assert roles_of(user) == {"approver", "responder"}
    assert (kept.accepted_by, kept.accepted_at) == (user, START)
    assert logged()[-1] == (
        "person.joined",
        "accounts.user",
        str(user.pk),
        {"invitation": kept.pk, "roles": ["approver", "responder"]},
    )


@pytest.mark.parametrize("case", ["unknown", "used", "revoked", "expired"])
def test_a_link_that_is_not_good_gets_one_and_the_same_answer(olga, invitation, refused, clock_at, case):
    token = token_of(invitation)
    if case == "unknown":
        token = tokens.fresh()
    elif case == "used":
        people.accept_invitation(token, PASSWORD, "UTC")
    elif case == "revoked":
        people.revoke_invitation(invitation, by=olga)
    else:
        clock_at(START + timedelta(days=7))

    with refused(WrongState, "This invitation is not good any more."):
        people.accept_invitation(token, PASSWORD, "UTC")


def test_an_address_that_got_an_account_meanwhile_cannot_join_twice(invitation, refused):
    UserFactory.create(email="nova@northwind.example")

    with refused(WrongState, "There is an account with this address already"):
        people.accept_invitation(token_of(invitation), PASSWORD, "UTC")


# Roles


def test_a_role_is_given_and_taken_away(olga, vic):
    people.grant_role(vic, Role.APPROVER, by=olga)
    assert roles_of(vic) == {"observer", "approver"}

    people.revoke_role(vic, Role.OBSERVER, by=olga)
    assert roles_of(vic) == {"approver"}
    assert [(action, details) for action, _, _, details in logged()] == [
        ("person.role_granted", {"role": "approver"}),
        ("person.role_revoked", {"role": "observer"}),
    ]


@pytest.mark.parametrize("verb", [people.grant_role, people.revoke_role])
@pytest.mark.parametrize("who", ["ada", "cleo", "vic"])
def test_only_an_administrator_changes_roles(request, vic, refused, verb, who):
    person = request.getfixturevalue(who)

    with refused(NotAllowed, "Only an administrator"):
        verb(vic, Role.OBSERVER, by=person)


def test_a_role_is_not_given_twice_nor_taken_from_whoever_lacks_it(olga, vic, refused):
    with refused(WrongState, "has the role observer already"):
        people.grant_role(vic, Role.OBSERVER, by=olga)
    with refused(WrongState, "does not have the role approver"):
        people.revoke_role(vic, Role.APPROVER, by=olga)


def test_nobody_without_access_gets_a_role(olga, vic, refused):
    people.deactivate(vic, by=olga)

    with refused(WrongState, "no access any more"):
        people.grant_role(vic, Role.APPROVER, by=olga)


def test_the_last_administrator_stays_one(olga, vic, refused):
    UserFactory.create(roles=[Role.ADMINISTRATOR], is_active=False)

    with refused(Incomplete, "cannot be taken away yet") as refusal:
        people.revoke_role(olga, Role.ADMINISTRATOR, by=olga)
    assert refusal.missing == ["Make somebody else an administrator first: nobody is left who could"]

    people.grant_role(vic, Role.ADMINISTRATOR, by=olga)
    people.revoke_role(olga, Role.ADMINISTRATOR, by=vic)
    assert roles_of(olga) == set()


# Leaving


def test_access_ends_and_can_be_given_back(olga, vic):
    people.deactivate(vic, by=olga)
    vic.refresh_from_db()
    assert not vic.is_active
    assert not vic.has_role(Role.OBSERVER)

    people.reactivate(vic, by=olga)
    vic.refresh_from_db()
    assert vic.is_active
    assert [action for action, *_ in logged()] == ["person.deactivated", "person.reactivated"]


@pytest.mark.parametrize("verb", [people.deactivate, people.reactivate])
def test_only_an_administrator_ends_or_gives_back_access(vic, ada, refused, verb):
    with refused(NotAllowed, "Only an administrator"):
        verb(vic, by=ada)


def test_access_ends_once_and_comes_back_once(olga, vic, refused):
    with refused(WrongState, "has access already"):
        people.reactivate(vic, by=olga)
    people.deactivate(vic, by=olga)
    with refused(WrongState, "no access already"):
        people.deactivate(vic, by=olga)


def test_everything_that_somebody_holds_up_is_named_with_its_place(olga, team, agent, refused):
    led = TeamFactory.create(name="Night shift", lead=olga, people=[team.lead])
    AgentFactory.create(team=led)

    with refused(Incomplete, "Olga Petrenko still holds something up.") as refusal:
        people.deactivate(olga, by=olga)

    assert [(item.sentence, item.view, item.args) for item in refusal.value.missing] == [
        ("Make somebody else an administrator first: nobody is left who could", "desk:people", ()),
        ("Name another lead of Night shift", "desk:team", (led.pk,)),
    ]


def test_a_team_behind_an_agent_keeps_two_active_people(olga, rosa, team, agent, refused):
    with refused(Incomplete, "Rosa Iyer still holds something up.") as refusal:
        people.deactivate(rosa, by=olga)

    assert refusal.missing == ["Add somebody to Support agents, which an agent relies on"]


def test_a_team_that_no_agent_relies_on_does_not_keep_anybody(olga, rosa, team):
    people.deactivate(rosa, by=olga)

    rosa.refresh_from_db()
    assert not rosa.is_active


def test_a_team_of_three_lets_one_go(olga, rosa, vic, team, agent):
    team.memberships.create(user=vic, since=clock.now())

    people.deactivate(rosa, by=olga)

    rosa.refresh_from_db()
    assert not rosa.is_active


# One's own account


def test_people_change_their_own_name_and_zone(ada):
    people.change_own_account(ada, by=ada, name="Ada B. Brandt", time_zone="Asia/Tokyo")

    ada.refresh_from_db()
    assert (ada.name, ada.time_zone) == ("Ada B. Brandt", "Asia/Tokyo")
    assert logged() == [("person.changed", "accounts.user", str(ada.pk), {"fields": ["name", "time_zone"]})]


def test_saving_without_a_change_logs_nothing(ada, snapshot):
    before = snapshot()

    people.change_own_account(ada, by=ada, name=ada.name, time_zone=ada.time_zone)

    assert snapshot() == before


def test_nobody_changes_the_account_of_somebody_else(ada, olga, refused):
    with refused(NotAllowed, "nobody somebody else's"):
        people.change_own_account(ada, by=olga, name="Ada", time_zone="UTC")


def test_whoever_has_no_access_changes_nothing(ada, olga, refused):
    people.deactivate(ada, by=olga)

    with refused(WrongState, "no access any more"):
        people.change_own_account(ada, by=ada, name="Ada", time_zone="UTC")


def test_the_log_holds_no_name_and_no_address(olga, vic, invitation):
    people.accept_invitation(token_of(invitation), PASSWORD, "UTC")
    people.grant_role(vic, Role.APPROVER, by=olga)
    people.change_own_account(vic, by=vic, name="Vic M.", time_zone="UTC")

    written = str(list(LogEntry.objects.values("details", "object_id", "action")))
    for secret in ("Nova", "nova@", "Vic", "northwind"):
        assert secret not in written
