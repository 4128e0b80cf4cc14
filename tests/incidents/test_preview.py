"""What waits, as the public page and the feed will show it: made by these, and equal to them once it is published."""

import re

import pytest
from django.urls import reverse

from incidents.models import RecordEntry
from incidents.operations import approval, commitment, submission
from statuspage import feed, pages, source
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import states
from tests.conftest import START
from tests.security.headers import ALWAYS, POLICY, policy
from tests.statuspage.feeds import parsed

MARK = '<aside class="previewed" aria-label="Preview"><b>Preview.</b> Nothing new on this page is public yet.</aside>'


def preview(browser, asked, name="preview"):
    return browser.get(reverse(name, args=[asked.pk]))


def in_the_feed(browser, asked):
    return preview(browser, asked, "preview_feed")


def published_record():
    head = source.head()
    return extend(PublicRecord(), source.entries_after(0, head.number))


def published_page(incident, now):
    record = published_record()
    return pages._incident(record, record.incidents[incident.public_id], now).body.decode()


def published_item(now):
    record = published_record()
    (item,) = parsed(feed.document(record, feed.newest(record, now), now).body).items
    return item


def without_mark(said):
    assert said.count(MARK) == 1
    return said.replace(MARK, "")


def with_a_commitment(about, ada, tom):
    draft = states.write(about, "update", by=ada)
    commitment.draft(
        draft, by=ada, seen_version=draft.version, text="A person releases every letter.", public_owner="Support",
        owner=tom, due_at=START.replace(day=29), verification="The letters carry a name.",
    )  # fmt: skip
    return states.submit(states.fresh(draft), by=ada)


def test_it_is_to_the_letter_the_page_that_approving_makes(submitted, ben, client_of):
    said = preview(client_of(ben), submitted).content.decode()
    approval.approve(submitted, by=ben, seen_digest=submitted.digest)

    assert without_mark(said) == published_page(submitted.statement.incident, START)


def test_so_it_is_for_an_update_that_keeps_a_promise_and_makes_a_commitment(published, ada, ben, tom, client_of):
    asked = with_a_commitment(published.incident, ada, tom)
    said = preview(client_of(ben), asked).content.decode()
    approval.approve(asked, by=ben, seen_digest=asked.digest)

    assert "C-1" in said
    assert "Kept the promise of" in said
    assert without_mark(said) == published_page(published.incident, START)


def test_in_the_feed_it_is_to_the_letter_the_entry_that_approving_makes(published, ada, ben, tom, client_of):
    asked = with_a_commitment(published.incident, ada, tom)
    said = in_the_feed(client_of(ben), asked).content.decode()
    assert "C-1" not in published_item(START).html
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    item = published_item(START)

    assert "C-1" in item.html
    assert item.html in said
    assert f'<h1 class="words"><a href="{item.link}">{item.title}</a></h1>' in said
    assert '<aside class="previewed" aria-label="Preview"><b>Preview.</b>' in said
    assert "Nothing new in it is public yet." in said


@pytest.mark.parametrize("name", ["preview", "preview_feed"])
def test_looking_changes_nothing_and_makes_no_entry(submitted, ben, client_of, snapshot, name):
    browser = client_of(ben)
    browser.get(reverse("desk:approvals"))
    before = snapshot()
    assert preview(browser, submitted, name).status_code == 200
    assert snapshot() == before
    assert not RecordEntry.objects.exists()


def test_what_came_back_is_shown_and_what_is_published_is_not(submitted, ada, ben, client_of):
    submission.send_back(submitted, by=ben, reason="Shorter.")
    assert preview(client_of(ben), submitted).status_code == 200
    assert in_the_feed(client_of(ben), submitted).status_code == 200
    again = states.submit(states.fresh(submitted.statement), by=ada)
    approval.approve(again, by=ben, seen_digest=again.digest)
    assert preview(client_of(ben), again).status_code == 404
    assert in_the_feed(client_of(ben), again).status_code == 404


def test_nobody_outside_and_nobody_who_only_reads_sees_it(submitted, vic, client_of):
    assert preview(client_of(None), submitted).status_code == 302
    assert preview(client_of(vic), submitted).status_code == 403
    assert in_the_feed(client_of(None), submitted).status_code == 302
    assert in_the_feed(client_of(vic), submitted).status_code == 403


@pytest.mark.parametrize("name", ["preview", "preview_feed"])
def test_only_our_own_page_may_frame_it_and_no_cache_keeps_it(submitted, ben, client_of, name):
    headers = preview(client_of(ben), submitted, name).headers
    assert policy(headers["Content-Security-Policy"]) == POLICY | {"frame-ancestors": "'self'"}
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert {name: headers[name] for name in ALWAYS if name != "X-Frame-Options"} == {
        name: value for name, value in ALWAYS.items() if name != "X-Frame-Options"
    }
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("shown_as", "frames"), [("words", False), ("page", True), ("phone", True), ("feed", True), ("made-up", False)]
)
def test_the_page_of_the_submission_frames_it_when_it_is_asked_to(submitted, ben, client_of, shown_as, frames):
    answer = client_of(ben).get(reverse("desk:submission", args=[submitted.pk]), {"preview": shown_as})
    said = answer.content.decode()
    assert ("<iframe" in said) is frames
    allowed = {"frame-src": "'self'"} if frames else {}
    assert policy(answer.headers["Content-Security-Policy"]) == POLICY | allowed
    assert answer.headers["X-Frame-Options"] == "DENY"
    poll = re.search(r'data-poll[^>]*hx-get="([^"]*)"', said).group(1)
    assert poll.endswith(f"&amp;preview={shown_as if frames else 'words'}")


def test_once_it_is_published_the_page_frames_nothing(published, ben, client_of):
    asked = published.submission
    answer = client_of(ben).get(reverse("desk:submission", args=[asked.pk]), {"preview": "page"})
    assert "<iframe" not in answer.content.decode()
    assert "frame-src" not in answer.headers["Content-Security-Policy"]
