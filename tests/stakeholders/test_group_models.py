"""What ships with the groups, and what the database holds them to."""

from typing import Any

import pytest
from django.db import IntegrityError

import clock
from accounts.models import User
from stakeholders.models import Contact, GroupDefault, GroupKind, Scenario, StakeholderGroup
from stakeholders.operations import contacts

pytestmark = pytest.mark.django_db

# The table of defaults, written down a second time: group, then the four scenarios in the order of the enumeration.
SHIPPED = """
affected   | now | now: in private | contained: if users were affected | now
onlookers  | now: where it spread | if_asked | contained | now: on the public page
platform   | now | now | now | contained
press      | if_asked | if_asked | if_asked | if_asked: now, if it was reported already
regulator  | : Assess the legal clocks | : Assess the legal clocks | now: Assess the legal clocks | : Assess the legal clocks
executives | now | contained | now | now
partners   | if_asked | not_applicable | contained | now: if they are affected
employees  | now | not_told: privacy of the parties | now | now
"""


def said(one: GroupDefault | None) -> str:
    assert one is not None
    word = one.stage or one.decision
    return f"{word}: {one.note}" if one.note else word


def test_a_fresh_installation_has_the_eight_groups_with_their_defaults() -> None:
    table = [[part.strip() for part in line.split("|")] for line in SHIPPED.strip().splitlines()]
    groups = StakeholderGroup.objects.current().prefetch_related("defaults")

    found = [[one.kind, *(said(one.default_for(scenario)) for scenario in Scenario.values)] for one in groups]

    assert found == table


def test_what_ships_says_what_they_ask_and_in_which_time() -> None:
    groups = list(StakeholderGroup.objects.all())

    assert {one.kind: (one.tell_within, one.answer_within) for one in groups} == {
        "affected": (60, 1440), "onlookers": (60, 1440), "platform": (240, 1440), "press": (120, 120),
        "regulator": (1440, 1440), "executives": (30, 1440), "partners": (1440, 1440), "employees": (60, 1440),
    }  # fmt: skip
    assert [one.kind for one in groups if one.told_by_page] == [GroupKind.ONLOOKERS]
    assert all(one.ready_answer and len(one.questions) > 3 for one in groups)
    assert all(question.endswith("?") for one in groups for question in one.questions)
    assert groups[0].questions[0] == "Did it happen to me?"


def test_defaults_that_were_fetched_with_the_groups_are_not_asked_for_again(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        for one in StakeholderGroup.objects.prefetch_related("defaults"):
            one.default_for(Scenario.DISPUTE)


def test_no_scenario_has_no_default() -> None:
    assert StakeholderGroup.objects.earliest("pk").default_for("") is None


@pytest.mark.parametrize(
    "values",
    [{"decision": "at_stage", "stage": ""}, {"decision": "now", "stage": "contained"}, {"stage": "contained"}],
)
def test_a_default_names_a_stage_where_it_waits_for_one(values: dict[str, str]) -> None:
    one = GroupDefault.objects.earliest("pk")

    with pytest.raises(IntegrityError, match="default_names_its_stage"):
        GroupDefault.objects.filter(pk=one.pk).update(**{"decision": "", "stage": "", **values})


def test_there_is_one_default_for_a_scenario() -> None:
    one = GroupDefault.objects.earliest("pk")

    with pytest.raises(IntegrityError):
        GroupDefault.objects.create(group=one.group, scenario=one.scenario)


def test_a_group_is_retired_by_somebody(ada: User) -> None:
    one = StakeholderGroup.objects.filter(slug="partners")

    with pytest.raises(IntegrityError, match="group_retired_by_somebody"):
        one.update(retired_at=clock.now())


def test_two_groups_in_use_have_different_names(ada: User) -> None:
    partners, press = (StakeholderGroup.objects.get(slug=slug) for slug in ("partners", "journalists"))
    StakeholderGroup.objects.filter(pk=partners.pk).update(
        retired_at=clock.now(), retired_by=ada, name=press.name.upper()
    )

    with pytest.raises(IntegrityError):
        StakeholderGroup.objects.filter(pk=partners.pk).update(retired_at=None, retired_by=None)


@pytest.mark.parametrize("values", [{"reach": "+49 30 1"}, {"channel": "phone", "address": "nell@example.org"}])
def test_a_contact_can_be_reached_by_its_channel(ada: User, values: dict[str, str]) -> None:
    group = StakeholderGroup.objects.get(slug="partners")

    with pytest.raises(IntegrityError, match="contact_can_be_reached"):
        Contact.objects.create(group=group, added_by=ada, **values)


def test_only_those_reached_by_email_are_counted_and_written_to(ada: User) -> None:
    group = StakeholderGroup.objects.get(slug="partners")
    contacts.add(group, "nell@example.org\nomar@example.org", by=ada)
    contacts.remove(group.contacts.get(address="omar@example.org"), by=ada)
    phone = Contact.objects.create(group=group, name="Eve", channel="phone", reach="+49 30 1", added_by=ada)
    also = Contact.objects.create(
        group=group, channel="portal", reach="https://p.example", address="nell@example.org", added_by=ada
    )

    assert [one.address for one in group.contacts.by_email()] == ["nell@example.org"]
    assert set(group.contacts.current()) == {phone, also, *group.contacts.by_email()}
    counted: Any = StakeholderGroup.objects.with_reached().get(pk=group.pk)
    assert counted.reached == 1
    assert (str(phone), phone.reached_at, phone.is_mailed) == ("Eve", "+49 30 1", False)
