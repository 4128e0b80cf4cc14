"""A group was told by hand: what is noted, what is refused, and that it is kept (R19, R21, R27)."""

from datetime import timedelta

import pytest

import clock
from accounts.models.kept import seal
from accounts.operations.verify import verify_log
from incidents.coverage import Standing
from incidents.models import Incident, StakeholderPlan, Telling
from incidents.operations import incident, telling
from incidents.views import map_rows
from refusals import Incomplete, NotAllowed, Stale, WrongState
from tests import states
from tests.incidents.plans import row

pytestmark = pytest.mark.django_db


def said(by, **changes):
    return {
        "by": by,
        "told_at": clock.now() - timedelta(minutes=2),
        "told_by": by,
        "channel": "phone",
        "whom": "Duty desk of Alder Bank, 030 5550",
        "what": "That letters reached wrong people, and that all are stopped.",
        "evidence": "Note of the call in the shared folder",
        "answers": [],
    } | changes


@pytest.fixture
def noticed(opened):
    """The failure was noticed an hour ago, so that somebody can have been told since."""
    Incident.objects.filter(pk=opened.pk).update(detected_at=clock.now() - timedelta(hours=1))
    return states.fresh(opened)


def open_questions(one) -> int:
    return one.questions.filter(answered_at=None).count()


def test_what_somebody_said_is_kept_and_covers_the_group(noticed, rosa, tom):
    one = row(noticed, "partners")
    made = telling.note(one, **said(rosa, told_by=tom, whom="  Alder Bank "))

    assert (made.whom, made.told_by, made.entered_by, made.entered_at) == ("Alder Bank", tom, rosa, clock.now())
    line = noticed.timeline.latest("pk")
    assert line.text == f"Stakeholder map, {one.group}: told by hand, phone."
    assert line.happened_at == made.told_at
    kept = {entry["row"]: entry["seal"] for entry in states.last_log().kept}
    assert kept[f"incidents.telling:{made.pk}"] == seal(made)
    assert verify_log().broken == ""
    found = next(line for line in map_rows.lines(noticed, clock.now()) if line.plan == one)
    assert (found.covered.last.how, found.covered.last.at) == ("hand", made.told_at)


def test_the_log_holds_no_word_of_it(noticed, rosa):
    made = telling.note(row(noticed, "partners"), **said(rosa))
    details = str(states.last_log().details) + str(states.last_log().kept)
    assert not any(word in details for word in (made.whom, made.what, made.evidence))


def test_it_lowers_the_number_of_open_questions_by_those_it_answered(noticed, rosa):
    one = row(noticed, "partners")
    before, first = open_questions(one), one.questions.first()
    made = telling.note(one, **said(rosa, answers=[first]))

    assert open_questions(one) == before - 1
    first.refresh_from_db()
    assert (first.told_in, first.answered_in, first.answered_at) == (made, None, made.told_at)
    assert states.last_log().details["answers"] == [first.pk]


def test_the_same_sent_twice_is_noted_once(noticed, rosa):
    one = row(noticed, "partners")
    asked = [one.questions.first()]
    first = telling.note(one, **said(rosa, answers=asked))
    assert telling.note(one, **said(rosa, answers=asked)) == first
    assert one.tellings.count() == 1


def test_a_wrong_entry_stays_and_another_one_says_what_is_right(noticed, rosa):
    one = row(noticed, "partners")
    first = telling.note(one, **said(rosa))
    with pytest.raises(TypeError):
        first.save()
    telling.note(one, **said(rosa, what="Not so: we reached their press office."))
    assert [made.what[:7] for made in one.tellings.order_by("pk")] == ["That le", "Not so:"]


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"told_at": None}, "id_told_at"),
        ({"told_at": timedelta(seconds=1)}, "id_told_at"),
        ({"told_at": timedelta(hours=-1, seconds=-1)}, "id_told_at"),
        ({"told_by": None}, "id_told_by"),
        ({"channel": ""}, "id_channel_0"),
        ({"channel": "pigeon"}, "id_channel_0"),
        ({"whom": " "}, "id_whom"),
        ({"whom": "x" * 301}, "id_whom"),
        ({"what": "\n"}, "id_what"),
        ({"what": "x" * 5001}, "id_what"),
        ({"evidence": ""}, "id_evidence"),
        ({"evidence": "x" * 301}, "id_evidence"),
    ],
)
def test_each_thing_that_is_missing_is_named(noticed, rosa, refused, changes, anchor):
    given = {name: clock.now() + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    with refused(Incomplete, "Nothing was noted") as refusal:
        telling.note(row(noticed, "partners"), **said(rosa, **given))
    assert [item.anchor for item in refusal.value.missing] == [anchor]


def test_everything_that_is_missing_is_named_at_once(noticed, rosa, refused):
    empty = {"told_at": None, "told_by": None, "channel": "", "whom": "", "what": "", "evidence": ""}
    with refused(Incomplete) as refusal:
        telling.note(row(noticed, "partners"), **said(rosa, **empty))
    assert len(refusal.missing) == 6


def test_it_answers_questions_of_its_own_group(noticed, rosa, refused):
    other = row(noticed, "press").questions.first()
    with refused(Incomplete) as refusal:
        telling.note(row(noticed, "partners"), **said(rosa, answers=[other]))
    assert refusal.missing == ["Choose questions of this group"]


def test_what_was_answered_meanwhile_is_not_answered_again(noticed, rosa, tom, refused):
    one = row(noticed, "partners")
    asked = one.questions.first()
    telling.note(one, **said(tom, answers=[asked]))
    with refused(Stale, "answered meanwhile") as refusal:
        telling.note(one, **said(rosa, answers=[asked]))
    assert refusal.value.difference[0].label == asked.text


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_notes_nothing(noticed, refused, request, person):
    by = request.getfixturevalue(person)
    with refused(NotAllowed, "Anybody who works at the desk"):
        telling.note(row(noticed, "partners"), **said(by))


def test_nobody_is_told_of_what_was_dismissed(noticed, cleo, refused):
    one = row(noticed, "partners")
    incident.dismiss(noticed, by=cleo, dismissal=Incident.Dismissal.FALSE, reason="Nothing failed")
    with refused(WrongState, "was dismissed"):
        telling.note(one, **said(cleo))


def test_an_executive_may_have_told_them(noticed, rosa, request):
    chief = request.getfixturevalue("max")
    made = telling.note(row(noticed, "regulator"), **said(rosa, told_by=chief, channel="in_person"))
    assert made.told_by == chief


def test_whoever_was_told_in_time_is_not_forgotten(noticed, rosa, clock_at):
    one = row(noticed, "regulator")
    assert one.decision == "now"
    telling.note(one, **said(rosa, channel="portal"))
    assert one.due_at
    late = one.due_at + timedelta(minutes=1)
    clock_at(late)
    found = {line.plan.pk: line.standing for line in map_rows.lines(states.fresh(noticed), late)}
    assert found[one.pk] == Standing.COVERED


def test_an_undecided_group_can_have_been_told(declared, cleo, ada, tom, rosa):
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom, decided=False)
    one = row(about, "partners")
    telling.note(one, **said(rosa, told_at=clock.now()))
    assert not states.fresh(one).is_decided
    assert Telling.objects.count() == 1
    assert StakeholderPlan.objects.undecided().filter(pk=one.pk).exists()
