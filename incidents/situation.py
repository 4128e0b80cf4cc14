"""How an incident stands: all that the choice of the next step depends on, whoever reads it."""

from dataclasses import dataclass, field
from datetime import datetime

from incidents.models import Incident, Statement
from incidents.models.statement import ORDINARY

NAMES = {
    Statement.Kind.HOLDING: "holding statement",
    Statement.Kind.WARNING: "safety warning",
    Statement.Kind.UPDATE: "update",
    Statement.Kind.CORRECTION: "correction",
    Statement.Kind.RESOLUTION: "resolution",
    Statement.Kind.POST_MORTEM: "post-mortem",
    Statement.Kind.DIRECT: "direct message",
}


@dataclass(frozen=True)
class Words:
    """A statement that is written: a draft, or one that waits for approval since `asked_at`, or, approved, for its time.

    `corrects` is the entry that it names to correct, `about` what tells it from others of its kind. `lacks_state_now`: what is
    approved for a time comes back, unless somebody says how it stands now.
    """

    pk: int
    kind: str
    about: str = ""
    corrects: int | None = None
    submission: int | None = None
    asked_at: datetime | None = None
    scheduled_at: datetime | None = None
    lacks_state_now: bool = False

    @property
    def name(self) -> str:
        return f"{NAMES[Statement.Kind(self.kind)]}{self.about}"

    @property
    def called(self) -> str:
        """The name for a button, which is read aloud when it changes: without the name that somebody gave to a group."""
        return NAMES[Statement.Kind.DIRECT] if self.kind == Statement.Kind.DIRECT else self.name

    @property
    def urgency(self) -> tuple[bool, bool]:
        """People are warned first, and what is wrong is put right at once (R119, R8)."""
        return self.kind != Statement.Kind.WARNING, self.kind != Statement.Kind.CORRECTION


@dataclass(frozen=True)
class Situation:
    """All that the choice depends on. `may` holds the verbs open to the reader; counts and times are as of `now`.

    `owes_corrections_of` are the entries for which no correction waits for approval yet, `objected` those that owe one because
    whoever reviewed them objected; `owes_message` is a direct message for which none waits either, and who got it. `written`
    comes in the order in which it was begun.
    """

    incident: int
    state: str
    now: datetime
    is_public: bool = False
    may: frozenset[str] = frozenset()
    untriaged: int = 0
    offered_command: int | None = None
    answered: frozenset[str] = frozenset()
    facts_to_confirm: int = 0
    state_is_known: bool = False
    containment_in_force: bool = False
    containment_review_at: datetime | None = None
    planned_containment: int | None = None
    containment_ruled_out: bool = False
    is_published: bool = False
    is_resolved_in_public: bool = False
    has_post_mortem: bool = False
    owes_update: bool = False
    owes_review_of: int | None = None
    review_due_at: datetime | None = None
    has_reviewer: bool = True
    owes_corrections_of: tuple[int, ...] = ()
    objected: frozenset[int] = frozenset()
    owes_message: tuple[int, str] | None = None
    written: tuple[Words, ...] = ()
    promise_due_at: datetime | None = None
    news: int = 0
    hour_step: str = ""
    hour_due_at: datetime | None = None
    empty_seats: tuple[tuple[str, str], ...] = field(default=())
    undecided: int = 0  # groups of the stakeholder map
    forgotten: int = 0
    late_answers: int = 0
    duty: tuple[int, str, datetime] | None = None  # the legal clock that is due first, its rule, and when
    clocks_to_assess: int = 0

    @property
    def too_late(self) -> list[Words]:
        """Warnings that were begun before it recovered: nothing more becomes of them (R119)."""
        over = self.state == Incident.State.RECOVERED
        return [one for one in self.written if over and one.kind == Statement.Kind.WARNING]

    @property
    def drafts(self) -> list[Words]:
        drafts = [one for one in self.written if not one.submission and one not in self.too_late]
        return sorted(drafts, key=lambda one: one.urgency)

    @property
    def waiting(self) -> list[Words]:
        """For approval, the most urgent first, then what has waited longest."""
        asked = [one for one in self.written if one.submission and not one.scheduled_at and one not in self.too_late]
        return sorted(asked, key=lambda one: (*one.urgency, one.asked_at or self.now))

    @property
    def turn(self) -> Words | None:
        """What is told in its turn, and is written: there is one at most."""
        return next((one for one in self.written if one.kind in ORDINARY), None)

    @property
    def turn_waits(self) -> bool:
        return self.turn is not None and self.turn.submission is not None

    @property
    def public_waits(self) -> bool:
        """Whatever of this goes out first tells the public something, and answers what was promised."""
        return any(one.submission and one.kind != Statement.Kind.DIRECT for one in self.written)
