"""Teams: an alias address with a lead and at least two active people behind it (R55)."""

from collections.abc import Collection

from django.db import transaction

import clock
from accounts.actions import Action
from accounts.log import write
from accounts.models import Membership, Team, User
from accounts.models.team import LEAST_ACTIVE_MEMBERS
from accounts.permissions import administer_refusal, can_administer
from refusals import Missing, NotAllowed, WrongState, require, require_nothing_missing


@transaction.atomic
def form_team(name: str, alias: str, lead: User, members: Collection[User], *, by: User, purpose: str = "") -> Team:
    """Make a team. The lead is a member whether or not the list says so."""
    people = {lead, *members}
    require(can_administer(by), NotAllowed(administer_refusal()))
    require_nothing_missing(
        "The team cannot be formed yet.", [*_missing_names(name, alias), *_missing_people(lead, people)]
    )
    team = Team.objects.create(name=name, alias=alias, lead=lead, purpose=purpose, created_at=clock.now())
    Membership.objects.bulk_create(
        Membership(team=team, user=person, since=team.created_at) for person in sorted(people, key=lambda p: p.pk)
    )
    write(Action.TEAM_FORMED, by=by, about=team, members=sorted(person.pk for person in people))
    return team


@transaction.atomic
def change_team(team: Team, *, by: User, name: str, alias: str, lead: User, purpose: str = "") -> Team:
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    missing = _missing_names(name, alias, besides=team)
    if not team.memberships.filter(user=lead, user__is_active=True).exists():
        missing.append(Missing(f"Choose a lead from the team: {lead} is no active member", anchor="id_lead"))
    require_nothing_missing("The team was not changed.", missing)
    new = {"name": name, "alias": alias, "lead": lead, "purpose": purpose}
    changed = [field for field, value in new.items() if getattr(team, field) != value]
    if changed:
        for field in changed:
            setattr(team, field, new[field])
        team.save(update_fields=changed)
        write(Action.TEAM_CHANGED, by=by, about=team, fields=changed)
    return team


@transaction.atomic
def add_member(team: Team, user: User, *, by: User) -> Membership:
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    require(can_administer(by), NotAllowed(administer_refusal()))
    require(user.is_active, WrongState(f"{user} has no access any more, so mail to the team would not reach them."))
    require(not team.memberships.filter(user=user).exists(), WrongState(f"{user} is in {team} already."))
    membership = Membership.objects.create(team=team, user=user, since=clock.now())
    write(Action.MEMBER_ADDED, by=by, about=team, member=user.pk)
    return membership


@transaction.atomic
def remove_member(team: Team, user: User, *, by: User) -> None:
    team = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    membership = team.memberships.filter(user=user).first()
    require(can_administer(by), NotAllowed(administer_refusal()))
    if membership is None:
        raise WrongState(f"{user} is not in {team}.")
    require_nothing_missing(f"{user} cannot leave {team} yet.", _held_by(team, user))
    membership.delete()
    write(Action.MEMBER_REMOVED, by=by, about=team, member=user.pk)


def _missing_names(name: str, alias: str, besides: Team | None = None) -> list[Missing]:
    missing = []
    if not name.strip():
        missing.append(Missing("Enter a name", anchor="id_name"))
    others = Team.objects.exclude(pk=besides.pk) if besides else Team.objects.all()
    if others.filter(name__iexact=name).exists():
        missing.append(Missing(f"Choose another name: there is a team called {name} already", anchor="id_name"))
    if not alias:
        missing.append(Missing("Enter the address that reaches the whole team", anchor="id_alias"))
    return missing


def _missing_people(lead: User, people: Collection[User]) -> list[Missing]:
    missing = []
    if not lead.is_active:
        missing.append(Missing(f"Choose an active lead: {lead} has no access any more", anchor="id_lead"))
    if sum(person.is_active for person in people) < LEAST_ACTIVE_MEMBERS:
        missing.append(
            Missing("Choose at least two active people, so that one of them is there", anchor="id_members_0")
        )
    return missing


def _held_by(team: Team, user: User) -> list[Missing]:
    missing = []
    if team.lead == user:
        missing.append(Missing("Name another lead first", "desk:team", (team.pk,), "id_lead"))
    left = team.memberships.filter(user__is_active=True).exclude(user=user).count()
    if user.is_active and left < LEAST_ACTIVE_MEMBERS:
        missing.append(
            Missing("Add somebody else first: a team needs two active people", "desk:team", (team.pk,), "members")
        )
    return missing
