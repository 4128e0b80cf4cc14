"""A question came in: noted, answered by its time, and who is told while it waits (R20, domain 4.2)."""

from datetime import timedelta
from typing import Any

import pytest

import clock
from incidents.coverage import Standing
from incidents.models import Incident, Inquiry, Reminder, StakeholderPlan
from incidents.operations import incident, inquiry, plan, sweep
from incidents.views import map_rows
from refusals import Incomplete, NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import factories, states
from tests.conftest import START
from tests.incidents.plans import row
from tests.remembered import remembered

pytestmark = pytest.mark.django_db

WHO, WHAT = "Jonas Roth, Evening Post", "Was anybody’s account emptied?"


def asked(by, **changes):
    return {"by": by, "asked_by": WHO, "channel": "phone", "question": WHAT} | changes


def heard(by, **changes):
    return {"by": by, "seen_version": 1, "words": "No. Letters went astray, no money.", "answered_by": by} | changes


@pytest.fixture
def press(opened) -> StakeholderPlan:
    """Journalists: only if asked, within two hours, by nobody in particular."""
    return row(opened, "press")


@pytest.fixture
@remembered
def waiting(press, rosa) -> Inquiry:
    return inquiry.note(press, **asked(rosa))


def mails() -> list[Outgoing]:
    return list(Outgoing.objects.filter(kind="inquiry").order_by("pk"))


# Noting


def test_what_somebody_asked_has_a_time_by_which_it_is_answered(press, rosa):
    made = inquiry.note(press, **asked(rosa, asked_by=f" {WHO} "))

    assert (made.asked_by, made.question, made.channel, made.entered_by) == (WHO, WHAT, "phone", rosa)
    assert press.answer_within == 120
    assert (made.received_at, made.due_at) == (clock.now(), clock.now() + timedelta(hours=2))
    line = press.incident.timeline.latest("pk")
    assert line.text == f"Stakeholder map, {press.group}: a question came in."
    assert states.last_log().details == {"plan": press.pk, "channel": "phone"}


def test_the_time_runs_from_when_it_came_in(press, rosa):
    came = clock.now() - timedelta(minutes=50)
    made = inquiry.note(press, **asked(rosa, received_at=came))
    assert (made.received_at, made.due_at) == (came, came + timedelta(hours=2))
    assert press.incident.timeline.latest("pk").happened_at == came


@pytest.mark.parametrize("decision", ["", "now", "not_applicable", "not_told"])
def test_whoever_was_asked_can_note_it_whatever_is_decided(declared, cleo, ada, tom, rosa, decision):
    about = states.open_up(declared, by=cleo, communications=ada, technical=tom, decided=False)
    one = row(about, "employees")
    if decision:
        said: dict[str, Any] = {"due_at": clock.now() + timedelta(hours=1)} if decision == "now" else {"reason": "Why"}
        said |= {"review_at": clock.now() + timedelta(days=1)} if decision == "not_told" else {}
        one = plan.decide(one, by=ada, seen_version=one.version, decision=decision, **said)
    made = inquiry.note(one, **asked(rosa))
    assert made.due_at == made.received_at + timedelta(minutes=one.group.answer_within)


def test_a_question_about_what_was_dismissed_is_noted_and_answered_as_well(press, cleo):
    incident.dismiss(press.incident, by=cleo, dismissal=Incident.Dismissal.FALSE, reason="Nothing failed")
    made = inquiry.note(states.fresh(press), **asked(cleo))
    assert inquiry.answer(made, **heard(cleo)).answered_at == clock.now()


def test_the_same_sent_twice_is_noted_once(press, rosa, tom):
    first = inquiry.note(press, **asked(rosa))
    assert inquiry.note(press, **asked(rosa)) == first
    assert inquiry.note(press, **asked(rosa, received_at=first.received_at)) == first
    assert inquiry.note(press, **asked(tom)) != first, "somebody else was asked as well"
    inquiry.answer(first, **heard(rosa))
    assert inquiry.note(press, **asked(rosa)) != first, "they ask again"


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"asked_by": " "}, "id_asked_by"),
        ({"asked_by": "x" * 301}, "id_asked_by"),
        ({"channel": ""}, "id_channel_0"),
        ({"channel": "pigeon"}, "id_channel_0"),
        ({"question": "\n"}, "id_question"),
        ({"question": "x" * 5001}, "id_question"),
        ({"received_at": START + timedelta(seconds=1)}, "id_received_at"),
    ],
)
def test_each_thing_that_is_missing_of_a_question_is_named(press, rosa, refused, changes, anchor):
    with refused(Incomplete, "Nothing was noted") as refusal:
        inquiry.note(press, **asked(rosa, **changes))
    assert [item.anchor for item in refusal.value.missing] == [anchor]


@pytest.mark.parametrize("person", ["vic", "max"])
def test_who_only_reads_notes_and_answers_nothing(waiting, refused, request, person):
    by = request.getfixturevalue(person)
    with refused(NotAllowed, "Anybody who works at the desk"):
        inquiry.note(waiting.plan, **asked(by))
    with refused(NotAllowed, "Anybody who works at the desk"):
        inquiry.answer(waiting, **heard(by))


# Answering


def test_an_answer_says_what_they_heard_from_whom_and_when(waiting, rosa, tom, clock_at):
    clock_at(clock.now() + timedelta(minutes=30))
    told = clock.now() - timedelta(minutes=5)
    made = inquiry.answer(waiting, **heard(rosa, answered_by=tom, answered_at=told, words=" No. "))

    assert (made.answer, made.answered_by, made.answered_at, made.version) == ("No.", tom, told, 2)
    line = waiting.plan.incident.timeline.latest("pk")
    assert (line.text, line.happened_at) == (f"Stakeholder map, {waiting.plan.group}: a question was answered.", told)
    assert (states.last_log().actor, states.last_log().details) == (rosa, {"plan": waiting.plan_id})
    assert not Inquiry.objects.open().exists()


def test_neither_timeline_nor_log_holds_who_asked_or_what_was_said(waiting, rosa):
    inquiry.answer(waiting, **heard(rosa))
    lines = " ".join(waiting.plan.incident.timeline.values_list("text", flat=True)) + str(states.last_log().details)
    assert not any(word in lines for word in (WHO, WHAT, "astray"))


@pytest.mark.parametrize(
    ("changes", "anchor"),
    [
        ({"words": " "}, "id_words"),
        ({"words": "x" * 5001}, "id_words"),
        ({"answered_by": None}, "id_answered_by"),
        ({"answered_at": START + timedelta(seconds=1)}, "id_answered_at"),
        ({"answered_at": START - timedelta(seconds=1)}, "id_answered_at"),
    ],
)
def test_each_thing_that_is_missing_of_an_answer_is_named(waiting, rosa, refused, changes, anchor):
    with refused(Incomplete, "No answer was noted") as refusal:
        inquiry.answer(waiting, **heard(rosa, **changes))
    assert [item.anchor for item in refusal.value.missing] == [anchor]


def test_who_answers_second_reads_what_the_first_one_said(waiting, rosa, tom, refused):
    inquiry.answer(waiting, **heard(tom, words="Call us tomorrow."))
    with refused(Stale, "Somebody answered this question") as refusal:
        inquiry.answer(waiting, **heard(rosa, words="No."))
    (change,) = refusal.value.difference
    assert (change.now, change.typed) == (f"Call us tomorrow. ({tom}, 19 Nov 15:16 UTC)", "No.")


def test_the_same_answer_sent_twice_is_noted_once(waiting, rosa):
    first = inquiry.answer(waiting, **heard(rosa))
    again = inquiry.answer(waiting, **heard(rosa))
    assert (again.answered_at, again.version) == (first.answered_at, 2)


def test_what_is_answered_is_not_answered_again(waiting, rosa, refused):
    inquiry.answer(waiting, **heard(rosa))
    with refused(WrongState, "This question is answered"):
        inquiry.answer(waiting, **heard(rosa, seen_version=2, words="Something else."))


def test_a_question_that_was_changed_meanwhile_is_read_again_first(waiting, rosa, refused):
    Inquiry.objects.filter(pk=waiting.pk).update(version=2)  # as taking words down does
    with refused(Stale, "was changed since"):
        inquiry.answer(waiting, **heard(rosa))


def test_an_answer_covers_nobody(waiting, rosa):
    one = row(waiting.plan.incident, "employees")
    inquiry.answer(inquiry.note(one, **asked(rosa)), **heard(rosa))
    found = {line.plan.pk: line for line in map_rows.lines(states.fresh(waiting.plan.incident), clock.now())}
    assert found[one.pk].standing == Standing.TO_TELL, "who asked knows now, and nobody else of the group"
    assert found[one.pk].covered.last is None


def test_the_ready_answer_is_that_of_the_incident_or_else_of_the_group(press, opened):
    assert inquiry.ready_answer(press) == press.ready_answer
    other = row(opened, "employees")
    other.group.ready_answer = "We are looking into it."
    assert inquiry.ready_answer(other) == "We are looking into it."


# Who is told while it waits


def steps(made: Inquiry) -> dict[str, tuple[str, object]]:
    return {one.step: (one.state, one.due_at) for one in Reminder.objects.filter(inquiry=made)}


def test_the_owner_is_reminded_at_half_time_and_when_it_is_due_and_then_the_commander(
    press, ada, tom, cleo, rosa, clock_at
):
    press = plan.decide(
        press, by=ada, seen_version=press.version, decision="if_asked", ready_answer="No.", answer_within=60, owner=tom
    )
    inquiry.note(press, **asked(rosa))
    for minutes in (29, 30, 59, 60, 69, 70, 90):
        clock_at(START + timedelta(minutes=minutes))
        sweep.sweep()
        sweep.sweep()
    subject = "a question that came in waits for an answer"
    assert [(mail.to_user, mail.subject) for mail in mails()] == [
        (tom, f"Due in 30 min: {subject}"),
        (tom, f"Due now: {subject}"),
        (cleo, f"10 min late: {subject}"),
    ]


def test_without_an_owner_it_is_the_communications_lead(waiting, ada, cleo, clock_at):
    for minutes in (120, 130):
        clock_at(START + timedelta(minutes=minutes))
        sweep.sweep()
    assert [mail.to_user for mail in mails()] == [ada, cleo]


def test_an_owner_who_may_no_longer_read_the_map_is_passed_over(press, ada, rosa, clock_at):
    from_before = factories.UserFactory.create(name="Old Hand", roles=[])
    StakeholderPlan.objects.filter(pk=press.pk).update(owner=from_before)
    inquiry.note(states.fresh(press), **asked(rosa))
    clock_at(START + timedelta(hours=2))
    sweep.sweep()
    assert [mail.to_user for mail in mails()] == [ada]


def test_a_mail_says_the_group_and_where_to_read_the_rest(waiting, clock_at):
    clock_at(START + timedelta(hours=2))
    sweep.sweep()
    (mail,) = mails()
    assert f"/desk/inquiries/{waiting.pk}/" in mail.text
    assert str(waiting.plan.group) in mail.text
    for part in (mail.text, mail.html, mail.subject):
        assert not any(word in part for word in (WHO, "Jonas", WHAT, "emptied", waiting.plan.ready_answer))
    assert str(waiting.plan.group) not in mail.subject, "a subject is a header, which is read on the way"


def test_an_answer_ends_the_alerts_and_takes_back_what_waits(waiting, rosa, clock_at):
    clock_at(START + timedelta(hours=1))
    sweep.sweep()
    inquiry.answer(waiting, **heard(rosa))
    clock_at(START + timedelta(hours=3))
    sweep.sweep()
    (mail,) = mails()
    assert mail.state == Outgoing.State.SUPERSEDED
    assert {state for state, _ in steps(waiting).values()} == {"done", "skipped"}


def test_a_question_noted_after_its_time_alerts_at_once(press, rosa, cleo, clock_at):
    late = inquiry.note(press, **asked(rosa, received_at=START - timedelta(hours=5)))
    assert steps(late) == {
        "half": ("skipped", START - timedelta(hours=4)),
        "due": ("pending", START),
        "due_commander": ("pending", START + timedelta(minutes=10)),
    }
    sweep.sweep()
    clock_at(START + timedelta(minutes=10))
    sweep.sweep()
    assert [mail.subject[:14] for mail in mails()] == ["3 h late: a qu", "3 h 10 min lat"]


def test_a_step_about_what_was_answered_meanwhile_tells_nobody(waiting, rosa, clock_at):
    inquiry.answer(waiting, **heard(rosa))
    Reminder.objects.filter(inquiry=waiting).update(state=Reminder.State.PENDING, settled_at=None)
    clock_at(START + timedelta(hours=3))
    sweep.sweep()
    assert not mails()
