"""What an approver writes beside single passages when the words go back, and where the author finds it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from incidents.forms.approval import COMMENT_LIMIT, STARTERS
from incidents.models import ReturnComment, Submission
from incidents.models.comment import passages
from incidents.operations import change, commitment, statement, submission
from refusals import Incomplete, NotAllowed
from stakeholders.models import Outgoing
from tests import states
from tests.conftest import START

COMMENTS = {("headline", 0): "Say how many.", ("body", 2): "Since when?", ("what_to_do", 0): "Whom can they call?"}
HOW_MANY = {"comment-headline-0": "Say how many."}


def send(browser, asked, **typed):
    return browser.post(reverse("desk:send_back", args=[asked.pk]), typed)


def editor(browser, asked):
    return browser.get(reverse("desk:statement", args=[asked.statement_id])).content.decode()


@pytest.fixture
def returned(submitted, ben):
    return submission.send_back(submitted, by=ben, reason="Nearly.", comments=COMMENTS)


# The operation


def test_the_passages_are_the_parts_that_are_read_and_the_paragraphs_of_the_message(submitted):
    assert list(passages(submitted.content)) == [
        ("headline", 0), ("body", 1), ("body", 2), ("body", 3), ("body", 4), ("affected", 0), ("what_to_do", 0),
        ("state", 0), ("components", 0),
    ]  # fmt: skip
    assert passages(submitted.content)["state", 0] == "Investigating, impact major"
    assert passages(submitted.content)["components", 0] == "Partly down"
    assert passages(submitted.content)["body", 2].startswith("The letters named a person")


def test_the_answers_the_promised_time_and_the_commitments_are_among_them(published, cast):
    about = published.incident
    states.recover(about, commander=cast.cleo, reporter=cast.rosa, confirmer=cast.tom)
    resolution = states.write(states.fresh(about), "resolution", by=cast.ada)
    commitment.draft(
        resolution, by=cast.ada, seen_version=resolution.version, text="Every letter is read.", public_owner="Support",
        owner=cast.tom, due_at=START + timedelta(days=3), verification="The letters say so.",
    )  # fmt: skip
    asked = states.submit(states.fresh(resolution), by=cast.ada)
    said = passages(asked.content)
    for answer in ("what_happened", "why_it_happened", "what_changes"):
        assert any(part == "body" and getattr(resolution, answer) in text for (part, _), text in said.items())
    assert said["commitments", 0] == "Every letter is read. Support. Check: The letters say so."

    back = submission.send_back(asked, by=cast.ben, reason="No.", comments={("commitments", 0): "By when?"})
    assert [(one.part, one.text) for one in back.comments.all()] == [("commitments", "By when?")]


def test_a_paragraph_of_the_message_is_the_promised_time(submitted):
    assert any("We will post the next update here by" in text for text in passages(submitted.content).values())


def test_a_message_to_a_group_has_its_words_alone(ready_to_speak, group, ada):
    asked = states.submit(states.write_to(group, ready_to_speak, by=ada), by=ada)
    assert {part for part, _ in passages(asked.content)} == {"headline", "body", "what_to_do"}


def test_comments_are_rows_that_the_log_keeps_in_the_order_of_the_words(returned):
    rows = [(row.part, row.paragraph, row.text) for row in returned.comments.all()]
    assert rows == [(part, paragraph, text) for (part, paragraph), text in COMMENTS.items()]
    entry = states.last_log()
    assert (entry.action, entry.details) == ("submission.returned", {"comments": 3})
    assert [row["row"] for row in entry.kept] == [
        f"incidents.returncomment:{row.pk}" for row in returned.comments.all()
    ]


def test_no_words_of_the_statement_are_copied(returned):
    kept = " ".join(row.text for row in ReturnComment.objects.all())
    assert "letters" not in kept


def test_a_comment_stands_beside_words_that_were_submitted(submitted, ben, refused):
    for nowhere in (("body", 9), ("headline", 1), ("disclosure_note", 0)):
        with refused(Incomplete, "beside a passage"):
            submission.send_back(submitted, by=ben, reason="No.", comments={nowhere: "Why?"})


def test_comments_alone_are_no_reason(submitted, ben, refused):
    with refused(Incomplete, "with a reason"):
        submission.send_back(submitted, by=ben, reason=" ", comments=COMMENTS)


def test_an_author_comments_on_nothing(submitted, ada, refused):
    with refused(NotAllowed):
        submission.send_back(submitted, by=ada, reason="No.", comments=COMMENTS)


def test_an_empty_comment_is_none(submitted, ben):
    submission.send_back(submitted, by=ben, reason="No.", comments={("headline", 0): "  "})
    assert not ReturnComment.objects.exists()


# The mail


def test_the_author_reads_them_in_the_mail_with_the_passage(returned, ada):
    text = " ".join(Outgoing.objects.get(kind="approval_returned", to_user=ada).text.split())
    assert "Nearly." in text
    assert "“Refund letters reached the wrong people”: Say how many." in text
    assert "Since when?" in text


# The page of the approver


def test_each_passage_has_a_field_and_the_words_stand_above_it(submitted, ben, client_of):
    page = reverse("desk:submission", args=[submitted.pk])
    plain = client_of(ben).get(page).content.decode()
    assert 'href="?show=changes&amp;comment=1#returning"' in plain
    assert 'name="comment-' not in plain, "the page is sent anew whenever something happens, so it has none unasked"
    said = client_of(ben).get(page, {"comment": 1}).content.decode()
    assert said.count('name="comment-') == 9
    assert "&amp;comment=1" in re.search(r'data-poll[^>]*hx-get="([^"]*)"', said).group(1)
    assert "Message, paragraph 2: your comment" in said


def test_a_reason_may_be_one_of_those_that_are_offered(submitted, ben, client_of):
    assert send(client_of(ben), submitted, starter="facts").status_code == 302
    assert states.fresh(submitted).comment == STARTERS["facts"]


def test_what_is_written_is_added_to_what_was_chosen(submitted, ben, client_of):
    send(client_of(ben), submitted, starter="tone", reason="“Only” in line two.", **HOW_MANY)
    assert states.fresh(submitted).comment == f"{STARTERS['tone']}\n\n“Only” in line two."
    assert submitted.comments.get().text == "Say how many."


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"reason": ""}, "Say what has to change"),
        ({"reason": "x" * 2_001}, "2000"),
        ({"starter": "made up"}, "Select a valid choice"),
        ({"reason": "No.", "comment-body-1": "x" * (COMMENT_LIMIT + 1)}, "2000"),
    ],
)
def test_nothing_typed_is_lost_when_it_is_refused(submitted, ben, client_of, snapshot, typed, says):
    browser = client_of(ben)
    browser.get(reverse("desk:approvals"))
    before = snapshot()
    answer = send(browser, submitted, **(HOW_MANY | typed))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert says in said
    assert "Say how many." in said
    assert snapshot() == before


def test_nothing_typed_is_lost_when_the_author_was_faster(submitted, ada, ben, client_of):
    browser = client_of(ben)
    submission.take_back(submitted, by=ada)
    answer = send(browser, submitted, reason="Shorter.", **HOW_MANY)
    assert answer.status_code == 409
    assert "changed or taken back" in answer.content.decode()


def test_a_change_of_a_commitment_is_returned_with_a_reason_alone(commitment, tom, ben, client_of):
    asked = change.propose(commitment, "withdrawal", by=tom, public_reason="They are gone.").submissions.get()
    said = client_of(ben).get(reverse("desk:submission", args=[asked.pk])).content.decode()
    assert "Comment on single passages" not in said
    assert send(client_of(ben), asked, reason="Why?", **HOW_MANY).status_code == 302
    assert not ReturnComment.objects.exists()


# The page of the author


def test_the_author_reads_them_beside_the_fields(returned, ada, client_of):
    said = editor(client_of(ada), returned)
    assert "Returned by Ben Okafor" in said
    assert "Nearly." in said
    form = said[said.index('id="id_headline"') :]
    for field, comment in (
        ("headline", "Say how many."),
        ("body", "Since when?"),
        ("what_to_do", "Whom can they call?"),
    ):
        beside = form[form.index(f'id="id_{field}"') :]
        assert comment in beside[: beside.index("<label")], field


def test_they_stay_while_the_author_changes_the_words(returned, ada, client_of):
    """Also beside the message when the paragraph is gone from it."""
    draft = states.fresh(returned.statement)
    statement.edit(draft, by=ada, seen_version=draft.version, body="Since Monday.")
    assert "Since when?" in editor(client_of(ada), returned)


def test_once_submitted_again_they_are_past_and_stand_with_what_was_returned(returned, ada, ben, client_of):
    again = states.submit(states.fresh(returned.statement), by=ada)
    assert "Say how many." not in editor(client_of(ada), again)
    before = client_of(ben).get(reverse("desk:submission", args=[returned.pk])).content.decode()
    assert "Say how many." in before
    assert Submission.objects.waiting().get() == again
