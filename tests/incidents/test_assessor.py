"""Who is to say whether a legal clock applies: named beforehand, told, reminded, and seen in the first hour (domain 5.2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

import clock
from accounts.models import User
from incidents.models import ClockNote, ReportingClock
from incidents.operations import assessor, incident, legal_clock, sweep, triage
from incidents.permissions_clocks import can_assess_clocks
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import states
from tests.incidents.legal_clocks import happened, of, profile
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

NOW = reverse("desk:now")


@pytest.fixture
@remembered
def about(declared, cleo, ada, tom):
    """Two clocks, GDPR-33 and GDPR-34, that nobody has assessed."""
    profile(ada, countries=["DE"], has_personal_data=True)
    return states.open_up(declared, by=cleo, communications=ada, technical=tom)


def shown(about: Any) -> dict[int, int]:
    return dict(about.clocks.values_list("pk", "version"))


def name(about: Any, by: Any, whom: Any, codes: tuple[str, ...] = ("GDPR-33", "GDPR-34"), **changes: Any) -> Any:
    picked = list(about.clocks.filter(code__in=codes).values_list("pk", flat=True))
    return assessor.name(about, by=by, **({"seen": shown(about), "assessor": whom, "clocks": picked} | changes))


def address(about: Any, name: str = "clocks_assessor") -> str:
    return reverse(f"desk:{name}", args=[about.pk])


def typed(about: Any, whom: Any, **changes: Any) -> dict[str, Any]:
    clocks = about.clocks.order_by("code")
    seen = [f"{one.pk}:{one.version}" for one in clocks]
    return {"clock": seen, "name-clocks": [one.pk for one in clocks], "name-assessor": whom.pk} | changes


# Naming


def test_one_person_is_named_for_several_clocks_at_once(about, cleo, ben):
    assert {one.code for one in name(about, cleo, ben)} == {"GDPR-33", "GDPR-34"}

    one = of(about, "GDPR-33")
    assert (one.assessor, one.named_by, one.named_at, one.version) == (ben, cleo, clock.now(), 2)
    note = ClockNote.objects.get(clock=one)
    assert (note.verb, note.whose, note.said_by) == (ClockNote.Verb.NAMED, ben, cleo)
    line = about.timeline.order_by("-pk")[0].text
    assert line == "Legal clocks: Ben Okafor is to say whether GDPR-33, GDPR-34 apply."
    assert states.last_log().details == {"codes": ["GDPR-33", "GDPR-34"], "assessor": ben.pk}


def test_somebody_else_may_be_named_later_and_the_same_person_is_not_named_twice(about, cleo, ben, ada):
    name(about, cleo, ben)
    assert name(about, cleo, ben) == []
    [one] = name(about, ada, cleo, ("GDPR-34",))
    assert (one.assessor, one.named_by) == (cleo, ada)
    assert of(about, "GDPR-33").assessor == ben
    assert of(about, "GDPR-34").notes.count() == 2


@pytest.mark.parametrize("person", ["tom", "rosa", "vic", "max"])
def test_who_may_not_assess_names_nobody(about, person, request, ben, refused):
    somebody = request.getfixturevalue(person)
    with refused(NotAllowed, "say whether a report is due"):
        name(about, somebody, ben)


def test_who_may_not_assess_is_not_named(about, cleo, tom, refused):
    with refused(Incomplete, "Nobody was named") as refusal:
        name(about, cleo, tom)
    assert refusal.missing == ["Choose somebody who may say so: Tom Lindqvist may not"]


def test_everything_that_is_missing_is_said(about, cleo, refused):
    with refused(Incomplete, "Nobody was named") as refusal:
        name(about, cleo, None, clocks=[])
    assert refusal.missing == ["Tick at least one clock", "Choose who is to say whether they apply"]


def test_a_clock_that_was_assessed_meanwhile_is_not_given_to_anybody(about, cleo, ada, ben, refused):
    before = shown(about)
    legal_clock.assess(of(about, "GDPR-33"), by=ada, seen_version=1, applies=True)
    with refused(Stale, "Somebody changed one of these clocks"):
        name(about, cleo, ben, seen=before)
    with refused(Stale, "Somebody changed one of these clocks"):
        name(about, cleo, ben)  # also when that was seen: it has been said


def test_a_clock_of_another_incident_is_not_given_to_anybody(about, cleo, ben, refused):
    with refused(Stale, "Somebody changed one of these clocks"):
        name(about, cleo, ben, clocks=[of(about, "GDPR-33").pk + 99])


def test_nobody_is_named_about_what_was_dismissed(about, cleo, ben, refused):
    for one in about.clocks.all():
        legal_clock.assess(one, by=cleo, seen_version=1, applies=False, reason="No personal data")
    picked = list(about.clocks.values_list("pk", flat=True))
    incident.dismiss(states.fresh(about), by=cleo, dismissal="false", reason="Nothing failed")
    with refused(WrongState, "was dismissed"):
        name(states.fresh(about), cleo, ben, clocks=picked)


def test_the_database_holds_a_named_person_to_a_person_and_a_time(about, ben):
    with pytest.raises(IntegrityError, match="clock_assessor_named_by_somebody"):
        ReportingClock.objects.filter(incident=about).update(assessor=ben)


# Told and reminded


def mails_to(person: Any) -> list[Outgoing]:
    return list(Outgoing.objects.filter(kind="clock", to_user=person).order_by("pk"))


def test_who_is_named_is_told_at_once_of_all_of_them_in_one_mail(about, cleo, ben):
    name(about, cleo, ben)
    [mail] = mails_to(ben)
    assert mail.subject == f"You are to say whether 2 legal clocks apply: {about.agent.public_name}"
    for words in (
        "Cleo Marsh asks you",
        "GDPR-33",
        "GDPR-34",
        "Counsel must confirm",
        f"/desk/incidents/{about.pk}/clocks/",
    ):
        assert words in mail.text


def test_who_names_themselves_gets_no_mail(about, cleo):
    name(about, cleo, cleo)
    assert mails_to(cleo) == []


def test_the_ladder_reminds_whoever_is_to_say_it(about, cleo, ben, clock_at):
    for one in about.clocks.exclude(code="GDPR-33"):
        legal_clock.assess(one, by=cleo, seen_version=1, applies=False, reason="Not this one")
    name(about, cleo, ben, ("GDPR-33",))
    one = of(about, "GDPR-33")

    clock_at(one.started_at + timedelta(hours=36))
    sweep.sweep()

    assert [mail.subject for mail in mails_to(ben)][1:] == [f"Due in 1 d 12 h: GDPR-33, {about.agent.public_name}"]
    assert not [mail for mail in mails_to(cleo) if mail.subject.startswith("Due in")]


# Waiting for you, and the first hour


def test_what_somebody_was_named_for_waits_for_them_and_for_nobody_else(about, cleo, ben, ada, client_of):
    line = "Say whether 2 legal clocks apply"
    assertContains(client_of(ada).get(NOW), line)
    name(about, cleo, ben)
    assertContains(client_of(ben).get(NOW), line)
    assertNotContains(client_of(ada).get(NOW), "legal clocks apply")
    name(about, cleo, ada, ("GDPR-34",))
    assertContains(client_of(ada).get(NOW), "Say whether one legal clock applies")
    assertContains(client_of(ben).get(NOW), "Say whether one legal clock applies")


def test_a_report_without_a_number_is_due_now_on_the_first_screen(about, ada, rosa, client_of):
    line = "Report without delay, or note that it went out: GDPR-34"
    assertNotContains(client_of(rosa).get(NOW), line)
    legal_clock.assess(of(about, "GDPR-34"), by=ada, seen_version=1, applies=True)
    page = client_of(rosa).get(NOW)
    assertContains(page, line)
    assertContains(page, reverse("desk:clock", args=[of(about, "GDPR-34").pk]))


def step(about: Any) -> Any:
    return next(line for line in triage.of(states.fresh(about)).lines if line.step.key == "clocks")


def test_the_first_hour_sees_that_each_clock_has_a_person_and_that_we_know_since_when(about, cleo, ben, ada):
    assert step(about).state == "open"
    name(about, cleo, ben, ("GDPR-33",))
    legal_clock.assess(of(about, "GDPR-34"), by=ada, seen_version=1, applies=True)
    assert step(about).state == "open", "nobody has said since when we knew"

    happened(about, "aware", about.detected_at, ada)

    seen = step(about)
    assert (seen.state, seen.by, seen.at) == ("seen", ada, clock.now())
    assert seen.words == "Each has a person, and we know since when"


def test_it_opens_again_when_a_clock_comes_that_is_nobodys(about, cleo, ben, ada):
    name(about, cleo, ben)
    happened(about, "aware", about.detected_at, ada)
    assert step(about).state == "seen"
    profile(ada, takes_cards=True)
    legal_clock.look_again(about, by=ada)
    assert step(about).state == "open"


def test_the_room_sees_what_the_page_of_the_first_hour_sees(about, cleo, ben, ada, client_of):
    name(about, cleo, ben)
    happened(about, "aware", about.detected_at, ada)
    page = client_of(cleo).get(reverse("desk:incident", args=[about.pk]))
    [found] = [line for line in page.context["hour"].lines if line.step.key == "clocks"]
    seen = step(about)
    assert (found.state, found.by, found.at) == ("seen", seen.by, seen.at)


# The page


def test_the_page_names_somebody_with_the_clocks_ticked_that_have_nobody(about, cleo, ben, client_of):
    name(about, cleo, cleo, ("GDPR-34",))
    browser = client_of(cleo)
    page = browser.get(address(about, "clocks"))
    assert page.context["form"]["clocks"].value() == [str(of(about, "GDPR-33").pk)]
    assertContains(page, "named, has not said yet")

    answer = browser.post(address(about), typed(about, ben))

    assertRedirects(answer, address(about, "clocks"))
    assert set(about.clocks.values_list("assessor", flat=True)) == {ben.pk}
    assertContains(browser.get(address(about, "clocks")), "named, has not said yet", count=2)


def test_nothing_ticked_comes_back_with_the_person_who_was_chosen(about, cleo, ben, client_of):
    answer = client_of(cleo).post(address(about), typed(about, ben, **{"name-clocks": []}))
    assertContains(answer, "Tick at least one clock", status_code=422)
    assert answer.context["form"]["assessor"].value() == str(ben.pk)


def test_a_clock_that_was_assessed_meanwhile_is_said_on_the_page(about, cleo, ben, ada, client_of):
    sent = typed(about, ben)
    legal_clock.assess(of(about, "GDPR-33"), by=ada, seen_version=1, applies=True)
    answer = client_of(cleo).post(address(about), sent)
    assertContains(answer, "Somebody has assessed one of these since you opened the page", status_code=422)


def test_who_may_not_assess_sees_who_is_named_and_no_form(about, cleo, ben, rosa, client_of):
    name(about, cleo, ben)
    page = client_of(rosa).get(address(about, "clocks"))
    assertContains(page, "named, has not said yet", count=2)
    assertNotContains(page, "Name them")


def test_only_those_who_may_say_it_can_be_chosen(about, cleo, tom, client_of):
    page = client_of(cleo).get(address(about, "clocks"))
    chosen = set(page.context["form"].fields["assessor"].queryset)
    assert chosen == {person for person in User.objects.active() if can_assess_clocks(person, about)}
    assert cleo in chosen
    assert tom not in chosen


def test_the_page_of_a_clock_says_who_decides(about, cleo, ben, client_of):
    page = client_of(cleo).get(reverse("desk:clock", args=[of(about, "GDPR-33").pk]))
    assertContains(page, "Nobody was named.")
    name(about, cleo, ben)
    page = client_of(cleo).get(reverse("desk:clock", args=[of(about, "GDPR-33").pk]))
    assertContains(page, "Ben Okafor, named by Cleo Marsh")
    assertContains(page, "Who is to say if it applies")
