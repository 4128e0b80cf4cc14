"""Working alone: slow to begin, quick to end, impossible while somebody else is there."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError

from accounts.models import LogEntry, Organisation, Role, SoloDeclaration, User
from accounts.operations import people, solo
from accounts.permissions import APPROVING_ROLES, may_act_alone, second_person_available, works_alone
from refusals import Incomplete, NotAllowed, WrongState
from tests import states
from tests.conftest import PASSWORD, START
from tests.factories import UserFactory

HOURS_72 = timedelta(hours=72)


@pytest.fixture(autouse=True)
def _installation(organisation):
    """Whose declaration it is."""


@pytest.fixture
def sole(db):
    """The only one here: administrator and commander, as after the set-up."""
    return UserFactory.create(name="Sole", roles=[Role.ADMINISTRATOR, Role.COMMANDER])


def actions():
    return list(LogEntry.objects.order_by("number").values_list("action", flat=True))


def test_a_declaration_takes_effect_after_72_hours(sole, clock_at):
    solo.declare_solo(by=sole, reason="Nobody else works here yet.")

    organisation = Organisation.objects.get()
    assert (organisation.solo_declared_by, organisation.solo_declared_at) == (sole, START)
    assert organisation.solo_effective_at == START + HOURS_72
    assert not works_alone(START + HOURS_72 - timedelta(seconds=1))
    assert works_alone(START + HOURS_72)
    assert not may_act_alone(sole, APPROVING_ROLES)
    clock_at(START + HOURS_72)
    assert may_act_alone(sole, APPROVING_ROLES)
    assert actions() == ["organisation.solo_declared"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_needs_a_reason(sole, refused, reason):
    with refused(Incomplete, "Working alone needs a reason."):
        solo.declare_solo(by=sole, reason=reason)


def test_nor_does_the_database_take_one_without(sole):
    with pytest.raises(IntegrityError):
        states.declare_alone(sole, at=START, reason="")


def test_the_reason_is_kept_when_it_has_ended_and_is_in_no_mail(sole, django_capture_on_commit_callbacks):
    UserFactory.create(email="gone@example.org", last_seen_at=START - timedelta(days=3), is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        solo.declare_solo(by=sole, reason="  Tom fell ill. ")
    solo.end_solo(by=sole)

    kept = SoloDeclaration.objects.get()
    assert (kept.declared_by, kept.declared_at, kept.effective_at, kept.reason) == (
        sole,
        START,
        START + HOURS_72,
        "Tom fell ill.",
    )
    assert len(mail.outbox) == 1
    assert "Tom fell ill." not in str(mail.outbox[0].message())
    said = LogEntry.objects.get(action="organisation.solo_declared")
    assert said.details == {"at_setup": False}
    assert [row["row"] for row in said.kept] == [f"accounts.solodeclaration:{kept.pk}"]


def test_at_set_up_it_takes_effect_at_once_and_tells_nobody(sole, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)

    assert may_act_alone(sole, APPROVING_ROLES)
    assert mail.outbox == []


def test_everybody_active_lately_is_told_even_those_whose_access_has_ended(sole, django_capture_on_commit_callbacks):
    UserFactory.create(email="recent@example.org", last_seen_at=START - timedelta(days=89))
    UserFactory.create(email="gone@example.org", last_seen_at=START - timedelta(days=3), is_active=False)
    UserFactory.create(email="long-ago@example.org", last_seen_at=START - timedelta(days=91))
    UserFactory.create(email="never@example.org")

    with django_capture_on_commit_callbacks(execute=True):
        solo.declare_solo(by=sole, reason="Nobody else works here yet.")

    assert sorted(message.to[0] for message in mail.outbox) == ["gone@example.org", "recent@example.org"]
    assert "22 November 2026, 15:16 UTC" in mail.outbox[0].subject


def test_only_an_administrator_declares_or_ends_it(cleo, sole, refused):
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    commander = UserFactory.create(roles=[Role.EXECUTIVE])

    with refused(NotAllowed, "Only an administrator"):
        solo.declare_solo(by=commander, reason="Nobody else works here yet.")
    solo.declare_solo(by=sole, reason="Nobody else works here yet.")
    with refused(NotAllowed, "Only an administrator"):
        solo.end_solo(by=commander)


@pytest.mark.parametrize("role", APPROVING_ROLES)
def test_it_is_refused_while_somebody_else_may_approve(sole, refused, role):
    other = UserFactory.create(name="Other", roles=[role])

    with refused(WrongState, "You are not alone") as refusal:
        solo.declare_solo(by=sole, reason="Nobody else works here yet.")

    assert [(item.sentence, item.args) for item in refusal.value.missing] == [("Other may approve", (other.pk,))]


def test_it_is_declared_once_and_ended_once(sole, refused):
    with refused(WrongState, "Nobody has declared"):
        solo.end_solo(by=sole)
    solo.declare_solo(by=sole, reason="Nobody else works here yet.")
    with refused(WrongState, "declared already"):
        solo.declare_solo(by=sole, reason="Nobody else works here yet.")


def test_it_ends_at_once(sole):
    solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)

    solo.end_solo(by=sole)

    assert not may_act_alone(sole, APPROVING_ROLES)
    assert Organisation.objects.get().solo_declared_by is None
    assert actions() == ["organisation.solo_declared", "organisation.solo_ended"]


def join(sole):
    invitation = people.invite("second@example.org", "Second", [Role.APPROVER], by=sole)
    people.accept_invitation(invitation.link.rstrip("/").rpartition("/")[2], PASSWORD, "UTC")


def grant(sole):
    people.grant_role(User.objects.get(email="reader@example.org"), Role.COMMUNICATIONS_LEAD, by=sole)


def reactivate(sole):
    people.reactivate(User.objects.get(email="former@example.org"), by=sole)


@pytest.mark.parametrize("arrive", [join, grant, reactivate])
def test_it_ends_by_itself_when_a_second_person_could_approve(sole, arrive):
    UserFactory.create(email="reader@example.org", roles=[Role.OBSERVER])
    UserFactory.create(email="former@example.org", roles=[Role.APPROVER], is_active=False)
    solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)

    arrive(sole)

    assert Organisation.objects.get().solo_declared_at is None
    assert actions()[-1] == "organisation.solo_ended"


def test_a_person_who_may_not_approve_does_not_end_it(sole):
    solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)
    reader = UserFactory.create(roles=[Role.OBSERVER])

    people.grant_role(reader, Role.RESPONDER, by=sole)

    assert may_act_alone(sole, APPROVING_ROLES)


def test_a_second_person_is_an_active_one_with_one_of_the_roles(sole):
    reader = UserFactory.create(roles=[Role.OBSERVER])
    assert not second_person_available(sole, APPROVING_ROLES)

    people.grant_role(reader, Role.APPROVER, by=sole)
    assert second_person_available(sole, APPROVING_ROLES)
    assert not second_person_available(sole, [Role.TECHNICAL_LEAD])
    assert not second_person_available(reader, [Role.APPROVER])


def test_nobody_acts_alone_while_somebody_else_could_take_the_second_seat(sole):
    """Even if the declaration still stood: the question is asked anew each time."""
    solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)
    UserFactory.create(roles=[Role.TECHNICAL_LEAD])

    assert may_act_alone(sole, APPROVING_ROLES)
    assert not may_act_alone(sole, [Role.TECHNICAL_LEAD, Role.COMMANDER])


def test_whoever_lacks_the_roles_does_not_act_alone_either(sole):
    solo.declare_solo(by=sole, reason="Nobody else works here yet.", at_setup=True)

    assert not may_act_alone(UserFactory.create(roles=[Role.OBSERVER]), APPROVING_ROLES)
