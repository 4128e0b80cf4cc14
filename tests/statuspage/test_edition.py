"""The pages: what they say at their minute, what they weigh, and that they are a pure function of their inputs."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils.html import strip_tags

from statuspage import answers
from statuspage.disk import Closed
from statuspage.edition import build, unavailable
from statuspage.fold import extend
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.scenes import DAY, LONG, SCENES, Scene, later

TIME = re.compile(r'<time datetime="([^"]*)"(?: class="num")?>([^<]*)</time>')
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def text(edition, path="/"):
    return " ".join(strip_tags(edition.page(path).body.decode()).split())


def title(edition, path="/"):
    return re.search(r"<title>(.*?)</title>", edition.page(path).body.decode()).group(1)


@pytest.fixture(params=SCENES)
def scene(request) -> Scene:
    return SCENES[request.param]()


# Pure


def test_the_same_inputs_give_the_same_bytes_and_headers(scene):
    assert scene.edition().hot == scene.edition().hot


def test_an_edition_that_takes_over_pages_equals_one_built_from_nothing(scene):
    story_by_story = None
    for cut in range(0, len(scene.record.entries) + 1, 3):
        record = extend(type(scene.record)(), scene.record.entries[:cut])
        story_by_story = build(record, scene.confirmed_at, scene.now - timedelta(minutes=5), before=story_by_story)

    taken_over = scene.edition(before=story_by_story)

    assert taken_over.hot == scene.edition().hot
    assert taken_over.missing == scene.edition().missing


def test_a_page_changes_only_at_the_moments_that_were_announced(scene):
    edition = scene.edition()
    just_before = build(scene.record, scene.confirmed_at, edition.next_change_at - timedelta(microseconds=1))

    assert just_before.hot == edition.hot
    assert just_before.next_change_at == edition.next_change_at > scene.now


def test_nothing_relative_to_now_is_printed(scene):
    pages = "".join(page.body.decode() for page in scene.edition().hot.values())

    assert not re.search(r"\b(in|for) \d+ (min|h|d)\b|\d (min|minutes|hours?) ago", strip_tags(pages))


def test_each_page_says_its_state_first_in_its_title():
    assert title(SCENES["clear"]().edition()) == "All services are working: Northwind Agents"
    assert title(SCENES["one"]().edition()) == "Refund agent: degraded: Northwind Agents"
    one, late = SCENES["one"]().edition(), SCENES["late"]().edition()
    assert title(one, "/incidents/incident-one/").startswith("Identified: Refund agent approved")
    assert title(late, "/incidents/incident-one/").startswith("Update late, identified: Refund agent approved")
    assert title(late, "/commitments/").startswith("What we promised: 1 of 3 kept as first promised")


def test_titles_are_unique(scene):
    found = [title(scene.edition(), path) for path, page in scene.edition().hot.items() if b"<title>" in page.body]
    ledgers = [one for one in found if one.startswith(("What we promised", "Investigating: "))]

    assert len(set(found)) >= len(found) - max(len(ledgers) - 1, 0)


# Times


@pytest.mark.check("U07")
def test_every_time_has_its_utc_instant_and_prints_its_zone(scene):
    edition = scene.edition()
    times = [pair for page in edition.hot.values() for pair in TIME.findall(page.body.decode())]

    assert times or not scene.record.is_set_up
    assert [pair for pair in times if not INSTANT.fullmatch(pair[0]) or not pair[1].endswith(" UTC")] == []
    for instant, said in times:
        assert datetime.fromisoformat(instant).strftime("%H:%M UTC") in said


def test_no_page_has_another_kind_of_time(scene):
    for page in scene.edition().hot.values():
        html = page.body.decode()
        assert html.count("<time") == len(TIME.findall(html))


# At their minute


def test_a_missed_update_appears_at_its_minute_from_the_record_and_the_clock_alone():
    scene = SCENES["one"]()
    due = scene.record.incidents["incident-one"].promise.due_at
    at_due = build(scene.record, scene.confirmed_at, due)
    after = build(scene.record, scene.confirmed_at, at_due.next_change_at)

    assert at_due.next_change_at == due + timedelta(microseconds=1)
    for path in ("/", "/incidents/incident-one/"):
        assert "Next update by 15:30 UTC (16:30 CET)" in text(at_due, path)
        assert "The update promised for 15:30 UTC (16:30 CET) is late" in text(after, path)
    assert "3 of 4 next updates during incidents" in text(at_due)
    assert "3 of 5 next updates during incidents" in text(after)


def test_a_missed_commitment_appears_at_its_minute_from_the_record_and_the_clock_alone():
    story = Chronicle()
    story.masthead()
    story.publish(10, commitments=[story.promised(100)])
    at_due = build(story.record, None, story.at(100))
    after = build(story.record, None, at_due.next_change_at)

    assert at_due.next_change_at == story.at(100) + timedelta(microseconds=1)
    for path in ("/", "/commitments/", "/incidents/incident-one/"):
        assert text(after, path).count("Missed") > text(at_due, path).count("Missed")
        assert text(after, path).count("Open") < text(at_due, path).count("Open")
    assert json.loads(at_due.page("/commitments.json").body)["commitments"][0]["state"] == "open"
    assert json.loads(after.page("/commitments.json").body)["commitments"][0]["state"] == "missed"


def test_a_commitment_reported_done_says_that_it_is_being_checked():
    story = Chronicle()
    story.masthead()
    made = story.promised(100)
    story.publish(10, commitments=[made])
    story.about("reported_done", 90, made)

    edition = build(story.record, None, story.at(200))

    assert "Reported done, being checked" in text(edition, "/commitments/")
    assert json.loads(edition.page("/commitments.json").body)["commitments"][0]["state"] == "reported"


def test_a_stale_page_names_its_last_confirmation_and_calls_nothing_working():
    page = text(SCENES["stale"]().edition())

    assert "Last confirmed 08:20 UTC (09:20 CET). We may not have the newest information." in page
    assert "All services" not in page
    assert "Refund agent Unknown" in page


def test_fifteen_minutes_after_the_last_confirmation_the_page_changes_by_itself():
    scene = SCENES["clear"]()
    edition = scene.edition()

    assert scene.confirmed_at
    assert edition.next_change_at == scene.confirmed_at + timedelta(minutes=15)
    assert "All services are working" not in text(build(scene.record, scene.confirmed_at, edition.next_change_at))


def test_at_midnight_of_the_organisation_a_new_day_begins():
    scene = later(SCENES["clear"](), hours=12)
    edition = scene.edition()

    assert edition.next_change_at == datetime(2026, 11, 19, 23, tzinfo=UTC)  # midnight in Berlin
    assert "90 days to 19 November" in edition.hot["/"].body.decode()
    next_day = build(scene.record, scene.confirmed_at, edition.next_change_at)
    assert "90 days to 20 November" in next_day.hot["/"].body.decode()


# What is said


@pytest.mark.parametrize(
    ("scene_name", "says"),
    [
        ("emergency", "Published by one person, under review"),
        ("reviewed", "Published by one person, reviewed by a second one 09:18 UTC"),
        ("solo", "Published by one person, who works alone"),
    ],
)
def test_what_one_person_published_says_so(scene_name, says):
    edition = SCENES[scene_name]().edition()

    assert says in text(edition)
    assert says in text(edition, "/incidents/incident-one/")


def test_a_correction_stands_beside_the_words_it_corrects_which_stay_readable():
    edition = SCENES["corrected"]().edition()
    incident, home = text(edition, "/incidents/incident-one/"), text(edition)
    wrong, correction = edition.record.incidents["incident-one"].publications[-2:]

    assert "As of 15:00 UTC 212 customers are affected." in incident
    assert f"Corrected 15:14 UTC (16:14 CET) in entry {correction.number}. What we wrote first stays here." in incident
    assert f"This corrects entry {wrong.number}, which stays readable." in incident
    assert f"This corrects entry {wrong.number}, which stays readable." in home
    page = edition.hot["/incidents/incident-one/"].body.decode()
    assert f'href="#e{wrong.number}"' in page
    assert f'href="/incidents/incident-one/#e{wrong.number}"' in edition.hot["/"].body.decode()
    assert page.count('class="correction"') == 2


def corrected_twice() -> Chronicle:
    """One correction of two entries that said who is affected."""
    story = Chronicle()
    story.masthead(0)
    wrong = [
        story.publish(1, affected="412 people.", what_to_do="Delete it."),
        story.publish(2, affected="412 people.", what_to_do="Wait for a letter."),
    ]
    story.publish(3, kind="correction", affected="398 people.", what_to_do="Wait for a letter.", corrects=wrong)
    return story


def test_corrected_words_stay_readable_also_those_on_lines_of_their_own():
    story = corrected_twice()
    edition = Scene(story.record, story.at(5), story.at(20)).edition()
    page, feed = text(edition, "/incidents/incident-one/"), text(edition, "/history.atom")

    assert "This corrects entry 2 and entry 3, which stay readable." in page
    for shown in (page, feed):
        assert shown.count("Who is affected, as we wrote first: 412 people.") == 2
        assert shown.count("What to do, as we wrote first: Delete it.") == 1
        assert "as we wrote first: Wait for a letter." not in shown, "that is said still"


def test_of_words_that_were_taken_down_nothing_is_said_to_stay():
    story = corrected_twice()
    gone = [{"entry": 2, "fields": ["body"]}]
    story.enter("redaction", 4, {"incident": "incident-one", "entries": gone, "reason": "secret", "basis": "solo"})
    edition = Scene(story.record, story.at(5), story.at(20)).edition()

    for path in ("/incidents/incident-one/", "/history.atom"):
        assert text(edition, path).count("What we wrote first stays here.") == 1


def test_a_safety_warning_is_called_one():
    story = Chronicle()
    story.masthead(0)
    story.publish(10, kind="warning", next_update=40, headline="Do not send card numbers", text="It is switched off.")
    edition = Scene(story.record, story.at(5), story.at(20)).edition()

    assert "Safety warning" in text(edition, "/incidents/incident-one/")
    assert "Do not send card numbers" in text(edition)


def test_four_incidents_show_three_cards_worst_first_and_name_the_rest():
    edition = SCENES["four"]().edition()
    html = edition.hot["/"].body.decode()

    assert html.count('class="card"') == 3
    assert html.index("Triage agent does not answer") < html.index("Refund agent approved refunds")
    assert "4 incidents are open." in text(edition)
    assert "Also open" in text(edition)


def test_an_amended_commitment_keeps_its_old_words_and_its_first_date():
    ledger = SCENES["clear"]().edition().hot["/commitments/"].body.decode()

    assert "“A person reads the first five messages before every bulk send.”" in ledger
    assert "first promised for" in ledger
    assert "Amended, open" in ledger


def test_totals_have_their_denominators():
    found = json.loads(SCENES["clear"]().edition().hot["/commitments.json"].body)["totals"]

    assert found["commitments_due_in_90_days"] == 3
    assert (found["kept_as_first_promised"], found["kept_late"], found["missed"]) == (1, 1, 1)
    assert (found["updates_due_in_90_days"], found["updates_in_time"]) == (2, 1)
    assert (found["commitments_ever"], found["changed_ever"]) == (5, 1)


def test_every_commitment_is_found_in_the_year_it_is_due_and_under_its_state():
    edition = SCENES["clear"]().edition()

    assert [f"C-{number}" in text(edition, "/commitments/2026/") for number in range(1, 6)] == [True] * 5
    for state, numbers in {"open": [3], "missed": [5], "kept-late": [2], "kept": [1], "withdrawn": [4]}.items():
        page = text(edition, f"/commitments/{state}/")
        assert [number for number in range(1, 6) if f"C-{number} " in page] == numbers


def test_the_first_day_says_what_will_be_here():
    edition = SCENES["first_day"]().edition()

    assert "All services are working" in text(edition)
    assert "Nothing has been promised so far." in text(edition)
    assert "Nothing has been promised so far." in text(edition, "/commitments/")
    assert "no data for the 89 days before 19 November" in edition.hot["/"].body.decode()


def test_before_set_up_there_is_one_plain_page():
    edition = SCENES["before_set_up"]().edition()

    assert "This status page has not been set up yet" in text(edition)
    assert set(edition.hot) == {"/", "/robots.txt"}
    assert edition.missing.status == "404 Not Found"


def test_words_of_people_are_escaped():
    story = Chronicle()
    story.masthead(name="<script>alert(1)</script>")
    made = story.promised(100, '"><img src=x onerror=alert(1)>')
    story.publish(10, headline="<b>bold</b>", affected="<i>a</i>", what_to_do="<u>w</u>", commitments=[made])

    for page in build(story.record, None, story.at(20)).hot.values():
        if ("Content-Type", answers.HTML) in page.identity.headers:
            html = page.body.decode()
            assert not re.search(r"<script>|<img|<b>bold|<i>a|<u>w", html)


def test_long_titles_are_shown_whole():
    assert LONG in text(SCENES["long_titles"]().edition())


# Addresses


def test_addresses_that_name_nothing_have_no_page(scene):
    edition = scene.edition()

    for path in (
        "/incidents/", "/incidents/none/", "/incidents/incident-one", "/history/2026-13/", "/history/1999-01/",
        "/history/2026-10", "/commitments/1999/", "/commitments/20260/", "/record/0.json", "/record/1.json",
        "/record/01.json", "/record/1.json/", "/verify", "/desk.css", "//", "/../", "",
    ):  # fmt: skip
        assert edition.page(path) is None, path


def test_a_month_lists_what_was_first_published_in_it():
    edition = SCENES["one"]().edition()

    assert "Triage agent sent customers the same email" in text(edition, "/history/2026-10/")
    assert "Refund agent approved" in text(edition, "/history/2026-11/")
    assert edition.page("/history/2026-09/") is None


def test_every_link_of_every_page_leads_somewhere(scene):
    edition = scene.edition()
    for path, page in edition.hot.items():
        for link in re.findall(r'href="(/[^"]*)"', page.body.decode()):
            target, _, anchor = link.partition("#")
            if target.startswith("/static/") or not scene.record.is_set_up:
                continue
            found = edition.page(target)
            assert found, f"{path} leads to {target}"
            assert not anchor or f'id="{anchor}"' in found.body.decode(), f"{path} leads to {target}#{anchor}"


# History


def long_history(incidents: int) -> Chronicle:
    story = Chronicle()
    story.masthead(-20 * incidents - 400 * DAY)
    for number in range(incidents):
        begins = -20 * incidents - 200 * DAY + number * 20
        story.publish(begins, f"old-{number}", next_update=begins + 30)
        story.resolve(begins + 10, f"old-{number}")
    return story


def test_old_history_is_not_kept_in_memory_but_still_there(tmp_path):
    story = long_history(300)
    edition = build(story.record, None, story.at(0), closed=Closed(tmp_path))

    assert not [path for path in edition.hot if path.startswith("/incidents/")]
    page = edition.page("/incidents/old-0/")
    assert "It is over." in page.body.decode()
    assert edition.page("/incidents/old-0/") == page
    assert build(story.record, None, story.at(0)).page("/incidents/old-0/") == page


def test_a_closed_page_is_rendered_once_and_then_read_from_disk(tmp_path, monkeypatch):
    story = long_history(3)
    edition = build(story.record, None, story.at(0), closed=Closed(tmp_path))
    first = edition.page("/incidents/old-0/")
    monkeypatch.setattr("statuspage.pages._incident", lambda *_: pytest.fail("rendered again"))

    assert edition.page("/incidents/old-0/") == first


@pytest.mark.parametrize(
    "damage", [lambda body: body[:-10], lambda body: b"", lambda body: body.replace(b"is", b"IS", 1)]
)
def test_a_damaged_page_on_disk_is_rendered_anew(tmp_path, damage):
    story = long_history(3)
    edition = build(story.record, None, story.at(0), closed=Closed(tmp_path))
    first = edition.page("/incidents/old-0/")
    (kept,) = tmp_path.rglob("*.page")
    kept.write_bytes(damage(kept.read_bytes()))

    assert edition.page("/incidents/old-0/") == first


def test_a_page_that_cools_is_put_on_disk(tmp_path):
    story = Chronicle()
    story.masthead(-400 * DAY)
    story.publish(-89 * DAY, "old")
    story.resolve(-89 * DAY + 5, "old")
    before = build(story.record, None, story.at(0), closed=Closed(tmp_path))
    after = build(story.record, None, story.at(2 * DAY), before=before, closed=Closed(tmp_path))

    assert "/incidents/old/" in before.hot
    assert "/incidents/old/" not in after.hot
    assert len(list(tmp_path.rglob("*.page"))) == 1


def test_the_record_comes_in_full_stretches_and_a_rest_that_together_are_the_whole_chain():
    story = long_history(520)
    edition = build(story.record, None, story.at(0))
    newest = json.loads(edition.page("/record.json").body)

    assert newest["earlier"] == [f"{settings.PUBLIC_URL}/record/{number}.json" for number in (1, 2)]
    parts = [json.loads(edition.page(f"/record/{number}.json").body)["entries"] for number in (1, 2)]
    numbers = [entry["number"] for part in [*parts, newest["entries"]] for entry in part]
    assert numbers == list(range(1, 1042))
    assert edition.page("/record/3.json") is None
    assert newest["head"] == {"number": 1041, "hash": story.record.hash}


# Weight


@pytest.mark.parametrize(("scene_name", "budget"), [("one", 14_000), ("four", 40_000), ("sixty_components", 40_000)])
def test_the_home_page_keeps_its_budget(scene_name, budget):
    assert len(SCENES[scene_name]().edition().hot["/"].gzip.chunks[0]) <= budget


def test_a_process_that_knows_nothing_apologises_and_is_not_cached():
    page = unavailable().missing

    assert page.status == "503 Service Unavailable"
    assert ("Cache-Control", "no-store") in page.identity.headers
    assert ("Retry-After", "10") in page.identity.headers
