"""A list of contacts, imported in two steps: first what would happen, row by row, then exactly that or nothing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction

import clock
from accounts import chain, log
from accounts.models import User
from refusals import Change, Incomplete, Missing, Stale, require
from stakeholders import contact_fields, lists
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations.contacts import Action, locked

MOST_NAMED = 20  # rows that a refusal quotes as changed; the rest is counted


class Verdict(StrEnum):
    """What happens to a row. One letter each, so that a page carries what was shown of thousands of rows."""

    NEW = "n"
    THERE = "t"
    REPEATED = "r"
    BROKEN = "b"

    @property
    def said(self) -> str:
        return _SAID[self]


_SAID = {
    Verdict.NEW: "will be added",
    Verdict.THERE: "in the group already",
    Verdict.REPEATED: "repeated in the list",
    Verdict.BROKEN: "cannot be added",
}


@dataclass(frozen=True)
class Row:
    line: int
    verdict: Verdict
    values: dict[str, Any]
    why: tuple[str, ...] = ()  # what is wrong with it, or where it stands first

    @property
    def who(self) -> str:
        reached = self.values["address"] or self.values["reach"]
        return (
            f"{self.values['name']} <{reached}>" if self.values["name"] and reached else self.values["name"] or reached
        )


@dataclass(frozen=True)
class Preflight:
    """What importing this text into this group would do now."""

    text: str
    table: lists.Table
    rows: tuple[Row, ...]
    digest: str

    @property
    def verdicts(self) -> str:
        return "".join(row.verdict.value for row in self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each verdict, by its name in lower case."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict.name.lower(): found[verdict] for verdict in Verdict}

    @property
    def separated_by(self) -> str:
        return lists.SEPARATORS[self.table.separator]


def look_through(group: StakeholderGroup, text: str) -> Preflight:
    """Changes nothing. Raises ``Incomplete`` for what cannot be read as a list at all."""
    text = lists.plain(text)
    table = lists.read(text)
    digest = chain.digest({"group": group.pk, "text": text})
    return Preflight(text, table, tuple(_judged(group, table)), digest)


@transaction.atomic
def carry_out(
    group: StakeholderGroup, text: str, *, by: User, seen_digest: str, seen_verdicts: str, leave_out: bool = False
) -> int:
    """How many were added: every row that was shown as new. All or nothing, with one entry of the log.

    ``seen_digest`` and ``seen_verdicts`` are those of the ``Preflight`` that the person read. Raises ``Stale`` when the text is
    another one or when the group has changed so that a row would fare differently, and ``Incomplete`` when there are broken
    rows and nobody chose to leave them out.
    """
    group = locked(group, by=by)
    found = look_through(group, text)
    same = found.digest == seen_digest and len(seen_verdicts) == len(found.rows) and set(seen_verdicts) <= set(Verdict)
    require(same, Stale("This is another list than the one that was looked through. Read what it would do now."))
    sentence = "The group changed since the list was looked through. Read what it would do now."
    require(found.verdicts == seen_verdicts, Stale(sentence, _difference(found, seen_verdicts)))
    broken, new = found.counts["broken"], [row for row in found.rows if row.verdict is Verdict.NEW]
    said = f"Correct {_rows(broken)} that cannot be added, or choose to leave {'it' if broken == 1 else 'them'} out"
    place = [Missing(said, anchor="id_leave_out")]
    require(leave_out or not broken, Incomplete("Nobody was added.", place))
    require(new, Incomplete("Nobody was added.", [Missing("There is nobody new in this list", anchor=lists.FIELD)]))
    now = clock.now()
    Contact.objects.bulk_create(
        [Contact(group=group, added_by=by, added_at=now, **row.values) for row in new], batch_size=500
    )
    log.write(Action.CONTACTS_IMPORTED, by=by, about=group, number=len(new), left_out=broken)
    return len(new)


def _judged(group: StakeholderGroup, table: lists.Table) -> Iterator[Row]:
    there = {contact_fields.key_of(one) for one in group.contacts.current()}
    first: dict[tuple[str, ...], int] = {}
    for record in table.records:
        values, problems = contact_fields.read(record.cells)
        why = [f"Line {record.line}, column {name}: {sentence}" for name, sentence in problems]
        if record.surplus:
            why.append(f"Line {record.line}: there are more cells than columns; a separator stands inside a cell")
        key = contact_fields.key(values)
        if why:
            yield Row(record.line, Verdict.BROKEN, values, tuple(why))
        elif key in there:
            yield Row(record.line, Verdict.THERE, values)
        elif key in first:
            yield Row(record.line, Verdict.REPEATED, values, (f"Stands on line {first[key]} already",))
        else:
            first[key] = record.line
            yield Row(record.line, Verdict.NEW, values)


def _rows(number: int) -> str:
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def _difference(found: Preflight, seen: str) -> Iterator[Change]:
    other = [(row, Verdict(was)) for row, was in zip(found.rows, seen, strict=True) if row.verdict != was]
    for row, was in other[:MOST_NAMED]:
        yield Change(f"Line {row.line}: {row.who[:120]}", was.said, row.verdict.said)
    if len(other) > MOST_NAMED:
        yield Change(f"{len(other) - MOST_NAMED:,} further lines", "as shown then", "as shown below")
