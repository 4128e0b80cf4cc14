"""The first hour of an incident: nineteen steps with a due minute, counted from detection (R73, R78, R114).

Thirteen of them tick themselves. Whether such a step is done is read from the record each time it is shown, never stored: it
cannot be forgotten, and it opens again by itself when the fact is retracted or the stop did not hold. When it was done,
and by whom, is what the log says. The other six are ticked by a person, because nothing here can see whether an executive
was told. Reopening an incident begins no second first hour: minute 0 stays the detection, and what was done stays done,
except what the record no longer shows.

A pure function of what is known. To change the protocol, change `STEPS`: incidents keep the due minutes that they were
declared with. A step that is dropped stays in `STEPS` for the incidents that have it, with `due=None`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accounts.models import User
from incidents.models import (
    Approval,
    ContainmentAction,
    Fact,
    FailureMode,
    Incident,
    RoleHeld,
    TriageEntry,
)
from incidents.witnesses import REACH, first_answers, first_numbers, first_that_held, read_in_a_log

LENGTH = timedelta(minutes=60)

Stamp = tuple[datetime, User]


@dataclass(frozen=True)
class Known:
    """What the record says about one incident. `stamps` is when, and by whom, by the keys of `stamp_key`."""

    incident: Incident
    facts: Sequence[Fact] = ()
    actions: Sequence[ContainmentAction] = ()
    first: Approval | None = None  # of the first publication, with its entry and, after an emergency, its review
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    groups: Stamp | None = None  # when, and by whom, the last group was decided for, if none is left
    clocks: Stamp | None = None  # the same of who says whether each legal clock applies, and since when we knew

    def stamp(self, key: str, otherwise: Stamp) -> Stamp:
        return self.stamps.get(key, otherwise)


@dataclass(frozen=True)
class Seen:
    """The record shows that a step is done: when, by whom, and as what. Or that it is not needed; then nobody did it."""

    words: str
    at: datetime | None = None
    by: User | None = None
    is_needed: bool = True


@dataclass(frozen=True)
class Step:
    """One line of the protocol. `watch` reads the record; without it, and where `by_hand` says so, a person ticks it.

    `place` is where the work is done: the name of an address below `desk:`, and the part of that page.
    """

    key: str
    due: int | None
    name: str
    what: str
    fill_in: tuple[str, ...]
    watch: Callable[[Known], Seen | None] | None = None
    by_hand: Callable[[Incident], bool] = lambda _incident: False
    place: tuple[str, str] = ("incident", "")
    alters: bool = False  # the system, or comes just before it is altered (R114)


def stamp_key(about: str, key: object) -> str:
    """One key for what the log stamps: "field:category", "seat:communications_lead", "fact:12", "containment:4"."""
    return f"{about}:{key}"


# What the record shows


def _commander(known: Known) -> Seen | None:
    """Whoever declares commands at once, so the first hour always has one; the seat is never empty."""
    holder = known.incident.commander
    if holder is None:
        return None
    return Seen(f"{holder} commands", known.incident.declared_at, known.incident.declared_by)


def _history(known: Known) -> Seen | None:
    """A fact about what the agent did, from a log or record: somebody has read it."""
    fact = read_in_a_log(known.facts)
    return _reported(known, fact) if fact else None


def _stop(known: Known) -> Seen | None:
    """In force, or ended as it was meant to, or ruled out by the commander. What did not hold does not count."""
    held = first_that_held(known.actions)
    if held and held.done_at:
        at, by = known.stamp(stamp_key("containment", held.pk), (held.done_at, held.decider))
        return Seen(f"{held.get_scope_display()}: {held.text}", at, by)
    since = known.incident.reopened_at
    for action in known.actions:
        ruled_out = action.state == ContainmentAction.State.NOT_POSSIBLE
        if ruled_out and action.settled_at and (not since or action.settled_at >= since):
            return Seen("Nothing can be stopped", action.settled_at, action.decider)
    return None


def _voice(known: Known) -> Seen | None:
    holder = known.incident.communications_lead
    if holder is None:
        return None
    declared = (known.incident.declared_at, known.incident.declared_by)
    at, by = known.stamp(stamp_key("seat", RoleHeld.Role.COMMUNICATIONS_LEAD), declared)
    return Seen(f"{holder} drafts", at, by)


def _mode(known: Known) -> Seen | None:
    """A silent failure has steps that only a person can see, so that one is ticked by hand."""
    if known.incident.failure_mode != FailureMode.VISIBLE:
        return None
    return _answered(known, "Visible", "failure_mode")


def _category(known: Known) -> Seen | None:
    incident = known.incident
    if not incident.category:
        return None
    return _answered(known, f"{incident.get_category_display()}, {incident.get_urgency_display().lower()}", "category")


def _questions(known: Known) -> Seen | None:
    """Each of the four has a standing fact; that something is not known yet is an answer too."""
    reported = [_reported(known, fact) for fact in first_answers(known.facts)]
    if len(reported) < len(Fact.Question):
        return None
    last = max(reported, key=lambda seen: seen.at or known.incident.detected_at)
    return Seen("Each has an answer with a source", last.at, last.by)


def _reach(known: Known) -> Seen | None:
    """The four numbers are facts, each with how sure one is; that one is not known yet is an answer too (R51)."""
    found = first_numbers(known.facts)
    if len(found) < len(REACH):
        return None
    last = max((_reported(known, fact) for fact in found), key=lambda seen: seen.at or known.incident.detected_at)
    return Seen("Each of the four is on record", last.at, last.by)


def _public(known: Known) -> Seen | None:
    incident = known.incident
    asked = (incident.is_visible, incident.draws_attention, incident.needs_answer)
    if None in asked or (incident.is_public and not incident.scenario):
        return None
    fields = ("is_visible", "draws_attention", "needs_answer", *(["scenario"] if incident.is_public else []))
    return _answered(known, "Public" if incident.is_public else "Internal", *fields)


def _approved(known: Known) -> Seen | None:
    """By another person. One that was published in an emergency counts once a second person has looked at it."""
    if known.first is None:
        return _unspoken(known)
    approval = known.first
    if approval.basis == Approval.Basis.EMERGENCY:
        review = getattr(approval, "review", None)
        if review is None or not review.reviewed_at:
            return None
        return Seen("Published in an emergency, reviewed since", review.reviewed_at, review.reviewed_by)
    alone = approval.basis == Approval.Basis.SOLO
    words = "By one person, who works alone" if alone else "By a second person"
    return Seen(words, approval.approved_at, approval.approved_by)


def _published(known: Known) -> Seen | None:
    if known.first is None:
        return _unspoken(known)
    return Seen(f"Entry {known.first.entry.number}", known.first.approved_at, known.first.approved_by)


def _groups(known: Known) -> Seen | None:
    """A decision for every group of the map. What the map does not know, such as who has no group, a person ticks."""
    if known.groups is None:
        return _unspoken(known)
    return Seen("Each group is decided for", *known.groups)


def _clocks(known: Known) -> Seen | None:
    """Since when we knew is recorded, and each clock has somebody who says whether it applies. Without clocks a person ticks."""
    return Seen("Each has a person, and we know since when", *known.clocks) if known.clocks else None


def _unspoken(known: Known) -> Seen | None:
    """An internal incident has no public words. It is decided by the three questions, and opens again with them."""
    is_internal = _public(known) is not None and not known.incident.is_public
    return Seen("Not needed: the incident is internal", is_needed=False) if is_internal else None


def _answered(known: Known, words: str, *names: str) -> Seen:
    """When the last of these details was first given."""
    declared = (known.incident.declared_at, known.incident.declared_by)
    at, by = max((known.stamp(stamp_key("field", name), declared) for name in names), key=lambda stamp: stamp[0])
    return Seen(words, at, by)


def _reported(known: Known, fact: Fact) -> Seen:
    at, by = known.stamp(stamp_key("fact", fact.pk), (fact.reported_at, fact.reported_by))
    return Seen(f"Fact {fact.pk}", at, by)


# The protocol


def _a_person(_incident: Incident) -> bool:
    return True


def _when_silent(incident: Incident) -> bool:
    return incident.failure_mode == FailureMode.SILENT


STEPS = (
    Step("decision", 1, "Pre-made decision taken",
         "Open the pre-made decision for this failure. Take it, or replace it.",
         ("decision", "by", "at"), by_hand=_a_person),
    Step("commander", 2, "Commander named",
         "Name the incident commander, and say it aloud.",
         ("commander", "deputy"), _commander, place=("incident", "#seats")),
    Step("history", 3, "Run history read",
         "Read the run history: what started it, when, how often. Report it as a fact, with the log as its source.",
         ("trigger", "first run", "runs"), _history, place=("fact_new", "?question=agent_did")),
    Step("stop", 4, "Narrowest thing stopped",
         "Is it still running? Stop the narrowest thing that stops it.",
         ("run, tool, process, agent or all", "stopped at", "ends when", "look again at"), _stop,
         place=("containment_new", "")),
    Step("voice", 5, "Somebody drafts the holding line",
         "Name who drafts the holding line: the communications lead.",
         ("communications lead",), _voice, place=("incident", "#seats")),
    Step("evidence", 8, "Evidence kept before any change",
         "Preserve evidence before anything is changed: logs, prompt, configuration, memory, inputs, versions of model "
         "and tools.",
         ("where", "by", "hold needed?"), by_hand=_a_person, alters=True),
    Step("mode", 10, "Visible or silent",
         "Visible or silent? If silent: freeze what uses its output, find the last good output, list the decisions made "
         "on bad output.",
         ("mode", "last good output", "who uses it"), _mode, _when_silent, ("describe", "#id_failure_mode_0")),
    Step("category", 12, "Category and urgency",
         "Category and playbook; how urgent it is.",
         ("category", "urgency", "decider"), _category, place=("describe", "#id_category")),
    Step("reach", 15, "First blast radius",
         "First blast radius: executions, distinct people, repeats, strays, each with how sure you are.",
         ("executions", "people", "repeats", "strays", "as of"), _reach, _a_person,
         ("fact_new", "?measure=executions")),
    Step("checkpoint", 15, "Checkpoint",
         "The last checkpoint: clean, incomplete or unchecked, and the step to restart from.",
         ("clean", "incomplete", "unchecked", "restart step"), by_hand=_a_person),
    Step("questions", 20, "Four questions, each with a source",
         "What the agent did, what people experienced, in what circumstances, and the state now, each with its source.",
         ("four facts",), _questions, place=("incident", "#facts")),
    Step("public", 20, "Public or internal",
         "Public? Visible or complaints; wider attention; needs an answer. How it became public.",
         ("yes or no, three times", "how it became public"), _public, place=("describe", "#public")),
    Step("clocks", 25, "Legal clocks: who decides each",
         "Legal clocks: when did we become aware, and who decides about each clock?",
         ("aware at", "assessor"), _clocks, _a_person, ("clocks", "")),
    Step("stakeholders", 30, "A decision for every group",
         "Stakeholders: a decision for every group, also the decision to say nothing.",
         ("all decided",), _groups, place=("map", "")),
    Step("executives", 30, "Executives informed",
         "A situation report to executives, five lines.",
         ("sent at", "to"), by_hand=_a_person),
    Step("approved", 35, "First message approved",
         "First message: checked, and approved by somebody else.",
         ("approver", "asked at", "approved at"), _approved, place=("incident", "#statements")),
    Step("published", 40, "Employees told, then published",
         "Tell employees, then publish with the time of the next update, or say here why not.",
         ("employees told at", "published at", "next update at"), _published, place=("incident", "#statements")),
    Step("recovery", 50, "Recovery plan before restart",
         "Recovery plan: what must be fixed before restart.",
         ("action", "owner"), by_hand=_a_person, alters=True),
    Step("stocktake", 60, "Stock-take",
         "Stock-take: is the urgency right? Staffing and hand-over? What do we still assume? When is the next one?",
         ("urgency", "hand-over to", "we assume", "next stock-take at"), by_hand=_a_person),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}


# What a page shows


@dataclass(frozen=True)
class Line:
    """One step of one incident as it stands at `now`. `at` and `by` are of whatever settled it, if anything has."""

    entry: TriageEntry
    step: Step
    due_at: datetime
    now: datetime
    seen: Seen | None
    may_tick_by_hand: bool

    @property
    def state(self) -> str:
        """ "seen" by the record, "ticked" or "left_out" by a person, "not_needed" by the record, else "open"."""
        if self.seen and self.seen.is_needed:
            return "seen"
        if self.entry.done_at:
            return "ticked"
        if self.entry.left_out_at:
            return "left_out"
        return "not_needed" if self.seen else "open"

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def at(self) -> datetime | None:
        if self.state == "seen" and self.seen:
            return self.seen.at
        return self.entry.done_at or self.entry.left_out_at

    @property
    def by(self) -> User | None:
        if self.state == "seen" and self.seen:
            return self.seen.by
        return self.entry.done_by or self.entry.left_out_by

    @property
    def words(self) -> str:
        """What the record shows, or what the person noted."""
        if self.state in ("seen", "not_needed") and self.seen:
            return self.seen.words
        return self.entry.note or self.entry.reason

    @property
    def is_over(self) -> bool:
        """Open, and its minute has passed."""
        return self.is_open and self.now >= self.due_at + timedelta(minutes=1)

    @property
    def late(self) -> timedelta | None:
        """By how much it was done after its minute had passed."""
        if self.state not in ("seen", "ticked") or not self.at:
            return None
        after = self.at - self.due_at
        return after if after >= timedelta(minutes=1) else None


@dataclass(frozen=True)
class FirstHour:
    """All steps of one incident, in their order."""

    lines: Sequence[Line]
    ends_at: datetime
    now: datetime

    @property
    def open(self) -> list[Line]:
        return [line for line in self.lines if line.is_open]

    @property
    def settled(self) -> list[Line]:
        return [line for line in self.lines if not line.is_open]

    @property
    def next(self) -> Line | None:
        return next(iter(self.open), None)

    @property
    def is_over(self) -> bool:
        return self.now >= self.ends_at

    def line(self, entry: TriageEntry) -> Line:
        return next(line for line in self.lines if line.entry == entry)


def first_hour(entries: Iterable[TriageEntry], known: Known, now: datetime) -> FirstHour:
    """The protocol of one incident as it stands. A step whose text is no longer known is left away."""
    lines = [_line(entry, known, now) for entry in entries if entry.step in BY_KEY]
    return FirstHour(lines, known.incident.detected_at + LENGTH, now)


def _line(entry: TriageEntry, known: Known, now: datetime) -> Line:
    step = BY_KEY[entry.step]
    due_at = known.incident.detected_at + timedelta(minutes=entry.due_minute)
    seen = step.watch(known) if step.watch else None
    return Line(entry, step, due_at, now, seen, step.by_hand(known.incident))
