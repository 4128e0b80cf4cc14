"""S06: whatever anybody tries in whatever order, nothing becomes public but by two people or a recorded exception."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as some

import clock
from accounts.models import LogEntry, Organisation, Role, RoleGrant, User
from incidents.models import Approval, EmergencyReview, RecordEntry, Statement, Submission
from incidents.operations import approval, review, schedule, statement, submission, verify
from incidents.operations.sweep import sweep
from refusals import Refused
from stakeholders import operations as outbox
from tests import states
from tests.conftest import START
from tests.incidents.words_desk import VERBS as ALL_VERBS
from tests.incidents.words_desk import Desk
from tests.incidents.words_desk import check as check_words
from tests.remembered import remembered
from tests.world import undone

pytestmark = [pytest.mark.check("S06"), pytest.mark.django_db]

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


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


# All words: of every kind of statement, of commitments, names and direct messages, and their way out again


@pytest.fixture
@remembered
def spoken(ready_to_speak: Any, group: Any, ada: User, ben: User, tom: User) -> Any:
    """Public, with a commitment of Tom’s, and one group was written to."""
    states.publish(ready_to_speak, "holding", writer=ada, approver=ben)
    states.promise(ready_to_speak, writer=ada, approver=ben, owner=tom, due_at=START + timedelta(days=3))
    states.send(states.write_to(group, ready_to_speak, by=ada), writer=ada, approver=ben)
    return states.fresh(ready_to_speak)


@pytest.fixture
@remembered
def recovered(spoken: Any, ada: User, ben: User, cleo: User, rosa: User, tom: User) -> Any:
    """All works again, and nobody has said so yet."""
    return states.recover(spoken, commander=cleo, reporter=rosa, confirmer=tom)


def walk(desk: Desk, path: str) -> list[bool]:
    """ "who verb, who verb": which of it happened. What is drawn on the way is the same every time."""
    steps = [step.split() for step in path.split(",")]
    return [desk.attempt(verb, actor, number) for number, (actor, verb) in enumerate(steps)]


STARTS = ("ready_to_speak", "spoken", "recovered")
A_ROUND = "ada {0}, ada submit, ben approve"
WAYS_FROM = {
    "ready_to_speak": {
        A_ROUND.format("begin_holding"): "second_person holding",
        "ada begin_warning, cleo release, ada submit, ben approve": "second_person warning",
        "ada begin_warning, cleo release, ada submit, cleo emergency": "emergency warning",
        "ada begin_holding, ada submit, ben schedule, vic let_time_pass": "second_person holding",
        "ada begin_holding, cleo take_over, cleo submit, ben approve": "second_person holding",
        "ada add_template, ada begin_holding, ada submit, ben approve": "second_person holding",
        "olga rename, ben approve": "second_person names",
        "olga add_component, ben approve": "second_person names",
        "cleo begin_holding, cleo submit, cleo emergency, ben review": "emergency holding",
        "ada begin_holding, ada submit, ada declare_solo, ben leave, cleo leave, ada alone": "solo holding",
    },
    "spoken": {
        A_ROUND.format("begin_update"): "second_person update",
        A_ROUND.format("begin_correction"): "second_person correction",
        A_ROUND.format("begin_message"): "second_person direct",
        "ada begin_update, ada draft_commitment, ada redraft_commitment, ada submit, ben approve": "second_person update",
        "tom change_commitment, ben approve": "second_person withdrawal",
        "olga let_days_pass, tom change_commitment, ben approve": "second_person explanation",
        "ada begin_update, ada submit, rosa become_commander, rosa take_over_command, rosa emergency": "emergency update",
    },
    "recovered": {
        A_ROUND.format("begin_resolution"): "second_person resolution",
        f"{A_ROUND.format('begin_resolution')}, tom confirm_cause, {A_ROUND.format('begin_post_mortem')}": (
            "second_person resolution, second_person post_mortem"
        ),
    },
}


@pytest.mark.parametrize("start", STARTS)
def test_all_kinds_of_words_have_a_way_out(
    request: pytest.FixtureRequest, cast: SimpleNamespace, clock_at: Callable[..., None], start: str
) -> None:
    """Each by its own way and nothing beside it: what went out before the walk is no proof that it leads anywhere."""
    incident = request.getfixturevalue(start)
    for path, ways in WAYS_FROM[start].items():
        with undone():
            clock_at(START)
            desk = Desk(incident, cast, clock_at)
            before = check_words(desk)

            assert all(walk(desk, path)), (path, desk.refusals)

            assert check_words(desk) - before == Counter(ways.split(", ")), path


@pytest.mark.parametrize("start", ["spoken"])
def test_words_are_taken_down_by_two(
    request: pytest.FixtureRequest, cast: SimpleNamespace, clock_at: Callable[..., None], start: str
) -> None:
    incident = request.getfixturevalue(start)
    for what in ("propose_redaction", "propose_redaction_of_message"):
        with undone():
            desk = Desk(incident, cast, clock_at)
            assert desk.attempt("rename_agent", "olga", 1)
            before = texts_that_stand()

            refused = walk(desk, f"ada {what}, ada confirm_redaction, ben confirm_redaction_blindly")
            assert refused == [True, False, False], desk.refusals
            assert texts_that_stand() == before

            assert walk(desk, "ben confirm_redaction") == [True], desk.refusals
            assert texts_that_stand() < before
            check_words(desk)


def texts_that_stand() -> set[tuple[int, str]]:
    """Of each approval the fields whose words were not taken down."""
    return {(given.pk, name) for given in Approval.objects.all() for name in given.texts()}


PEOPLE = ("ada", "ben", "cleo", "tom", "rosa", "olga", "vic")
KINDS = ("holding", "update", "warning", "correction", "resolution", "post_mortem", "message")


WAYS_OUT = ("approve", "approve", "approve", "emergency", "schedule", "alone")
BETWEEN = ("edit", "edit", "draft_commitment", "take_over", "release", "retract_fact", "rename_agent", "let_time_pass")
TOGETHER = (
    (("rename", "olga"), ("approve", "ben")),
    (("add_component", "olga"), ("approve", "olga"), ("approve", "cleo")),
    (("change_commitment", "tom"), ("approve", "ada")),
    (("change_commitment", "ada"), ("approve", "ada")),
    (("propose_redaction", "ada"), ("confirm_redaction", "cleo")),
    (("propose_redaction_of_message", "ada"), ("confirm_redaction", "ben")),
    (("report_done", "tom"), ("accept", "ben")),
    (("add_template", "ada"), ("begin", "cleo")),
    (("add_receiver", "ada"), ("approve", "ben")),
    (("discard", "cleo"), ("begin", "ada")),
)


def path_of(seed: int, length: int) -> list[tuple[str, str, int]]:
    """Steps as they come, and among them some in the order in which they lead somewhere, each by whoever it happens to be."""
    chance, path = Random(seed), []
    for _ in range(chance.randint(length // 2, length)):
        dice, kind = chance.randrange(1000), chance.random()
        if kind < 0.45:
            writer, other = chance.choice(("ada", "cleo")), chance.choice(("ada", "ben", "cleo"))
            steps = [(f"begin_{chance.choice(KINDS)}", writer), (chance.choice(BETWEEN), other), ("submit", writer)]
            steps.append((chance.choice(WAYS_OUT), other))
        elif kind < 0.75:
            steps = list(chance.choice(TOGETHER))
        else:
            steps = [(chance.choice([verb for verb in ALL_VERBS if verb != "leave"]), chance.choice(PEOPLE))]
        path += [(verb, actor, dice) for verb, actor in steps]
    return path + (alone(chance.choice(("holding", "update", "resolution"))) if chance.random() < 0.3 else [])


def alone(kind: str) -> list[tuple[str, str, int]]:
    """Last, since after it nobody else is there."""
    steps = [("discard", "ada"), ("declare_solo", "ada"), ("leave", "ben"), ("leave", "cleo")]
    steps += [(f"begin_{kind}", "ada"), ("submit", "ada"), ("alone", "ada")]
    return [(verb, actor, 7) for verb, actor in steps]


def try_to_let_out(desk: Desk, path: list[tuple[str, str, int]]) -> Counter[str]:
    for verb, actor, dice in path:
        desk.attempt(verb, actor, dice)
    return check_words(desk)


QUIETLY: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": [Phase.generate],
}


@pytest.mark.parametrize("start", STARTS)
def test_every_word_that_goes_out_was_shown_to_whoever_let_it_out(
    request: pytest.FixtureRequest, cast: SimpleNamespace, clock_at: Callable[..., None], start: str
) -> None:
    _search(request.getfixturevalue(start), cast, clock_at, settings(max_examples=8, **QUIETLY), 5)


@pytest.mark.nightly
@pytest.mark.parametrize("start", STARTS)
def test_every_word_that_goes_out_was_shown_by_night(
    request: pytest.FixtureRequest, cast: SimpleNamespace, clock_at: Callable[..., None], start: str,
    figures: Callable[..., None],
) -> None:  # fmt: skip
    more = settings(max_examples=60, print_blob=True, **QUIETLY)
    happened, ways = _search(request.getfixturevalue(start), cast, clock_at, more, 20)

    figures("S06", **{f"{start}_steps": happened.total(), f"{start}_let_out": ways.total(), f"{start}_ways": len(ways)})
    assert len(happened) > len(ALL_VERBS) / 2, sorted(set(ALL_VERBS) - set(happened))
    assert len(ways) > 5, ways


def _search(
    incident: Any, cast: SimpleNamespace, clock_at: Callable[..., None], how: settings, length: int
) -> tuple[Counter[str], Counter[str]]:
    happened: Counter[str] = Counter()
    ways: Counter[str] = Counter()

    @how
    @given(seed=some.integers(0, 2**32 - 1))
    def one(seed: int) -> None:
        path = path_of(seed, length)
        note(f"{path}")
        with undone():
            clock_at(START)
            desk = Desk(incident, cast, clock_at)
            ways.update(try_to_let_out(desk, path))
            happened.update(desk.happened)

    one()
    return happened, ways


# The books find what is wrong


def test_an_author_who_approves_is_found(
    ready_to_speak: Any, cast: SimpleNamespace, clock_at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(ready_to_speak, cast, clock_at)
    monkeypatch.setattr(approval, "can_approve", lambda _by, _submission: True)

    assert all(walk(desk, "ada begin_holding, cleo edit, cleo submit, ada approve")), desk.refusals

    with pytest.raises(AssertionError, match="by one of its authors"):
        check_words(desk)


def test_words_that_were_not_shown_are_found(
    ready_to_speak: Any, cast: SimpleNamespace, clock_at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(ready_to_speak, cast, clock_at)
    words = approval._words
    monkeypatch.setattr(approval, "_words", lambda asked: words(asked) | {"affected": f"Everybody, {desk.word()}."})

    assert all(walk(desk, "ada begin_holding, ada submit, ben approve")), desk.refusals

    with pytest.raises(AssertionError, match="what was not shown"):
        check_words(desk)


@pytest.mark.parametrize("address", ["nell@example.org", "somebody@example.net"])
def test_a_mail_that_nobody_approved_is_found(
    ready_to_speak: Any, group: Any, cast: SimpleNamespace, clock_at: Callable[..., None], address: str
) -> None:
    desk = Desk(ready_to_speak, cast, clock_at)
    assert all(walk(desk, "ada begin_message, ada submit")), desk.refusals
    check_words(desk)
    words: dict[str, Any] = {"subject": "About you", "text": desk.draft().headline, "reason": "You were named."}
    outbox.queue(key="astray", kind="direct", to=address, **words)

    with pytest.raises(AssertionError, match="mailed and approved by nobody"):
        check_words(desk)
