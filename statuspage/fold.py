"""How the record comes from its entries: one after the other, each kind in a method of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from statuspage import correction
from statuspage.entries import STRETCH
from statuspage.record import (
    TAKEN_DOWN,
    Amendment,
    Commitment,
    Component,
    Entry,
    Names,
    Notice,
    Promise,
    Publication,
    PublicIncident,
    PublicRecord,
    Remark,
)


class BrokenChain(ValueError):
    """The entries do not continue the record: another database, or one restored from an older copy."""


def extend(record: PublicRecord, entries: Iterable[Entry]) -> PublicRecord:
    """The record with further entries. Costs what the new entries cost, whatever came before. Raises BrokenChain."""
    fold = _Fold(record)
    for entry in entries:
        fold.take(entry)
    return fold.result()


def of_chosen(entries: Iterable[Entry]) -> PublicRecord:
    """A record of some entries only, in their order: for a preview of one page. It stands in no chain."""
    fold = _Fold(PublicRecord())
    for entry in entries:
        fold.add(entry)
    return fold.result()


def moment(text: str | None) -> datetime | None:
    """A time as it stands in an entry's body."""
    return datetime.fromisoformat(text) if text else None


def _needed(text: str) -> datetime:
    return datetime.fromisoformat(text)


class _Fold:
    """The record while entries are added to it. One method for each kind of entry."""

    def __init__(self, record: PublicRecord) -> None:
        self.record = record
        self.number, self.hash, self.latest_at = record.number, record.hash, record.latest_at
        self.names = record.names
        self.incidents = dict(record.incidents)
        self.commitments = dict(record.commitments)
        self.touched = dict(record.touched)
        self.corrected = dict(record.corrected)
        self.unsettled = set(record.unsettled)
        self.redacted_in = record.redacted_in
        self.entries = record.entries
        self.fresh: list[Entry] = []

    def take(self, entry: Entry) -> None:
        if entry.number != self.number + 1 or entry.previous != self.hash:
            raise BrokenChain(f"entry {entry.number} does not follow entry {self.number}")
        self.add(entry)

    def add(self, entry: Entry) -> None:
        getattr(self, f"_{entry.kind}")(entry)
        self._touch(entry)
        self.fresh.append(entry)
        if len(self.fresh) == STRETCH:  # a long record is packed while it is read, so that it is never there unpacked
            self.entries, self.fresh = self.entries.extended(self.fresh), []
        self.number, self.hash, self.latest_at = entry.number, entry.hash, entry.at

    def result(self) -> PublicRecord:
        if self.number == self.record.number:
            return self.record
        return PublicRecord(
            number=self.number,
            hash=self.hash,
            latest_at=self.latest_at,
            names=self.names,
            entries=self.entries.extended(self.fresh),
            incidents=MappingProxyType(self.incidents),
            commitments=MappingProxyType(self.commitments),
            touched=MappingProxyType(self.touched),
            corrected=MappingProxyType(self.corrected),
            unsettled=frozenset(self.unsettled),
            redacted_in=self.redacted_in,
        )

    def _touch(self, entry: Entry) -> None:
        id_ = entry.body.get("incident")
        if not id_:
            return
        incident = self.incidents[id_]
        still_open = frozenset(one for one in incident.commitments if self.commitments[one].waits_for_the_clock)
        self.incidents[id_] = replace(incident, last_number=entry.number, last_at=entry.at, open_commitments=still_open)
        self.touched.pop(id_, None)
        self.touched[id_] = None
        (self.unsettled.discard if self.incidents[id_].is_settled else self.unsettled.add)(id_)

    # Names

    def _masthead(self, entry: Entry) -> None:
        words = {name.removeprefix("masthead."): text for name, text in entry.words.items()}
        known = {one.id: one.since for one in self.names.components}
        components = tuple(
            Component(
                id=one["id"],
                name=words.get(f"component.{one['id']}.name", ""),
                description=words.get(f"component.{one['id']}.description", ""),
                position=one.get("position", 0),
                since=known.get(one["id"], entry.at),
            )
            for one in sorted(entry.body.get("components", ()), key=lambda one: (one.get("position", 0), one["id"]))
        )
        self.names = Names(
            number=entry.number,
            name=words.get("organisation.name", ""),
            place=words.get("organisation.place", ""),
            contact=words.get("organisation.contact", ""),
            zone=entry.body.get("organisation", {}).get("zone") or "UTC",
            components=components,
        )

    # Incidents

    def _publication(self, entry: Entry) -> None:
        id_ = entry.body["incident"]
        before = self.incidents.get(id_) or PublicIncident(id=id_, publications=())
        publication = _published(entry, before.latest.components if before.publications else {})
        promises = list(before.promises)
        if promises and promises[-1].answered_at is None:
            promises[-1] = replace(promises[-1], answered_in=entry.number, answered_at=entry.at)
        if publication.next_update_at:
            promises.append(Promise(made_in=entry.number, made_at=entry.at, due_at=publication.next_update_at))
        for number in publication.corrects:
            self.corrected[number] = (*self.corrected.get(number, ()), entry.number)
        for made in entry.body.get("commitments", ()):
            self.commitments[made["id"]] = _committed(made, entry)
        self.incidents[id_] = replace(
            before,
            publications=(*_corrected(before.publications, publication), publication),
            promises=tuple(promises),
            commitments=(*before.commitments, *publication.commitments),
        )

    def _reviewed(self, entry: Entry) -> None:
        incident = self.incidents[entry.body["incident"]]
        publications = tuple(
            replace(one, reviewed_in=entry.number, reviewed_at=entry.at) if one.number == entry.body["entry"] else one
            for one in incident.publications
        )
        self.incidents[incident.id] = replace(incident, publications=publications)

    def _promise_missed(self, entry: Entry) -> None:
        incident = self.incidents[entry.body["incident"]]
        promises = tuple(
            replace(one, missed_in=entry.number) if one.made_in == entry.body["entry"] else one
            for one in incident.promises
        )
        self.incidents[incident.id] = replace(incident, promises=promises)

    # Commitments

    def _change(self, entry: Entry, **fields: Any) -> None:
        id_ = entry.body["commitment"]
        self.commitments[id_] = replace(self.commitments[id_], **fields)

    def _reported_done(self, entry: Entry) -> None:
        self._change(entry, reported_at=entry.at, reported_in=entry.number)

    def _report_refused(self, entry: Entry) -> None:
        self._change(entry, reported_at=None, reported_in=None)

    def _kept(self, entry: Entry) -> None:
        self._change(
            entry,
            settled=entry.kind,
            settled_in=entry.number,
            settled_at=entry.at,
            done_at=moment(entry.body.get("done_at")),
            settled_basis=entry.body.get("basis", ""),
            reported_at=None,
            reported_in=None,
        )

    _kept_late = _kept

    def _missed(self, entry: Entry) -> None:
        self._change(entry, missed_in=entry.number, missed_at=entry.at)

    def _amendment(self, entry: Entry) -> None:
        now = self.commitments[entry.body["commitment"]]
        text = _said(entry, "new_text") or now.text
        due_at = moment(entry.body.get("new_due_at")) or now.due_at
        amendment = Amendment(
            number=entry.number,
            at=entry.at,
            old_text=now.text,
            old_due_at=now.due_at,
            new_text=text,
            new_due_at=due_at,
            reason=_said(entry, "public_reason"),
            basis=entry.body.get("basis", ""),
        )
        self._change(entry, text=text, due_at=due_at, amendments=(*now.amendments, amendment))

    def _withdrawal(self, entry: Entry) -> None:
        self._change(entry, settled="withdrawn", settled_in=entry.number, settled_at=entry.at, withdrawn=_remark(entry))

    def _explanation(self, entry: Entry) -> None:
        now = self.commitments[entry.body["commitment"]]
        self._change(entry, explanations=(*now.explanations, _remark(entry)))

    # Words taken down

    def _redaction(self, entry: Entry) -> None:
        """The words are gone from the entries already; this says when and why."""
        self.redacted_in = entry.number
        for one in entry.body["entries"]:
            notice = Notice(
                number=entry.number,
                at=entry.at,
                reason=entry.body["reason"],
                basis=entry.body["basis"],
                fields=tuple(one["fields"]),
                leads=one == entry.body["entries"][0],
            )
            self._notice(entry.body.get("incident"), one["entry"], notice)

    def _notice(self, id_: str | None, number: int, notice: Notice) -> None:
        """At the publication itself, and at the commitments whose words they were."""
        if id_ is None:
            return
        incident = self.incidents[id_]
        publications = tuple(
            replace(one, notices=(*one.notices, notice)) if one.number == number else one
            for one in incident.publications
        )
        self.incidents[id_] = replace(incident, publications=publications)
        for made in (self.commitments[one] for one in incident.commitments):
            words = {field for field in notice.fields if field.startswith(f"commitment.{made.id}.")}
            changed = {one.number for one in (*made.amendments, *made.explanations, made.withdrawn) if one}
            if words or number in changed:
                self.commitments[made.id] = replace(made, notices=(*made.notices, notice))


def _said(entry: Entry, field: str) -> str:
    """A text of an entry; the notice where it has a digest only, because the text was taken down."""
    gone = field in entry.body.get("texts", {}) and field not in entry.words
    return TAKEN_DOWN if gone else entry.words.get(field, "")


def _published(entry: Entry, said_before: Mapping[str, str]) -> Publication:
    """A component that an update does not name stays what it was said to be: silence is not an all-clear."""
    body, words = entry.body, entry.words
    return Publication(
        number=entry.number,
        at=entry.at,
        kind=body["statement"],
        status=body["status"],
        impact=body.get("impact", ""),
        basis=body.get("basis", ""),
        headline=words.get("headline", ""),
        html=entry.html if "body" in words else "",
        affected=words.get("affected", ""),
        what_to_do=words.get("what_to_do", ""),
        components=MappingProxyType({**said_before, **(body.get("components") or {})}),
        began_at=moment(body.get("began_at")),
        next_update_at=moment(body.get("next_update_at")),
        keeps=body.get("keeps"),
        commitments=tuple(made["id"] for made in body.get("commitments", ())),
        corrects=tuple(body.get("corrects", ())),
    )


def _corrected(publications: Iterable[Publication], by: Publication) -> Iterable[Publication]:
    """The words stay; beside them stands when, where and how they were corrected (R8). The last correction counts.

    What corrects a correction stands beside the first words too: else words that were wrong themselves would be quoted there.
    """
    said, is_all = correction.beside(by.html)
    now: dict[str, Any] = {
        "corrected_in": by.number,
        "corrected_at": by.at,
        "correction": said,
        "correction_goes_on": not is_all,
    }
    wrong = {*by.corrects}
    return (replace(one, **now) if wrong & {one.number, one.corrected_in} else one for one in publications)


def _committed(made: Mapping[str, Any], entry: Entry) -> Commitment:
    due_at = _needed(made["due_at"])
    parts = ("text", "public_owner", "verification")
    words = {name: _said(entry, f"commitment.{made['id']}.{name}") for name in parts}
    return Commitment(
        id=made["id"],
        number=made["number"],
        incident=entry.body["incident"],
        made_in=entry.number,
        made_at=entry.at,
        text=words["text"],
        owner=words["public_owner"],
        verification=words["verification"],
        due_at=due_at,
        first_due_at=due_at,
        basis=entry.body.get("basis", ""),
    )


def _remark(entry: Entry) -> Remark:
    return Remark(
        number=entry.number,
        at=entry.at,
        text=_said(entry, "public_reason"),
        basis=entry.body.get("basis", ""),
    )
