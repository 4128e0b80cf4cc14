"""S06: whatever anybody tries in whatever order, nothing becomes public but by two people or a recorded exception."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import clock
from accounts.models import LogEntry, Organisation, Role, RoleGrant, User
from incidents.models import Approval, EmergencyReview, RecordEntry, Statement, Submission
from incidents.operations import approval, review, schedule, statement, submission, verify
from incidents.operations.sweep import sweep
from refusals import Refused
from tests import states
from tests.conftest import START

pytestmark = pytest.mark.check("S06")

ACTORS = ("ada", "ben", "cleo", "tom", "vic", "olga")


class Room:
    """Everything that somebody at the desk can try with the statements of one incident. A refusal is an answer too."""

    def __init__(self, incident, cast) -> None:
        self.incident, self.cast = incident, cast

    def draft(self):
        return self.incident.statements.unpublished().first()

    def asked(self):
        return Submission.objects.order_by("-pk").first()

    def begin(self, by):
        spoken = self.incident.statements.filter(state="published").exists()
        states.write(self.incident, "update" if spoken else "holding", by=by)

    def edit(self, by):
        draft = self.draft()
        statement.edit(draft, by=by, seen_version=draft.version, headline=f"Of {by.name}, version {draft.version}")

    def submit(self, by):
        states.submit(self.draft(), by=by)

    def discard(self, by):
        statement.discard(self.draft(), by=by)

    def take_back(self, by):
        submission.take_back(self.asked(), by=by)

    def send_back(self, by):
        submission.send_back(self.asked(), by=by, reason="No.")

    def approve(self, by):
        approval.approve(self.asked(), by=by, seen_digest=self.asked().digest)

    def approve_blindly(self, by):
        approval.approve(self.asked(), by=by, seen_digest="0" * 64)

    def emergency(self, by):
        approval.approve_in_emergency(self.asked(), by=by, seen_digest=self.asked().digest, reason="It cannot wait.")

    def emergency_without_a_word(self, by):
        approval.approve_in_emergency(self.asked(), by=by, seen_digest=self.asked().digest, reason=" ")

    def alone(self, by):
        approval.approve_alone(self.asked(), by=by, seen_digest=self.asked().digest)

    def schedule(self, by):
        at = clock.now() + timedelta(minutes=2)
        schedule.consent(self.asked(), by=by, seen_digest=self.asked().digest, publish_at=at)

    def cancel(self, by):
        schedule.cancel(self.asked(), by=by)

    def let_time_pass(self, _by):
        """Whoever does it: the clock takes what is due."""
        with clock.fixed_at(clock.now() + timedelta(minutes=3)):
            sweep()

    def review(self, by):
        if newest := Approval.objects.order_by("-pk").first():
            review.review(newest, by=by, verdict="approves")

    def declare_solo(self, by):
        Organisation.objects.update(solo_declared_by=by, solo_declared_at=START, solo_effective_at=START)

    def become_approver(self, by):
        """The author asks for the role that approves (A28): a role makes nobody a second person."""
        RoleGrant.objects.get_or_create(user=by, role=Role.APPROVER)

    def administer(self, by):
        RoleGrant.objects.get_or_create(user=by, role=Role.ADMINISTRATOR)

    def leave(self, by):
        User.objects.filter(pk=by.pk).update(is_active=False)


VERBS = [name for name in vars(Room) if not name.startswith("_") and name not in ("draft", "asked")]
steps = some.lists(some.tuples(some.sampled_from(VERBS), some.sampled_from(ACTORS)), min_size=4, max_size=14)
likely = some.sampled_from(["begin", "submit", "approve", "emergency", "alone", "edit", "schedule", "let_time_pass"])
busy = some.lists(some.tuples(likely, some.sampled_from(("ada", "ben", "cleo"))), min_size=6, max_size=14)


def try_all(room, path) -> None:
    for verb, actor in path:
        person = User.objects.get(pk=getattr(room.cast, actor).pk)
        try:
            with transaction.atomic():
                getattr(room, verb)(person)
        except (Refused, AttributeError):  # nothing there to act upon, or no
            continue


def crossed_two_people_or_an_exception(published: Approval) -> str:
    """By which way it went out. Fails if it went out by none of them."""
    by, writers = published.approved_by_id, set(writers_of(published))
    if published.basis == Approval.Basis.SECOND_PERSON:
        assert by not in writers
        return "two people"
    if published.basis == Approval.Basis.EMERGENCY:
        assert published.reason
        assert published.incident.commander.pk == by
        assert EmergencyReview.objects.filter(approval=published).exists()
        assert log_has(published, "approval.approved_in_emergency")
        return "emergency"
    assert published.basis == Approval.Basis.SOLO
    assert Organisation.objects.get().solo_declared_by_id
    assert log_has(published, "approval.approved_solo")
    return "solo"


def writers_of(published: Approval):
    return published.submission.statement.versions.values_list("saved_by", flat=True)


def log_has(about, action) -> bool:
    return LogEntry.objects.filter(action=action, object_id=about.pk).exists()


def check(room) -> Counter:
    ways: Counter = Counter()
    for entry in RecordEntry.objects.publications().select_related("approval"):
        assert entry.approval
        ways[crossed_two_people_or_an_exception(entry.approval)] += 1
        assert entry.body["basis"] == entry.approval.basis
        assert entry.approval.body == entry.approval.submission.content["body"]
        assert entry.approval.submission.statement.version == entry.approval.submission.version
    assert Statement.objects.filter(state="published").count() == sum(ways.values())
    assert verify.first_fault() == ""
    return ways


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=some.one_of(busy, steps))
def test_every_path_to_the_public_crosses_two_people_or_a_recorded_exception(ready_to_speak, cast, path):
    with transaction.atomic():
        room = Room(ready_to_speak, cast)
        try_all(room, path)
        check(room)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ([("begin", "ada"), ("submit", "ada"), ("approve", "ben")], "two people"),
        ([("begin", "cleo"), ("submit", "cleo"), ("approve", "ada")], "two people"),
        ([("begin", "ada"), ("submit", "ada"), ("schedule", "ben"), ("let_time_pass", "vic")], "two people"),
        ([("begin", "cleo"), ("submit", "cleo"), ("emergency", "cleo")], "emergency"),
        (
            [
                ("begin", "ada"),
                ("submit", "ada"),
                ("declare_solo", "ada"),
                ("leave", "ben"),
                ("leave", "cleo"),
                ("alone", "ada"),
            ],
            "solo",
        ),
    ],
)
def test_the_ways_that_exist_are_walked(ready_to_speak, cast, path, way):
    room = Room(ready_to_speak, cast)
    try_all(room, path)
    assert check(room) == {way: 1}


@pytest.mark.parametrize(
    "path",
    [
        [("begin", "ada"), ("submit", "ada"), ("approve", "ada")],
        [("begin", "ada"), ("edit", "cleo"), ("submit", "ada"), ("approve", "cleo")],
        [("begin", "ada"), ("submit", "ada"), ("edit", "ada"), ("approve", "ben")],
        [("begin", "ada"), ("submit", "ada"), ("approve_blindly", "ben")],
        [("begin", "ada"), ("submit", "ada"), ("approve", "olga")],
        [("begin", "ada"), ("submit", "ada"), ("become_approver", "ada"), ("approve", "ada")],
        [("begin", "ada"), ("administer", "ada"), ("submit", "ada"), ("become_approver", "ada"), ("approve", "ada")],
        [("begin", "ada"), ("edit", "cleo"), ("submit", "cleo"), ("become_approver", "ada"), ("approve", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("administer", "olga"), ("emergency", "olga"), ("alone", "olga")],
        [("begin", "ada"), ("submit", "ada"), ("emergency", "ada")],
        [("begin", "cleo"), ("submit", "cleo"), ("emergency_without_a_word", "cleo")],
        [("begin", "ada"), ("submit", "ada"), ("alone", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("declare_solo", "ada"), ("alone", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("send_back", "ben"), ("approve", "ben")],
        [("begin", "ada"), ("submit", "ada"), ("leave", "ben"), ("approve", "ben")],
        [("begin", "ada"), ("submit", "ada"), ("schedule", "ada"), ("let_time_pass", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("schedule", "ben"), ("leave", "ben"), ("let_time_pass", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("schedule", "ben"), ("edit", "ada"), ("let_time_pass", "ada")],
        [("begin", "ada"), ("submit", "ada"), ("schedule", "ben"), ("cancel", "ada"), ("let_time_pass", "ada")],
    ],
)
def test_the_ways_that_do_not_exist_lead_nowhere(ready_to_speak, cast, path):
    room = Room(ready_to_speak, cast)
    try_all(room, path)
    assert not RecordEntry.objects.exists()
