"""A public record written by hand: entries as the operations enter them, without a database.

    story = Chronicle(at="2026-11-19T09:00Z")
    story.masthead(); incident = story.publish(next_update=30)

Times are minutes after the beginning, or aware datetimes.
"""

from datetime import datetime, timedelta
from typing import Any

from accounts import chain
from statuspage.fold import extend
from statuspage.record import GENESIS, Entry, PublicRecord

BEGIN = datetime.fromisoformat("2026-11-19T09:00:00+00:00")
REFUNDS, TRIAGE = "refund-agent-component", "triage-agent-component"
DESCRIBED = {REFUNDS: "Decides refunds up to 100 euros"}
STATES = {REFUNDS: "degraded"}


class Chronicle:
    def __init__(self, begin: datetime = BEGIN) -> None:
        self.begin = begin
        self.entries: list[Entry] = []
        self.commitments = 0

    def at(self, when: float | datetime) -> datetime:
        return when if isinstance(when, datetime) else self.begin + timedelta(minutes=when)

    @property
    def record(self) -> PublicRecord:
        return extend(PublicRecord(), self.entries)

    def enter(
        self,
        kind: str,
        when: float | datetime,
        body: dict[str, Any],
        words: dict[str, str] | None = None,
        html: str = "",
    ) -> int:
        words = {name: text for name, text in (words or {}).items() if text}
        number, at = len(self.entries) + 1, self.at(when)
        previous = self.entries[-1].hash if self.entries else GENESIS
        body = {**body, "texts": {name: chain.salted("salt", name, text) for name, text in words.items()}}
        hashed = {"number": number, "kind": kind, "at": chain.instant(at), **body}
        digest = chain.link(previous, hashed)
        shown = {name: {"salt": "salt", "text": text, "digest": body["texts"][name]} for name, text in words.items()}
        public = {**hashed, "previous": previous, "hash": digest, "texts": shown}
        self.entries.append(Entry(number, kind, at, digest, previous, body, words, html, public))
        return number

    def masthead(
        self,
        when: float | datetime = 0,
        *,
        name: str = "Northwind Agents",
        zone: str = "Europe/Berlin",
        components: dict[str, str] | None = None,
    ) -> int:
        shown = components if components is not None else {REFUNDS: "Refund agent", TRIAGE: "Triage agent"}
        words = {"masthead.organisation.name": name, "masthead.organisation.contact": "press@northwind.example"}
        words |= {f"masthead.component.{id_}.name": public for id_, public in shown.items()}
        words |= {f"masthead.component.{id_}.description": DESCRIBED[id_] for id_ in shown if id_ in DESCRIBED}
        body = {
            "organisation": {"zone": zone},
            "components": [{"id": id_, "position": position} for position, id_ in enumerate(shown)],
        }
        return self.enter("masthead", when, body, words)

    def publish(
        self,
        when: float | datetime,
        incident: str = "incident-one",
        *,
        kind: str = "update",
        status: str = "investigating",
        components: dict[str, str] | None = None,
        next_update: float | datetime | None = None,
        began: float | datetime | None = None,
        basis: str = "second_person",
        headline: str = "Refund agent approved refunds outside our policy",
        text: str = "Since about 09:20 UTC our Refund agent has approved refunds that our policy does not allow.",
        affected: str = "187 customers whose refund was approved today.",
        what_to_do: str = "Nothing, and do not send money back.",
        commitments: list[dict[str, Any]] | None = None,
        corrects: list[int] | None = None,
        html: str = "",
    ) -> int:
        made = commitments or []
        body: dict[str, Any] = {
            "incident": incident,
            "statement": kind,
            "status": status,
            "impact": "major",
            "components": STATES if components is None else components,
            "basis": basis,
            "keeps": None,
            "commitments": [
                {"id": one["id"], "number": one["number"], "due_at": chain.instant(one["due_at"])} for one in made
            ],
        }
        if corrects:
            body["corrects"] = corrects
        if next_update is not None:
            body["next_update_at"] = chain.instant(self.at(next_update))
        if began is not None:
            body["began_at"] = chain.instant(self.at(began))
        words = {"headline": headline, "body": text, "affected": affected, "what_to_do": what_to_do}
        for one in made:
            words |= {f"commitment.{one['id']}.{name}": one[name] for name in ("text", "public_owner", "verification")}
        return self.enter("publication", when, body, words, html or f"<p>{text}</p>")

    def resolve(self, when: float | datetime, incident: str = "incident-one", **fields: Any) -> int:
        fields = {"components": dict.fromkeys(STATES, "operational"), "text": "It is over."} | fields
        return self.publish(when, incident, kind="resolution", status="resolved", **fields)

    def promised(self, due: float | datetime, text: str = "We write to each of the 187 customers.") -> dict[str, Any]:
        """A commitment for `publish(commitments=[…])`."""
        self.commitments += 1
        return {
            "id": f"commitment-{self.commitments}",
            "number": self.commitments,
            "due_at": self.at(due),
            "text": text,
            "public_owner": "Head of Customer Care",
            "verification": "The number written to is published here",
        }

    def about(
        self,
        kind: str,
        when: float | datetime,
        commitment: dict[str, Any],
        *,
        incident: str = "incident-one",
        words: dict[str, str] | None = None,
        **body: Any,
    ) -> int:
        """An entry about a commitment: reported_done, kept, missed, amendment, …"""
        return self.enter(kind, when, {"incident": incident, "commitment": commitment["id"], **body}, words)
