"""Where words stand that are to be taken down, in the database: each row with the paths of its texts that go.

Three kinds of places. The entry itself and all that led to it: the versions, what was submitted, and what people wrote about
those words, since it quotes them. Whatever else of the incident says the same, word for word. And the emails. What stands in
another entry of the record is left alone: it is chosen by name, or stays.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Q

from accounts import chain
from accounts.models.kept import label
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    EmergencyReview,
    Evidence,
    Fact,
    Handover,
    Incident,
    MastheadChange,
    Override,
    RecordEntry,
    Redaction,
    RoleHeld,
    Statement,
    StatementVersion,
    Submission,
    TimelineEntry,
    TriageEntry,
)
from stakeholders.models import Outgoing

LONG = 12  # characters from which on words are looked for within others; shorter ones have to stand there alone
BODY = ("acknowledgement", "body", "investigating")  # the parts of the message
PROMISE = "We will post the next update here by "  # a paragraph that the clock makes, the same in many messages
LETTERS = ("approval_requested", "approval_returned", "review_due")
OF_COMMITMENT = ("text", "public_owner", "verification")

# Columns of free text by model, with the way to the incident, and what such a row is called on the page.
CELLS: tuple[tuple[type[models.Model], str, tuple[str, ...], str], ...] = (
    (Statement, "incident", ("headline", *BODY, "affected", "what_to_do", "disclosure_note"), "a statement"),
    (StatementVersion, "statement__incident", ("content",), "a saved version"),
    (Submission, "statement__incident", ("content", "comment"), "what was submitted"),
    (Submission, "change__commitment__incident", ("content", "comment"), "what was submitted"),
    (Override, "statement__incident", ("found", "reason"), "a finding that was let stand"),
    (EmergencyReview, "approval__incident", ("finding",), "a review"),
    (Commitment, "incident", (*OF_COMMITMENT, "disowned_reason"), "a commitment"),
    (CommitmentChange, "commitment__incident", ("new_text", "public_reason"), "a change of a commitment"),
    (Evidence, "commitment__incident", ("text", "refusal_reason"), "a report of completion"),
    (Fact, "incident", ("text", "source", "confirmation_source", "retraction_reason"), "a fact"),
    (ContainmentAction, "incident", ("text", "reason", "ends_when"), "containment"),
    (TimelineEntry, "incident", ("text",), "a line of the timeline"),
    (TriageEntry, "incident", ("note", "reason"), "the first hour"),
    (Handover, "incident", ("briefing",), "a handover"),
    (RoleHeld, "incident", ("take_over_reason",), "a take-over"),
    (Incident, "pk", ("title", "restart_point", "dismissal_reason"), "the incident"),
)


@dataclass(frozen=True)
class Place:
    """A row, the paths of its texts that go, and what it is called. ``whole``: each goes whole, not only the words."""

    row: models.Model
    paths: tuple[str, ...]
    called: str
    whole: bool = True

    @property
    def name(self) -> str:
        return label(self.row)


@dataclass(frozen=True)
class Taken:
    """One entry and what of it goes: texts by field."""

    entry: RecordEntry
    texts: dict[str, str]

    @cached_property
    def approval(self) -> Approval:
        approval = self.entry.approval
        assert approval is not None  # noqa: S101 - only entries with words can be chosen
        return approval


class Words:
    """The texts that go, for finding them again: white space does not count, since mails break their lines anew."""

    def __init__(self, taken: Iterable[Taken]) -> None:
        self.texts = [text for one in taken for field, whole in one.texts.items() for text in _parts(field, whole)]
        self._alone = {flat(text) for text in self.texts}
        self._within = {text for text in self._alone if len(text) >= LONG}

    def stand_in(self, text: str) -> bool:
        said = flat(text)
        return said in self._alone or any(words in said for words in self._within)

    def without(self, text: str) -> str:
        """The text with the notice in the place of the words, or only the notice where they cannot be cut out."""
        left = text
        for words in sorted(self.texts, key=len, reverse=True):
            left = left.replace(words, chain.TAKEN_DOWN) if len(words) >= LONG else left
        return chain.TAKEN_DOWN if self.stand_in(left) or len(left) > len(text) else left


def flat(text: str) -> str:
    return " ".join(text.split())


def _parts(field: str, text: str) -> list[str]:
    """A message also by its paragraphs: the draft holds them one by one."""
    paragraphs = text.split("\n\n") if field == "body" else []
    return [text, *(one for one in paragraphs if len(one) >= LONG and not one.startswith(PROMISE))]


def taken(redaction: Redaction) -> list[Taken]:
    """What was chosen, with the texts as they stand. What has gone meanwhile is left out."""
    entries = RecordEntry.objects.in_bulk(redaction.numbers)
    approvals = Approval.objects.in_bulk([entry.approval_id for entry in entries.values()])
    found = []
    for one in redaction.chosen:
        entry = entries[one["entry"]]
        entry.approval = approvals[entry.approval_id]
        words = entry.approval.texts()
        found.append(Taken(entry, {field: words[field] for field in one["fields"] if field in words}))
    return found


def places(redaction: Redaction) -> list[Place]:
    """Every row of which texts go, those that led to the entries first, each row once."""
    gone = taken(redaction)
    words = Words(gone)
    found: dict[str, Place] = {}
    for place in (*_led_to_them(gone, words), *_elsewhere(redaction, gone, words)):
        known = found.get(place.name)
        paths = tuple(sorted({*place.paths, *(known.paths if known else ())}))
        found[place.name] = Place(place.row, paths, (known or place).called, whole=(known or place).whole)
    return list(found.values())


def seen(redaction: Redaction, found: Iterable[Place]) -> str:
    """Stands for all that a person saw before they took it down. Made of no text."""
    said = [redaction.pk, redaction.reason, redaction.chosen, [[place.name, list(place.paths)] for place in found]]
    return chain.digest(said)


# What led to the entries


def _led_to_them(gone: Iterable[Taken], words: Words) -> Iterator[Place]:
    for one in gone:
        yield _approval(one)
        asked, fields = one.approval.submission, set(one.texts)
        if asked.statement:
            yield from _statement(asked.statement, fields, words)
        elif asked.change:
            yield from _change(asked.change, fields, words)
        elif asked.masthead:
            yield from _masthead(asked.masthead, fields, words)


def _approval(one: Taken) -> Place:
    """The reason of an emergency is about these words, so it goes with them, and so does the page made of the message."""
    fields = {*one.texts, *(["body_html"] if "body" in one.texts else []), *(["reason"] if one.approval.reason else [])}
    fields -= one.approval.taken_down().keys()
    return Place(one.approval, tuple(sorted(fields)), "the published words")


def _statement(statement: Statement, fields: set[str], words: Words) -> Iterator[Place]:
    columns = {part for field in fields for part in (BODY if field == "body" else (field,))}
    own = [
        name for name in ("headline", *BODY, "affected", "what_to_do") if name in columns and getattr(statement, name)
    ]
    yield from _place(statement, own, "the statement")
    for version in statement.versions.all():
        yield from _place(version, _content(version.content, columns, fields, words), "a saved version")
    for asked in statement.submissions.all():
        yield from _asked(asked, columns, fields, words)
    for stands in statement.overrides.all():
        both = [name for name in ("found", "reason") if getattr(stands, name)]
        yield from _place(stands, both, "a finding that was let stand")
    for review in EmergencyReview.objects.filter(approval__submission__statement=statement).exclude(finding=""):
        yield from _place(review, ["finding"], "a review")
    for made in statement.commitments.all():
        mine = [name for name in OF_COMMITMENT if f"commitment.{made.public_id}.{name}" in fields]
        yield from _place(made, [name for name in mine if words.stand_in(getattr(made, name))], f"{made}")


def _change(change: CommitmentChange, fields: set[str], words: Words) -> Iterator[Place]:
    yield from _place(change, [name for name in ("new_text", "public_reason") if name in fields], "the change")
    for asked in change.submissions.all():
        yield from _asked(asked, fields, fields, words)
    if "new_text" in fields and words.stand_in(change.commitment.text):
        yield from _place(change.commitment, ["text"], f"{change.commitment}")


def _masthead(change: MastheadChange, fields: set[str], words: Words) -> Iterator[Place]:
    yield from _place(change, _said_again(change.content, "content", words), "the change of names")
    for asked in change.submissions.all():
        yield from _asked(asked, set(), fields, words)


def _asked(asked: Submission, columns: set[str], fields: set[str], words: Words) -> Iterator[Place]:
    """What was submitted, and the comment with which it came back."""
    paths = _content(asked.content, columns, fields, words)
    yield from _place(asked, [*paths, *(["comment"] if asked.comment else [])], "what was submitted")


def _content(content: dict[str, Any], columns: set[str], fields: set[str], words: Words) -> list[str]:
    """The paths of a version or a dossier at which the chosen fields stand, or the same words somewhere else in it."""
    found = [f"content/{name}" for name in columns if isinstance(content.get(name), str) and content[name]]
    for place, made in enumerate(content.get("commitments", ())):
        found += [
            f"content/commitments/{place}/{name}"
            for name in OF_COMMITMENT
            if f"commitment.{made['id']}.{name}" in fields
        ]
    for place in range(len(content.get("let_stand", ()))):
        found += [f"content/let_stand/{place}/{name}" for name in ("found", "reason")]
    return sorted({*found, *_said_again(content, "content", words)})


def _said_again(value: Any, column: str, words: Words) -> list[str]:
    return [path for path, text in chain.texts_in(value, column) if words.stand_in(text)]


def _place(row: models.Model, paths: Collection[str], called: str) -> Iterator[Place]:
    if paths:
        yield Place(row, tuple(paths), called)


# Elsewhere


def _elsewhere(redaction: Redaction, gone: list[Taken], words: Words) -> Iterator[Place]:
    """Whatever else of the incident says it word for word, except what led to entries that were not chosen."""
    ours = [one.approval.submission_id for one in gone]
    others = Approval.objects.exclude(submission__in=ours).filter(incident=redaction.incident_id)
    published = set(others.values_list("submission__statement", flat=True)) - {None}
    if redaction.incident_id is None:
        return
    for model, way, columns, called in CELLS:
        for row in model._default_manager.filter(**{way: redaction.incident_id}):
            if _statement_of(row) in published:
                continue
            paths = [path for name in columns for path in _said_again(getattr(row, name), name, words)]
            if paths:
                yield Place(row, tuple(paths), called, whole=False)
    for approval in Approval.objects.filter(incident=redaction.incident_id).exclude(reason=""):
        if "reason" not in approval.taken_down() and words.stand_in(approval.reason):
            yield Place(approval, ("reason",), "the reason of an emergency")


def _statement_of(row: Any) -> int | None:
    return row.pk if isinstance(row, Statement) else getattr(row, "statement_id", None)


# The record


def said_elsewhere(entry: RecordEntry) -> list[Taken]:
    """Other entries of the record in which a text of this one stands too, as it is: to be chosen with it, or looked at."""
    if entry.approval is None:
        return []
    texts = set(entry.approval.texts().values())
    columns = ("headline", "body", "affected", "what_to_do", "new_text", "public_reason")
    same = Q(*[Q(**{f"approval__{name}__in": texts}) for name in columns], _connector=Q.OR)
    if entry.kind == RecordEntry.Kind.MASTHEAD:
        same |= Q(kind=entry.kind)
    made = {f"approval__submission__statement__commitments__{name}__in": texts for name in ("text",)}
    found = RecordEntry.objects.filter(same | Q(**made)).exclude(pk=entry.pk).select_related("approval").distinct()
    again = []
    for other in found.order_by("number"):
        words = other.approval.texts() if other.approval else {}
        if mine := {field: text for field, text in words.items() if text in texts}:
            again.append(Taken(other, mine))
    return again


# Emails


def letters(redaction: Redaction, gone: list[Taken]) -> list[int]:
    """The keys of the messages that quote them: those about any statement of the incident, whose words they compare; those
    about a commitment whose words go; and whatever says them."""
    keys, words = _keys(redaction, gone), Words(gone)
    rows = Outgoing.objects.order_by("pk").values_list("pk", "key", "subject", "text")
    return [
        pk
        for pk, key, subject, text in rows.iterator()
        if key.startswith(keys) or words.stand_in(text) or words.stand_in(subject)
    ]


def _keys(redaction: Redaction, gone: list[Taken]) -> tuple[str, ...]:
    own = Q(approval__in=[one.approval.pk for one in gone])
    asked = Submission.objects.filter(own | Q(statement__incident=redaction.incident_id, statement__isnull=False))
    found = [f"{kind}:{pk}:" for pk in asked.values_list("pk", flat=True) for kind in LETTERS]
    for one in gone:
        names = {field.split(".")[1] for field in one.texts if field.startswith("commitment.")}
        made = Commitment.objects.filter(Q(public_id__in=names) | Q(entries=one.entry)).distinct()
        for commitment in made:
            found += [f"commitment:{commitment.pk}:"]
            found += [f"verify:{pk}:" for pk in commitment.evidence.values_list("pk", flat=True)]
    return tuple(found)
