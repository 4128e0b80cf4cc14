"""The feed: the incidents that something was said about last, one Atom entry each, with everything published about it.

Reader programs know no address to complete a link with, and many take an entry for read until its `updated` moves. So
links are written in full, and `updated` also moves when a deadline passes and nobody has entered anything.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template import loader
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString, mark_safe
from django.utils.xmlutils import SimplerXMLGenerator

import moments
from statuspage import answers, ledger
from statuspage.answers import Page
from statuspage.record import Promise, Publication, PublicIncident, PublicRecord

PATH = "/history.atom"
SHOWN = 25
TAGGED = "2026"  # in every id, for ever: with another year each incident would be new to every reader program
LEAD = re.compile(r"(?:<p>.*?</p>\s*)*", re.DOTALL)
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Told:
    """An incident, and the last of its deadlines that has gone by without an answer."""

    incident: PublicIncident
    passed: datetime | None

    @property
    def updated_at(self) -> datetime:
        return max(self.incident.last_at, self.passed or self.incident.last_at)

    @property
    def promise(self) -> Promise | None:
        return self.incident.promise if self.incident.is_open else None

    @property
    def is_late(self) -> bool:
        return self.promise is not None and self.passed is not None and self.promise.due_at <= self.passed

    @property
    def title(self) -> str:
        """A correction and a warning are told from other news by the title alone: many readers see nothing else."""
        marks = [_special(self.incident.latest), "update overdue" if self.is_late else ""]
        said = ", ".join(mark for mark in marks if mark)
        return f"{said[0].upper()}{said[1:]}: {self.incident.title}" if said else self.incident.title


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A publication in the form that programs take feeds of status pages apart by: all of its times and text in one <p>."""

    publication: Publication
    answered: Promise | None
    made: tuple[ledger.Line, ...]

    @property
    def stage(self) -> str:
        return _special(self.publication) or self.publication.status.capitalize()

    @property
    def date(self) -> str:
        return moments.day(self.publication.at.astimezone(UTC))

    @property
    def time(self) -> str:
        return f"{self.publication.at.astimezone(UTC):%H:%M}"

    @property
    def lead(self) -> SafeString:
        """The paragraphs that the message begins with, as lines of one."""
        inside = self._split()[0].removeprefix("<p>").removesuffix("</p>")
        return mark_safe(re.sub(r"</p>\s*<p>", "<br><br>", inside))  # noqa: S308 - cleaned when it was approved

    @property
    def rest(self) -> SafeString:
        """What follows them: lists, tables, quotes. A <p> in there would count as another update."""
        rest = self._split()[1].replace("<p>", "<div>").replace("</p>", "</div>")
        return mark_safe(rest)  # noqa: S308 - cleaned when it was approved

    def _split(self) -> tuple[str, str]:
        html = self.publication.html
        found = LEAD.match(html)
        end = found.end() if found else 0
        return html[:end].strip(), html[end:].strip()


def newest(record: PublicRecord, now: datetime) -> list[Told]:
    """The incidents that something was said about last. Costs what these and the unsettled ones are, not the history."""
    ids = {*islice(reversed(record.touched), SHOWN), *record.unsettled}
    told = [_told(record, record.incidents[id_], now) for id_ in ids]
    return sorted(told, key=lambda one: (one.updated_at, one.incident.last_number), reverse=True)[:SHOWN]


def key(told: list[Told], names: str) -> str:
    """Everything that the feed depends on: of the clock, only which deadlines have passed."""
    return f"{names} feed {[(one.incident.id, one.incident.last_number, one.passed) for one in told]}"


def document(record: PublicRecord, told: list[Told], now: datetime) -> Page:
    """Without an incident it was last changed when the names were."""
    made = _Atom(
        title=_in_xml(_title(record)),
        link=f"{settings.PUBLIC_URL}/history/",
        description="",
        language="en",
        author_name=_in_xml(record.names.name),
        feed_url=f"{settings.PUBLIC_URL}{PATH}",
        feed_guid=_id("history"),
        changed_at=max((one.updated_at for one in told), default=record.latest_at),
    )
    for one in told:
        made.add_item(
            title=_in_xml(one.title),
            link=_address(one.incident),
            description=None,  # type: ignore[arg-type] # no summary: Django takes None for that, its stubs do not
            unique_id=_id(f"incident/{one.incident.id}"),
            pubdate=one.incident.publications[0].at.astimezone(UTC),
            updateddate=one.updated_at.astimezone(UTC),
            content=_in_xml(_content(record, one, now).strip()),
        )
    return answers.page(made.writeString("utf-8").encode(), answers.ATOM)


def preview(record: PublicRecord, id_: str, now: datetime) -> bytes:
    """A page that shows the entry of an incident as a reader program does, with what is not published yet."""
    told = _told(record, record.incidents[id_], now)
    context = {
        "organisation": record.names,
        "feed_title": _title(record),
        "told": told,
        "address": _address(told.incident),
        "content": mark_safe(_content(record, told, now)),  # noqa: S308 - made by a template
        "zone": "UTC",
    }
    return loader.get_template("statuspage/feed_preview.html").render(context).encode()


def _told(record: PublicRecord, incident: PublicIncident, now: datetime) -> Told:
    due = [record.commitments[one].due_at for one in incident.open_commitments]
    if incident.is_open and incident.promise:
        due.append(incident.promise.due_at)
    return Told(incident, max((at for at in due if at < now), default=None))


def _content(record: PublicRecord, told: Told, now: datetime) -> str:
    incident = told.incident
    lines = {id_: ledger.line(record, record.commitments[id_], now) for id_ in incident.commitments}
    answered = {one.answered_in: one for one in incident.promises if one.answered_in}
    paragraphs = [
        Paragraph(one, answered.get(one.number), tuple(lines[id_] for id_ in one.commitments if id_ in lines))
        for one in incident.newest_first
    ]
    context = {
        "told": told,
        "incident": incident,
        "paragraphs": paragraphs,
        "page": _address(incident),
        "site": settings.PUBLIC_URL,
        "zone": "UTC",
    }
    return loader.get_template("statuspage/feed_entry.html").render(context)


def _special(publication: Publication) -> str:
    """The word for what is more than the next update."""
    if publication.corrects:
        return "Correction"
    return {"warning": "Safety warning", "post_mortem": "Post-mortem"}.get(publication.kind, "")


def _title(record: PublicRecord) -> str:
    return f"{'Demonstration, everything is invented: ' if settings.DEMO else ''}Incidents of {record.names.name}"


def _address(incident: PublicIncident) -> str:
    return f"{settings.PUBLIC_URL}{incident.path}"


def _id(name: str) -> str:
    """A name (RFC 4151) and no address: it stays what it is when pages move."""
    return f"tag:{urlsplit(settings.PUBLIC_URL).hostname},{TAGGED}:{name}"


def _in_xml(text: str) -> str:
    """XML has no way to write some control characters, and one of them would make the whole feed unreadable."""
    return NOT_IN_XML.sub("\ufffd", text)


class _Atom(Atom1Feed):
    """Django's, which gives only a summary, and the time of day where it finds no entry."""

    def latest_post_date(self) -> datetime:
        changed_at: datetime = self.feed["changed_at"]
        return changed_at.astimezone(UTC)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})
