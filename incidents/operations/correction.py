"""What was said and is not so: which entries and direct messages owe a correction, and which ones a correction puts right.

A correction is a statement like every other, with its own approval. It stands beside the words it corrects, which stay
readable (R8): in the record as an entry, among those who got a direct message as another one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from incidents import wording
from incidents.models import Approval, Fact, RecordEntry, Statement
from incidents.models.approval import resting
from refusals import Missing
from stakeholders.models import StakeholderGroup


def why(said: Any) -> str:
    """Why a correction of it is owed, of something fetched with ``is_objected``."""
    return "whoever reviewed it objected" if said.is_objected else "a fact it rests on was wrong"


def owed(entries: Iterable[Any]) -> Iterator[Missing]:
    """What has to be corrected in public before all is said to be over, or no incident."""
    for one in entries:
        number = one.entry.number
        yield Missing(f"Correct entry {number} first: {why(one)}", "desk:correction_new", (number,))


def unreviewed(said: Iterable[Any]) -> Iterator[Missing]:
    """What one person published in an emergency and nobody has reviewed, which comes before all is said to be over.

    Of what was fetched with its ``review``. An objection after the end would have come too late for the reader.
    """
    for one in said:
        review = getattr(one, "review", None)
        if review and review.reviewed_at is None:
            sentence = f"Have entry {one.entry.number} reviewed first: one person published it in an emergency"
            yield Missing(sentence, "desk:review", (one.pk,))


def begins_at(entry: RecordEntry) -> str:
    """Why these words cannot be corrected, or nothing: only a publication has words to correct."""
    if entry.kind != RecordEntry.Kind.PUBLICATION:
        return f"Entry {entry.number} is no statement. Only published statements are corrected."
    return ""


class PutRight(NamedTuple):
    """What a correction puts right, oldest first, and the facts that were not so which it answers."""

    told: tuple[Any, ...] = ()
    facts: tuple[int, ...] = ()


def put_right_by(statement: Statement) -> PutRight:
    """The numbers of the entries that this correction puts right.

    The one it names, and every other publication that rests on the same facts as they were: what is wrong in one of them is
    wrong in all, and the public reads that it was corrected wherever it may have read it. Of the facts those that nothing
    has answered yet. Asks one question.
    """
    if statement.corrects is None:
        return PutRight()
    entries = RecordEntry.objects.publications().filter(incident=statement.incident_id)
    rows = resting(entries, "approval__", naming="corrects").values_list(
        "number", "approval__approved_at", "names", "fact", "untrue_since", "is_wrong"
    )
    return _put_right(statement.corrects.number, [Resting(*row) for row in rows])


class Resting(NamedTuple):
    """Something that was said, by number or key, when, what it names to correct, and one of the facts that it rests on.

    ``untrue_since``: since when the fact is not so, whether or not that makes this wrong. Without facts all three are empty.
    """

    said: int
    at: datetime
    names: int | None
    fact: int | None
    untrue_since: datetime | None
    is_wrong: bool | None


def _put_right(named: int, rows: Collection[Resting]) -> PutRight:
    """What ``named`` rests on and nothing has answered yet, and all that rests on it. As ``unanswered`` asks the database.

    Asked there, for one statement, PostgreSQL has to join it with all that was said for each row, and may do so in an order
    that takes minutes.
    """
    wrong: dict[int, list[Resting]] = {}
    for row in rows:
        if row.is_wrong and row.fact:
            wrong.setdefault(row.fact, []).append(row)
    corrections = {(row.names, row.at) for row in rows if row.names}
    facts = {
        fact
        for fact, said in wrong.items()
        if any(row.said == named for row in said) and not _is_answered(said, corrections)
    }
    told = {named, *(row.said for fact in facts for row in wrong[fact])}
    return PutRight(tuple(sorted(told)), tuple(sorted(facts)))


def _is_answered(said: Iterable[Resting], corrections: Iterable[tuple[int | None, datetime]]) -> bool:
    """Whether somebody was told of this fact: by a correction, since, of something that rests on the fact as it was."""
    as_it_was = {row.said: row.untrue_since for row in said if row.untrue_since and row.at <= row.untrue_since}
    return any(of in as_it_was and at >= as_it_was[of] for of, at in corrections)


def outstanding(fact: Fact, published_in: Iterable[int], approvals: Iterable[Approval]) -> list[int]:
    """Of the entries that rest on a fact which was not so, those that nothing has put right since.

    ``approvals`` are all of the incident, with their entries. Asks the database nothing.
    """
    since = fact.untrue_since
    if since is None:
        return []
    published = {one.entry.number: one for one in approvals}
    later = [one for one in published.values() if one.corrects and one.approved_at >= since]
    done = {number for one in later for number in (one.entry.number, *one.corrects)}
    return [number for number in published_in if number not in done and fact.makes_wrong(published[number].approved_at)]


# Who was told of a fact


def citing_entries(facts: Iterable[Fact]) -> dict[int, list[int]]:
    """Numbers of the published entries that rest on each of these facts, by the fact's key. One query."""
    through = "approval__submission__statement__citations__fact"
    rows = RecordEntry.objects.filter(**{f"{through}__in": [fact.pk for fact in facts]}).order_by("number")
    found: dict[int, list[int]] = {}
    for number, pk in rows.values_list("number", through):
        found.setdefault(pk, []).append(number)
    return found


def citing_messages(fact: Fact) -> list[Approval]:
    """The direct messages that rest on this fact, oldest first, each with the group that got it. One query."""
    sent = Approval.objects.messages().filter(submission__statement__citations__fact=fact)
    return list(sent.select_related("submission__statement__group"))


def citing(fact: Fact) -> tuple[list[int], list[Approval]]:
    """Who was told: the numbers of the entries that rest on this fact, and the direct messages. Two queries."""
    return citing_entries([fact]).get(fact.pk, []), citing_messages(fact)


def told_in(entries: list[int], messages: Iterable[Approval]) -> str:
    """ "published in entry 12 and sent to Key customers". Nothing where nobody was told."""
    said = []
    if entries:
        said.append(f"published in {'entry' if len(entries) == 1 else 'entries'} {', '.join(map(str, entries))}")
    if groups := list(dict.fromkeys(str(group_of(message)) for message in messages)):
        said.append(f"sent to {wording.listed(groups, 'and')}")
    return " and ".join(said)


def correction_owed(entries: list[int], messages: Iterable[Approval] = ()) -> str:
    """ "Published in entry 12 and sent to Key customers, a correction is owed." Nothing where nobody was told."""
    told = told_in(entries, messages)
    return f"{told[0].upper()}{told[1:]}, a correction is owed." if told else ""


def objected_to(approvals: Iterable[Approval]) -> list[int]:
    """The entries that their reviewers objected to and that no correction named since, oldest first.

    As ``models.approval.objected`` asks it, of all that was published about one incident. Asks the database nothing.
    """
    published = list(approvals)
    named = [(_statement(one).corrects_id, one.approved_at) for one in published]
    found = []
    for one in published:
        review = getattr(one, "review", None)
        if review and review.is_objection:
            number, since = one.entry.number, review.reviewed_at
            if not any(of == number and at >= since for of, at in named):
                found.append(number)
    return found


# Direct messages


def messages_put_right_by(statement: Statement) -> PutRight:
    """The message that it names, and every other to the same group that rests on the same facts. Asks one question.

    Of the facts those that nothing has answered yet: whoever was written to about the others is not written to again.
    """
    named = statement.corrects_message
    if named is None:
        return PutRight()
    sent = Approval.objects.to_the_same_group(statement.incident_id, statement.group_id)
    rows: list[Any] = list(resting(sent, "", naming="corrects_message"))
    of_facts = (Resting(row.pk, row.approved_at, row.names, row.fact, row.untrue_since, row.is_wrong) for row in rows)
    found = _put_right(named.pk, list(of_facts))
    messages = {row.pk: row for row in (*rows, named) if row.pk in found.told}
    return found._replace(told=tuple(sorted(messages.values(), key=lambda one: (one.approved_at, one.pk))))


def outstanding_messages(fact: Fact, sent_in: Collection[int], messages: Iterable[Approval]) -> list[Approval]:
    """Of the direct messages that rest on a fact which was not so, those whose group was not told since.

    ``messages`` are all of the incident, ``sent_in`` the keys of those that rest on the fact. Asks the database nothing.
    """
    since = fact.untrue_since
    if since is None:
        return []
    sent = {one.pk: one for one in messages}
    wrong = [sent[pk] for pk in sent_in if fact.makes_wrong(sent[pk].approved_at)]
    named = {one.pk for one in wrong}
    told = {
        group_of(one)
        for one in sent.values()
        if one.approved_at >= since and _statement(one).corrects_message_id in named
    }
    return [one for one in wrong if group_of(one) not in told]


def corrected_by(message: Approval) -> Approval | None:
    """The last message that put this one right, if any. One query."""
    later = Approval.objects.messages().filter(
        incident=message.incident_id, submission__statement__corrects_message__isnull=False
    )
    named = [one for one in later.select_related("submission") if message.pk in named_in(one.submission.content)]
    return named[-1] if named else None


def named_in(content: Mapping[str, Any]) -> list[int]:
    """The keys of the messages that a dossier corrects, oldest first."""
    return [one["id"] for one in content.get("corrects_messages") or ()]


class Awaited(NamedTuple):
    """The submissions that wait for approval, by what they put right once they are approved: entries and direct messages.

    ``named``: by the entry that they name. What its reviewer objected to is settled by nothing else.
    """

    entries: dict[int, int]
    named: dict[int, int]
    messages: dict[int, int]

    def of_entry(self, number: int, *, is_objected: bool) -> int | None:
        return (self.named if is_objected else self.entries).get(number)


def awaited(waiting: Iterable[tuple[int, int | None, Mapping[str, Any]]]) -> Awaited:
    """Of each submission that waits its key, the entry that its statement names, and what its dossier says it puts right."""
    found = Awaited({}, {}, {})
    for pk, named, content in waiting:
        found.entries.update(dict.fromkeys(content.get("corrects") or (), pk))
        found.messages.update(dict.fromkeys(named_in(content), pk))
        if named:
            found.named[named] = pk
    return found


def group_of(message: Approval) -> StakeholderGroup:
    """Whom a direct message went to."""
    group = _statement(message).group
    assert group is not None  # noqa: S101 - the database holds it to that
    return group


def _statement(message: Approval) -> Statement:
    statement = message.submission.statement
    assert statement is not None  # noqa: S101 - as above
    return statement
