"""Every column of free text that words may have been copied to, and reading them: all that a redaction looks through.

A test holds the list complete: a column of text stands here, or has a reason why no words are copied to it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models
from django.db.models import F, IntegerField, Q, TextField, Value
from django.db.models.functions import Cast

from accounts import chain
from incidents.models import (
    Approval,
    Citation,
    ClockNote,
    ClockStart,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Fact,
    FactChange,
    Handover,
    Incident,
    Inquiry,
    MastheadChange,
    Override,
    PlanNote,
    PlanQuestion,
    Redaction,
    ReportingClock,
    ReturnComment,
    RoleHeld,
    ScheduledPublication,
    StakeholderPlan,
    StartMove,
    Statement,
    StatementTemplate,
    StatementVersion,
    Submission,
    Telling,
    TimelineEntry,
    TriageEntry,
)
from incidents.operations.taken import Words
from stakeholders.models import GroupDefault, StakeholderGroup

JSON = ("content", "sentences")
QUOTING = ("sentences", "rests", "findings")  # in a path: sentences of the words, each by itself
OF_COMMITMENT = ("text", "public_owner", "verification")
OF_GROUP = ("needs", "relationship", "channel", "tone", "timing", "ready_answer")


class Cells(NamedTuple):
    """Columns of free text of one model: the way to the subject, the statement or change that a row belongs to, its name.

    The subject is an incident, or what stands beside all incidents: a change of names, a template, a group.
    """

    model: type[models.Model]
    way: str
    of: str
    columns: tuple[str, ...]
    called: str
    subject: str = "incident"


CELLS = (
    Cells(Statement, "incident", "pk", (*Statement.PUBLIC_TEXTS, "disclosure_note"), "a statement"),
    Cells(Citation, "statement__incident", "statement", ("sentences",), "what a fact was named for"),
    Cells(
        ReturnComment, "submission__statement__incident", "submission__statement", ("text",), "a comment of an approver"
    ),
    Cells(ScheduledPublication, "submission__statement__incident", "submission__statement", ("reason",), "a schedule"),
    Cells(StatementVersion, "statement__incident", "statement", ("content",), "a saved version"),
    Cells(Submission, "statement__incident", "statement", ("content", "comment"), "what was submitted"),
    Cells(Override, "statement__incident", "statement", ("found", "reason"), "a finding that was let stand"),
    Cells(EmergencyReview, "approval__incident", "approval__submission__statement", ("finding",), "a review"),
    Cells(Commitment, "incident", "statement", (*OF_COMMITMENT, "disowned_reason", "public_id"), "a commitment"),
    Cells(CommitmentChange, "commitment__incident", "pk", ("new_text", "public_reason"), "a change of a commitment"),
    Cells(Submission, "change__commitment__incident", "change", ("content", "comment"), "what was submitted"),
    Cells(Approval, "incident", "submission__statement", ("reason",), "the reason of an emergency"),
    Cells(Evidence, "commitment__incident", "commitment", ("text", "refusal_reason"), "a report of completion"),
    Cells(Fact, "incident", "", ("text", "source", "confirmation_source", "retraction_reason"), "a fact"),
    Cells(FactChange, "fact__incident", "", ("said",), "what a fact said before"),
    Cells(ContainmentAction, "incident", "", ("text", "reason", "ends_when"), "containment"),
    Cells(TimelineEntry, "incident", "", ("text",), "a line of the timeline"),
    Cells(TriageEntry, "incident", "", ("note", "reason"), "the first hour"),
    Cells(Handover, "incident", "", ("briefing",), "a handover"),
    Cells(RoleHeld, "incident", "", ("take_over_reason",), "a take-over"),
    Cells(StakeholderPlan, "incident", "", ("reason", "ready_answer"), "what was decided for a group"),
    Cells(PlanQuestion, "plan__incident", "", ("text",), "a question of a group"),
    Cells(PlanNote, "plan__incident", "", ("words",), "what was decided for a group"),
    Cells(Telling, "plan__incident", "", ("whom", "what", "evidence"), "what a group was told by hand"),
    Cells(ReportingClock, "incident", "", ("reason", "held_ground", "reference"), "a legal clock"),
    Cells(ClockNote, "clock__incident", "", ("words",), "what was said of a legal clock"),
    Cells(ClockStart, "incident", "", ("evidence", "reason"), "when a legal clock started"),
    Cells(StartMove, "incident", "", ("evidence", "reason"), "a later start of a legal clock"),
    Cells(Inquiry, "plan__incident", "", ("asked_by", "question", "answer"), "a question that came in"),
    Cells(Redaction, "incident", "", ("note",), "the reason of another proposal"),
    Cells(Incident, "pk", "", ("title", "restart_point", "dismissal_reason"), "the incident"),
)
OF_NAMES = (
    Cells(MastheadChange, "pk", "pk", ("content",), "the change of names", "names"),
    Cells(Submission, "masthead", "masthead", ("content", "comment"), "what was submitted", "names"),
)
OF_TEMPLATES = (Cells(StatementTemplate, "pk", "", StatementTemplate.TEXTS, "a template", "template"),)
OF_GROUPS = (
    Cells(StakeholderGroup, "pk", "", OF_GROUP, "what is kept for a group", "group"),
    Cells(GroupDefault, "group", "", ("note",), "what is proposed for a group", "group"),
)
EVERY = (*CELLS, *OF_NAMES, *OF_TEMPLATES, *OF_GROUPS)
OF_STATEMENT = (
    Statement,
    StatementVersion,
    Submission,
    Citation,
    ReturnComment,
    ScheduledPublication,
    Override,
    EmergencyReview,
)


@dataclass(frozen=True)
class Row:
    """One row with its texts by column, as they were found. ``about`` is the key of its subject."""

    cells: Cells
    pk: int
    of: int | None
    about: int
    texts: dict[str, str]

    @property
    def kind(self) -> str:
        """What it belongs to."""
        if self.cells.of == "change" or self.cells.model is CommitmentChange:
            return "change"
        if self.cells in OF_NAMES:
            return "masthead"
        return "statement" if self.cells.model in (*OF_STATEMENT, Commitment) else ""

    def value(self, column: str) -> Any:
        """A text, or a JSON value with texts in it."""
        return json.loads(self.texts[column]) if column in JSON else self.texts[column]

    def saying(self, words: Words) -> Iterator[str]:
        """The paths of its texts in which some of the words stand."""
        for column in self.texts:
            for path, text in chain.texts_in(self.value(column), column):
                if words.stand_in(text) or (quotes(path) and words.hold(text)):
                    yield path


def joined(found: Iterable[Row]) -> list[Row]:
    """Rows with all their texts, of rows with one text each, in the order of `EVERY`."""
    rows: dict[tuple[int, int], Row] = {}
    for row in found:
        rows.setdefault((EVERY.index(row.cells), row.pk), row).texts.update(row.texts)
    return [rows[key] for key in sorted(rows)]


def one_by_one(asked: Iterable[tuple[Cells, Q]]) -> Iterator[Row]:
    """The rows that are asked for with one text each, as the database gives them, in one question."""
    parts = [_texts(cells, which, column) for cells, which in asked for column in cells.columns]
    if parts:
        for place, pk, column, of, about, text in parts[0].union(*parts[1:], all=True).iterator():
            yield Row(EVERY[place], pk, of, about, {column: text or ""})


def quotes(path: str) -> bool:
    return not set(QUOTING).isdisjoint(path.split("/"))


def _texts(cells: Cells, which: Q, column: str) -> models.QuerySet[Any, Any]:
    held = cells.model._base_manager.filter(which).order_by()
    given = {
        "place_": Value(EVERY.index(cells), IntegerField()),
        "column_": Value(column, TextField()),
        "of_": Cast(F(cells.of) if cells.of else Value(None), IntegerField()),
        "about_": Cast(F(cells.way), IntegerField()),
        "said_": Cast(column, TextField()),
    }
    texts: models.QuerySet[Any, Any] = held.annotate(**given).values_list(
        "place_", "pk", "column_", "of_", "about_", "said_"
    )
    return texts
