"""A correction stands in its words beside the words that it corrects, and the record names it there (R8)."""

import json

from statuspage.edition import Edition
from tests.statuspage.chronicle import Chronicle
from tests.statuspage.scenes import SCENES, Scene
from tests.statuspage.test_taken_down import take_down


def beside(edition: Edition, number: int) -> str:
    """What the page of the incident says in the article of one entry, before its own words."""
    page = edition.hot["/incidents/incident-one/"].body.decode()
    article = page.partition(f'<article class="entry" id="e{number}">')[2].partition("</article>")[0]
    return article.partition('<div class="words">')[0]


def test_beside_the_words_stands_what_the_correction_says():
    edition = SCENES["corrected"]().edition()
    wrong, correction = edition.record.incidents["incident-one"].publications[-2:]

    said = beside(edition, wrong.number)

    assert "We wrote that 212 customers are affected. That number counted attempts." in said
    assert "As of 15:10 UTC it is 187 customers." in said
    assert "All of the correction" not in said
    assert "187 customers" not in beside(edition, correction.number)


def corrected_by(html: str) -> tuple[Chronicle, Edition]:
    """The first message, and a correction of it with these words."""
    story = Chronicle()
    story.masthead(0)
    wrong = story.publish(10, text="212 customers.", next_update=40)
    story.publish(20, kind="correction", text="187 customers.", corrects=[wrong], next_update=50, html=html)
    return story, Scene(story.record, story.at(5), story.at(30)).edition()


def test_of_a_long_correction_stand_what_was_wrong_and_what_is_so_with_a_link_to_the_rest():
    _, edition = corrected_by(f"<p>We counted attempts.</p>\n<p>It is 187.</p>\n<p>{'So it came about. ' * 40}</p>")

    said = beside(edition, 2)

    assert "<p>We counted attempts.</p>\n<p>It is 187.</p></blockquote>" in said
    assert "So it came about" not in said
    assert '<a href="#e3">All of the correction</a>' in said


def test_a_list_in_it_is_left_to_the_correction_itself():
    _, edition = corrected_by("<p>We counted attempts.</p>\n<ul><li>It is 187.</li></ul>")

    said = beside(edition, 2)

    assert "<p>We counted attempts.</p></blockquote>" in said
    assert "<li>" not in said
    assert "All of the correction" in said


def test_its_promise_is_not_repeated_there():
    _, edition = corrected_by("<p>It is 187.</p>\n<p>We will post the next update here by 10:40 UTC, even so.</p>")

    assert "next update here" not in beside(edition, 2)
    assert "All of the correction" not in beside(edition, 2)


def test_what_corrects_a_correction_stands_beside_the_first_words_too():
    story, _ = corrected_by("<p>It is 187.</p>")
    story.publish(30, kind="correction", text="It is 186.", corrects=[3], next_update=50)
    edition = Scene(story.record, story.at(5), story.at(40)).edition()

    for number in (2, 3):
        assert "It is 186." in beside(edition, number)
        assert "It is 187." not in beside(edition, number)


def test_a_correction_whose_words_were_taken_down_leaves_its_link():
    story = Chronicle()
    story.masthead(0)
    wrong = story.publish(10, text="212 customers.", next_update=40)
    number = story.publish(20, kind="correction", text="Ask Ms Miller.", corrects=[wrong], next_update=50)
    take_down(story, number, 30)
    edition = Scene(story.record, story.at(5), story.at(40)).edition()

    said = beside(edition, wrong)

    assert f'<a class="ref" href="#e{number}">entry {number}</a>' in said
    assert "blockquote" not in said
    assert "Miller" not in edition.hot["/incidents/incident-one/"].body.decode()


def test_the_downloaded_record_names_beside_its_entries_what_corrects_each():
    story, _ = corrected_by("<p>It is 187.</p>")
    story.publish(30, kind="correction", text="It is 186.", corrects=[2, 3], next_update=50)
    edition = Scene(story.record, story.at(5), story.at(40)).edition()

    document = json.loads(edition.page("/record.json").body)

    assert document["corrected"] == [{"entry": 2, "corrected_in": [3, 4]}, {"entry": 3, "corrected_in": [4]}]
    assert document["entries"] == [entry.public for entry in story.entries]
