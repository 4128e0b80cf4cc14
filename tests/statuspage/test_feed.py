"""The feed: what it says, that reader programs can take it apart, and that it moves when something changes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.html import strip_tags

from incidents import markdown
from statuspage import answers, feed, pages
from statuspage.edition import JUST_AFTER, boundaries, build
from statuspage.fold import extend
from statuspage.record import PublicIncident, PublicRecord
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.feeds import Feed, Item, parsed
from tests.statuspage.scenes import DAY, SCENES, Scene

INCIDENT = f"{settings.PUBLIC_URL}/incidents/incident-one/"


def at(record: PublicRecord, now: datetime) -> Feed:
    return parsed(feed.document(record, feed.newest(record, now), now).body)


def of(name: str) -> Feed:
    scene = SCENES[name]()
    return at(scene.record, scene.now)


def about(found: Feed, incident: str = "incident-one") -> Item:
    (item,) = [one for one in found.items if one.id.endswith(f":incident/{incident}")]
    return item


def said(html: str) -> str:
    return " ".join(strip_tags(re.sub("<br>|</d[dt]>", " ", html)).split())


def updates(item: Item) -> list[str]:
    """As programs in the wild take a feed of a status page apart: by <p>."""
    return re.findall(r"<p>(.*?)</p>", item.html, re.DOTALL)


@pytest.fixture
def story() -> Chronicle:
    story = Chronicle()
    story.masthead(-DAY)
    return story


# The document


def test_it_is_a_page_of_the_edition_with_its_type():
    page = SCENES["one"]().edition().hot["/history.atom"]

    assert ("Content-Type", "application/atom+xml; charset=utf-8") in page.identity.headers
    assert page.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert page.gzip


def test_it_names_itself_its_page_its_language_and_who_speaks():
    found = of("one")

    assert found.id == "tag:127.0.0.1,2026:history"
    assert found.title == "Incidents of Northwind Agents"
    assert found.author == "Northwind Agents"
    assert found.language == "en"
    assert found.links == {
        "self": f"{settings.PUBLIC_URL}/history.atom",
        "alternate": f"{settings.PUBLIC_URL}/history/",
    }


def test_an_entry_names_its_incident_and_when_it_was_first_and_last_spoken_of():
    scene = SCENES["corrected"]()
    incident, item = scene.record.incidents["incident-one"], about(at(scene.record, scene.now))

    assert item.id == "tag:127.0.0.1,2026:incident/incident-one"
    assert item.link == INCIDENT
    assert item.published == incident.publications[0].at
    assert item.updated == incident.last_at


@override_settings(PUBLIC_URL="https://status.northwind.example:8443")
def test_ids_hold_the_name_of_the_site_without_its_port():
    assert about(of("one")).id == "tag:status.northwind.example,2026:incident/incident-one"


def test_before_set_up_there_is_none():
    assert "/history.atom" not in SCENES["before_set_up"]().edition().hot


def test_without_an_incident_it_is_valid_and_as_old_as_the_names(story):
    found = at(story.record, story.at(3 * DAY))

    assert found.items == []
    assert found.updated == story.at(-DAY)


@override_settings(DEMO="1")
def test_invented_incidents_say_so():
    assert of("one").title == "Demonstration, everything is invented: Incidents of Northwind Agents"


def test_every_page_offers_it_to_reader_programs_and_to_readers():
    for path, page in SCENES["one"]().edition().hot.items():
        if ("Content-Type", answers.HTML) in page.identity.headers:
            html = page.body.decode()
            assert html.count('<link rel="alternate" href="/history.atom" type="application/atom+xml"') == 1, path
            assert '<a href="/history.atom" type="application/atom+xml">Feed</a>' in html, path
    assert b"atom" not in SCENES["before_set_up"]().edition().hot["/"].body


# What it says


def test_each_publication_is_one_paragraph_newest_first():
    item = about(of("one"))

    assert item.title == "Refund agent approved refunds outside our policy"
    assert [update.partition(" - ")[0] for update in updates(item)] == [
        f"<small><var data-var='date'>19 November 2026</var>, <var data-var='time'>{time}</var> UTC</small>"
        f"<br><strong>{stage}</strong>"
        for time, stage in (("14:58", "Identified"), ("13:58", "Investigating"), ("13:22", "Investigating"))
    ]
    assert "We have found why." in updates(item)[0].partition(" - ")[2]
    assert item.html.count("<p") == 3


def test_it_says_who_is_affected_what_to_do_and_when_the_next_update_comes():
    before, _, _ = about(of("one")).html.partition("<p>")

    assert said(before) == (
        "Next update by 19 November 2026, 15:30 UTC "
        "Who is affected 187 customers whose refund the agent approved between 09:20 and 13:11 UTC today, as of 14:50 UTC. "
        "What to do now Nothing, and do not send money back. If someone asks you to repay, it is not us."
    )


def test_a_commitment_stands_with_its_owner_its_dates_and_what_became_of_it():
    mail = said(about(of("clear"), "mail").html)

    assert (
        "We promised: “A person reads the first five messages before any send to more than ten people.” "
        "Head of Customer Care, by 24 November 2026, 09:00 UTC, first promised for 22 November 2026, 09:00 UTC. "
        "Amended, open. C-3" in mail
    )
    for state in ("Kept. C-1", "Kept late. C-2", "Withdrawn. C-4", "Missed. C-5"):
        assert state in mail


def test_a_correction_says_so_and_stands_beside_the_words_it_corrects():
    item = about(of("corrected"))
    correction, wrong = updates(item)[:2]

    assert item.title == "Correction: Refund agent approved refunds outside our policy"
    assert "<strong>Correction</strong> - <em>This corrects" in correction
    assert f'<a href="{INCIDENT}#e16">entry 16</a>, which stays readable.' in correction
    assert said(wrong).endswith(
        "Corrected 19 November 2026, 15:14 UTC in entry 17. What we wrote first stays here. "
        "As of 15:00 UTC 212 customers are affected."
    )
    assert f'<a href="{INCIDENT}#e17">' in wrong


def test_the_anchors_that_it_links_to_are_there():
    edition = SCENES["corrected"]().edition()
    links = re.findall(r'href="([^"]*)"', about(parsed(edition.hot["/history.atom"].body)).html)

    assert len(links) > 3
    for link in links:
        assert link.startswith(settings.PUBLIC_URL), "a reader program has no address to complete a link with"
        path, _, anchor = link.removeprefix(settings.PUBLIC_URL).partition("#")
        assert f'id="{anchor}"' in edition.page(path).body.decode(), link


@pytest.mark.parametrize(
    ("scene_name", "says"),
    [
        ("emergency", "Published by one person, under review"),
        ("reviewed", "Published by one person, reviewed by a second one 19 November 2026, 09:18 UTC"),
        ("solo", "Published by one person, who works alone"),
    ],
)
def test_what_one_person_published_says_so(scene_name, says):
    assert says in said(about(of(scene_name)).html)
    assert "one person" not in said(about(of("one")).html)


def test_a_safety_warning_is_called_one(story):
    story.publish(10, kind="warning", next_update=40, headline="Do not send card numbers", text="It is switched off.")
    item = about(at(story.record, story.at(20)))

    assert item.title == "Safety warning: Do not send card numbers"
    assert "<strong>Safety warning</strong> - It is switched off." in item.html


def test_an_older_headline_is_told_where_it_was_another_one(story):
    story.publish(10, headline="Refunds are late")
    story.publish(20, headline="Refunds are late in Spain")
    newer, older = updates(about(at(story.record, story.at(30))))

    assert "<b>Refunds are late</b>" in older
    assert "<b>" not in newer


def test_a_kept_and_a_late_update_say_so():
    assert "Kept the promise of 19 November 2026, 15:00 UTC" in said(about(of("one")).html)
    assert "Came late: promised for 10 October 2026, 10:00 UTC" in said(about(of("clear"), "mail").html)


def redacted(story: Chronicle, number: int, fields: list[str], **told: str) -> None:
    story.enter("redaction", 30, {"incident": "incident-one", "entries": [{"entry": number, "fields": fields}], **told})


def test_words_that_were_taken_down_leave_a_dated_notice(story):
    number = story.publish(10, headline="Jane Roe got your letter", text="Jane Roe, 4 Elm Street.")
    old = story.entries[number - 1]
    assert "Jane Roe" in about(at(story.record, story.at(20))).html

    words = {name: text for name, text in old.words.items() if name not in ("headline", "body")}
    story.entries[number - 1] = replace(old, words=words, html="")
    redacted(story, number, ["body", "headline"], reason="personal_data", basis="solo")
    item = about(at(story.record, story.at(40)))

    assert item.title == "Words taken down"
    assert "Jane Roe" not in item.html
    assert (
        "Words taken down 19 November 2026, 09:30 UTC: personal data. The headline and the message stood here. "
        "Entry 3, by one person, who works alone." in said(item.html)
    )
    assert item.updated == story.at(30)


def test_what_was_promised_and_taken_down_says_so_too(story):
    made = story.promised(DAY, "We pay Jane Roe.")
    number = story.publish(10, commitments=[made])
    field = f"commitment.{made['id']}.text"
    old = story.entries[number - 1]
    story.entries[number - 1] = replace(old, words={name: text for name, text in old.words.items() if name != field})
    redacted(story, number, [field], reason="legal_order", basis="second_person")
    html = said(about(at(story.record, story.at(40))).html)

    assert "Jane Roe" not in html
    assert "We promised: “Words taken down”" in html
    assert html.count("Words taken down 19 November 2026, 09:30 UTC: a legal order.") == 2


# At its minute


def test_a_late_update_is_told_at_its_minute_and_moves_the_entry():
    scene = SCENES["one"]()
    due = scene.record.incidents["incident-one"].promise.due_at
    at_due, after = (about(at(scene.record, now)) for now in (due, due + JUST_AFTER))

    assert at_due.title == "Refund agent approved refunds outside our policy"
    assert after.title == "Update overdue: Refund agent approved refunds outside our policy"
    assert said(after.html).startswith("Update overdue since 19 November 2026, 15:30 UTC")
    assert at_due.updated < after.updated == due
    assert at(scene.record, due + JUST_AFTER).updated == due


def test_the_edition_gives_it_anew_at_that_moment_and_not_before():
    scene = SCENES["one"]()
    due = scene.record.incidents["incident-one"].promise.due_at
    first = scene.edition()
    same = build(scene.record, due, due, before=first)  # confirmed meanwhile
    after = build(scene.record, due, due + JUST_AFTER, before=same)

    assert same.hot["/history.atom"] is first.hot["/history.atom"]
    assert "Update overdue since" in about(parsed(after.hot["/history.atom"].body)).html


def test_a_missed_commitment_moves_the_entry_at_its_minute(story):
    story.publish(10, commitments=[story.promised(100)])
    at_due, after = (about(at(story.record, now)) for now in (story.at(100), story.at(100) + JUST_AFTER))

    assert "Open. C-1" in said(at_due.html)
    assert "Missed. C-1" in said(after.html)
    assert at_due.updated < after.updated == story.at(100)


def test_a_late_correction_is_both(story):
    wrong = story.publish(10)
    story.publish(20, kind="correction", corrects=[wrong], next_update=30)

    assert about(at(story.record, story.at(31))).title.startswith("Correction, update overdue: Refund agent")


def test_nothing_is_overdue_in_an_incident_that_is_over(story):
    story.publish(10, next_update=40)
    story.resolve(30, next_update=60)
    item = about(at(story.record, story.at(90)))

    assert item.title == "Refund agent approved refunds outside our policy"
    assert "overdue" not in item.html
    assert "Next update" not in item.html
    assert item.updated == story.at(30)


def moments(scene: Scene) -> Iterator[tuple[PublicRecord, datetime]]:
    """The record after each of its entries, at each moment until the next one at which a page changes by itself."""
    record, entries = PublicRecord(), list(scene.record.entries)
    for number, entry in enumerate(entries, 1):
        until = entries[number].at if number < len(entries) else scene.now + timedelta(days=20)
        record = extend(record, [entry])
        yield record, entry.at
        yield from ((record, now) for now in sorted(boundaries(record, None, entry.at)) if entry.at < now < until)


@pytest.mark.parametrize("name", [name for name in SCENES if name != "before_set_up"])
def test_ids_are_unique_and_stay_and_whatever_changes_moves_updated(name):
    feeds = [at(record, now) for record, now in moments(SCENES[name]())]
    seen: dict[str, Item] = {}
    for found in feeds:
        ids = [item.id for item in found.items]
        assert len(ids) == len(set(ids))
        assert set(seen) <= set(ids)
        for item in found.items:
            before = seen.get(item.id, item)
            assert (item.link, item.published) == (before.link, before.published)
            assert item.updated >= before.updated
            assert item.updated > before.updated or (item.title, item.html) == (before.title, before.html)
        seen = {item.id: item for item in found.items}
        assert found.updated >= max((item.updated for item in found.items), default=found.updated)
    assert [one.updated for one in feeds] == sorted(one.updated for one in feeds)


@pytest.mark.parametrize("name", [name for name in SCENES if name != "before_set_up"])
def test_equal_keys_mean_equal_bytes(name):
    made: dict[str, bytes] = {}
    for record, now in moments(SCENES[name]()):
        told = feed.newest(record, now)
        body = feed.document(record, told, now).body
        assert made.setdefault(feed.key(told, pages._names(record)), body) == body


# Which


def many(story: Chronicle, count: int) -> Chronicle:
    for number in range(count):
        story.publish(number * 10, f"i-{number}", headline=f"Number {number}")
        story.resolve(number * 10 + 5, f"i-{number}", headline=f"Number {number}")
    return story


def test_the_newest_25_are_in_it(story):
    found = at(many(story, 26).record, story.at(300))

    assert [item.title for item in found.items] == [f"Number {number}" for number in range(25, 0, -1)]


def test_a_correction_of_an_older_incident_brings_it_back(story):
    many(story, 40)
    story.publish(500, "i-0", kind="correction", status="resolved", corrects=[2], headline="Number 0")

    found = at(story.record, story.at(510))
    assert found.items[0].title == "Correction: Number 0"
    assert len(found.items) == 25


def test_an_open_incident_that_nobody_spoke_of_since_comes_back_when_its_update_is_overdue(story):
    story.publish(-5, "forgotten", next_update=900)
    many(story, 40)

    assert not any(item.id.endswith("forgotten") for item in at(story.record, story.at(899)).items)
    assert at(story.record, story.at(900) + JUST_AFTER).items[0].title.startswith("Update overdue: Refund agent")


@pytest.mark.parametrize("incidents", [30, 600])
def test_it_looks_at_25_incidents_however_long_the_history_is(story, incidents, monkeypatch):
    """And at no database: this test may not reach one."""
    record, looked_at, told = many(story, incidents).record, [], feed._told

    def noting(record: PublicRecord, incident: PublicIncident, now: datetime) -> feed.Told:
        looked_at.append(incident.id)
        return told(record, incident, now)

    monkeypatch.setattr(feed, "_told", noting)

    assert len(at(record, story.at(9000)).items) == 25
    assert len(looked_at) == 25


# Words of people


MESSAGES = {
    "one paragraph": ("It is over.", "It is over.", ""),
    "two": ("It is over.\n\nAll of it.", "It is over.<br><br>All of it.", ""),
    "lines": ("One\ntwo", "One<br>\ntwo", ""),
    "a list after": ("Do this:\n\n- first\n- second", "Do this:", "<ul>\n<li>first</li>\n<li>second</li>\n</ul>"),
    "a list first": ("- first\n- second", "", "<ul>\n<li>first</li>\n<li>second</li>\n</ul>"),
    "a quote": ("They said\n\n> we pay", "They said", "<blockquote>\n<div>we pay</div>\n</blockquote>"),
    "nothing": ("", "", ""),
}


@pytest.mark.parametrize(("words", "lead", "rest"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_stays_one_paragraph_and_whatever_cannot_be_in_one_follows(story, words, lead, rest):
    story.publish(10, text="x")
    story.entries[-1] = replace(story.entries[-1], html=markdown.render(words))
    item = about(at(story.record, story.at(20)))

    assert updates(item)[0].partition(" - ")[2] == lead
    assert item.html.partition("</p>")[2].strip() == rest
    assert item.html.count("<p>") == 1


class Balanced(HTMLParser):
    """Fails on an element that is closed before those inside it, or never."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        assert "p" not in self.open or tag not in (
            "p",
            "ul",
            "ol",
            "div",
            "dl",
            "table",
            "blockquote",
            "pre",
            "h3",
            "h4",
        )
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_of_every_entry_is_closed_as_it_was_opened():
    for name in SCENES:
        scene = SCENES[name]()
        for item in at(scene.record, scene.now).items if scene.record.is_set_up else ():
            reader = Balanced()
            reader.feed(item.html)
            reader.close()
            assert reader.open == []


def test_signs_that_xml_cannot_hold_do_not_break_it(story):
    story.publish(10, headline="a\x01b\x0c]]>\ufffe<&", affected="\x1b[2J")
    item = about(at(story.record, story.at(20)))

    assert item.title == "a\ufffdb\ufffd]]>\ufffd<&"
    assert "\ufffd[2J" in item.html


def test_times_are_in_utc_whatever_the_zone_of_the_organisation():
    html = "".join(item.html for item in of("four").items)

    times = re.findall(r"<time [^>]*>(.*?)</time>", html)

    assert len(times) > 5
    assert [time for time in times if not time.endswith(" UTC")] == []
    assert html.count("<var data-var='time'>") == len(re.findall(r"<var data-var='time'>\d\d:\d\d</var> UTC", html))
    assert "CET" not in html
    assert all(item.updated.tzinfo == UTC for item in of("four").items)
