"""Teams: a lead, an address, and never fewer than two active people."""

import pytest

from accounts.models import LogEntry, Team, User
from accounts.operations import teams
from refusals import Incomplete, NotAllowed, WrongState

NIGHT = {"name": "Night shift", "alias": "night@northwind.example"}


def logged():
    return list(LogEntry.objects.order_by("number").values_list("action", "object_id", "details"))


def members(team):
    return set(team.members.values_list("name", flat=True))


def test_a_team_has_its_lead_among_its_members(olga, tom, rosa):
    team = teams.form_team(**NIGHT, lead=tom, members=[rosa], by=olga, purpose="Who is woken")

    assert (team.name, team.alias, team.lead, team.purpose) == (
        "Night shift",
        "night@northwind.example",
        tom,
        "Who is woken",
    )
    assert members(team) == {"Tom Lindqvist", "Rosa Iyer"}
    assert Team.objects.usable().get() == team
    assert logged() == [("team.formed", str(team.pk), {"members": sorted([tom.pk, rosa.pk])})]


def test_only_an_administrator_forms_or_changes_a_team(tom, rosa, vic, team, refused):
    with refused(NotAllowed, "Only an administrator"):
        teams.form_team(**NIGHT, lead=tom, members=[rosa], by=tom)
    with refused(NotAllowed, "Only an administrator"):
        teams.change_team(team, by=tom, **NIGHT, lead=tom)
    with refused(NotAllowed, "Only an administrator"):
        teams.add_member(team, vic, by=tom)
    with refused(NotAllowed, "Only an administrator"):
        teams.remove_member(team, rosa, by=tom)


def test_a_lead_alone_is_no_team(olga, tom, refused):
    with refused(Incomplete, "cannot be formed") as refusal:
        teams.form_team(**NIGHT, lead=tom, members=[tom], by=olga)

    assert refusal.missing == ["Choose at least two active people, so that one of them is there"]


def test_everything_missing_is_named_at_once(olga, tom, rosa, team, refused):
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    rosa.refresh_from_db()

    with refused(Incomplete) as refusal:
        teams.form_team("support AGENTS", "", rosa, [tom], by=olga)

    assert refusal.missing == [
        "Choose another name: there is a team called support AGENTS already",
        "Enter the address that reaches the whole team",
        "Choose an active lead: Rosa Iyer has no access any more",
        "Choose at least two active people, so that one of them is there",
    ]


def test_a_team_is_changed_and_the_log_names_the_fields(olga, rosa, team):
    teams.change_team(team, by=olga, name="Support agents", alias="desk@northwind.example", lead=rosa)

    team.refresh_from_db()
    assert (team.alias, team.lead) == ("desk@northwind.example", rosa)
    assert logged() == [("team.changed", str(team.pk), {"fields": ["alias", "lead"]})]


def test_saving_a_team_without_a_change_logs_nothing(olga, team, snapshot):
    before = snapshot()

    teams.change_team(team, by=olga, name=team.name, alias=team.alias, lead=team.lead)

    assert snapshot() == before


def test_a_lead_comes_from_the_team_and_is_active(olga, rosa, vic, team, refused):
    with refused(Incomplete) as refusal:
        teams.change_team(team, by=olga, name="", alias=team.alias, lead=vic)
    assert refusal.missing == ["Enter a name", "Choose a lead from the team: Vic Moreau is no active member"]

    User.objects.filter(pk=rosa.pk).update(is_active=False)
    with refused(Incomplete):
        teams.change_team(team, by=olga, name=team.name, alias=team.alias, lead=rosa)


def test_somebody_joins_and_somebody_leaves(olga, rosa, vic, team):
    teams.add_member(team, vic, by=olga)
    teams.remove_member(team, rosa, by=olga)

    assert members(team) == {"Tom Lindqvist", "Vic Moreau"}
    assert logged() == [
        ("team.member_added", str(team.pk), {"member": vic.pk}),
        ("team.member_removed", str(team.pk), {"member": rosa.pk}),
    ]


def test_nobody_joins_twice_or_without_access(olga, rosa, vic, team, refused):
    User.objects.filter(pk=vic.pk).update(is_active=False)
    vic.refresh_from_db()

    with refused(WrongState, "Rosa Iyer is in Support agents already"):
        teams.add_member(team, rosa, by=olga)
    with refused(WrongState, "Vic Moreau has no access any more"):
        teams.add_member(team, vic, by=olga)
    with refused(WrongState, "Vic Moreau is not in Support agents"):
        teams.remove_member(team, vic, by=olga)


def test_the_lead_and_the_last_two_stay(olga, tom, rosa, team, refused):
    with refused(Incomplete, "Tom Lindqvist cannot leave") as refusal:
        teams.remove_member(team, tom, by=olga)
    assert refusal.missing == [
        "Name another lead first",
        "Add somebody else first: a team needs two active people",
    ]
    with refused(Incomplete) as refusal:
        teams.remove_member(team, rosa, by=olga)
    assert refusal.missing == ["Add somebody else first: a team needs two active people"]


def test_somebody_without_access_leaves_without_a_substitute(olga, rosa, team):
    User.objects.filter(pk=rosa.pk).update(is_active=False)
    rosa.refresh_from_db()

    teams.remove_member(team, rosa, by=olga)

    assert members(team) == {"Tom Lindqvist"}


@pytest.mark.parametrize(("active", "usable"), [(2, True), (1, False)])
def test_a_team_is_a_route_only_with_two_active_people(rosa, team, active, usable):
    if active < 2:
        User.objects.filter(pk=rosa.pk).update(is_active=False)

    assert Team.objects.usable().filter(pk=team.pk).exists() is usable
