"""Going on with what somebody else began to write: under one's own name, and then not one's own to approve."""

import pytest
from django.urls import reverse

from incidents.models import StatementVersion, TimelineEntry
from incidents.operations import approval, statement, submission
from incidents.permissions import can_approve, is_author
from refusals import NotAllowed, Stale, WrongState
from stakeholders.models import Outgoing
from tests import states

WARNED = "You cannot approve it any more if you take it over"


def take(draft, by):
    return statement.take_over(draft, by=by, seen_version=draft.version)


def test_it_goes_on_under_the_name_of_whoever_took_it(holding, ada, cleo):
    words = holding.words()
    taken = states.fresh(take(holding, cleo))

    assert (taken.edited_by, taken.created_by, taken.state) == (cleo, ada, "draft")
    assert taken.version == holding.version + 1
    assert taken.words() == words
    assert StatementVersion.objects.get(statement=taken, version=taken.version).saved_by == cleo


def test_what_waits_becomes_void(submitted, cleo):
    take(submitted.statement, cleo)

    assert (states.fresh(submitted).outcome, states.fresh(submitted).decided_by) == ("void", cleo)
    assert not submitted.reminders.filter(state="pending").exists()


def test_what_was_returned_is_taken_over_too(submitted, ben, cleo):
    submission.send_back(submitted, by=ben, reason="Shorter.")
    taken = take(states.fresh(submitted.statement), cleo)

    assert states.fresh(submitted).outcome == "returned"
    assert taken.edited_by == cleo


def test_whoever_took_over_is_an_author_though_they_changed_no_word(submitted, ada, ben, cleo, refused):
    assert can_approve(cleo, submitted)
    again = states.submit(states.fresh(take(submitted.statement, cleo)), by=cleo)

    assert is_author(cleo, again)
    assert is_author(ada, again), "and so is whoever wrote it"
    for person in (cleo, ada):
        with refused(NotAllowed, "You wrote part of this"):
            approval.approve(again, by=person, seen_digest=again.digest)
    assert approval.approve(again, by=ben, seen_digest=again.digest).written_by == cleo


def test_who_and_when_stand_in_the_timeline_and_in_the_log(holding, ada, cleo):
    taken = take(holding, cleo)

    line = TimelineEntry.objects.latest("pk")
    assert line.text == f"Taken over from Ada Brandt: holding statement, now version {taken.version}."
    assert (line.by, line.happened_at) == (cleo, taken.edited_at)
    entry = states.last_log()
    assert (entry.action, entry.actor) == ("statement.taken_over", cleo)
    assert entry.details == {"version": taken.version, "written_before_by": ada.pk}
    assert len(entry.kept) == 2


def test_the_author_is_told(holding, ada, cleo):
    take(holding, cleo)

    mail = Outgoing.objects.get(kind="statement_taken_over")
    assert mail.to_user == ada
    assert "Cleo Marsh has taken over" in " ".join(mail.text.split())


def test_nobody_takes_over_from_themselves(holding, ada, refused):
    with refused(WrongState, "nothing to take over"):
        take(holding, ada)


def test_it_takes_somebody_who_may_write(holding, ben, tom, vic, refused):
    for person in (ben, tom, vic):
        with refused(NotAllowed, "written by communications leads and commanders"):
            take(holding, person)


def test_what_was_saved_meanwhile_is_not_taken_unseen(holding, ada, cleo, refused):
    seen = states.fresh(holding)
    statement.edit(holding, by=ada, seen_version=holding.version, headline="Other words")
    with refused(Stale, "after you opened it"):
        take(seen, cleo)


def test_what_is_published_is_nobodys_to_take(published, cleo, refused):
    with refused(WrongState, "published"):
        take(states.fresh(published.submission.statement), cleo)


# The pages


def test_an_approver_is_told_before_that_they_cannot_approve_it_any_more(submitted, ben, cleo, client_of):
    page = reverse("desk:submission", args=[submitted.pk])
    assert WARNED in client_of(cleo).get(page).content.decode()
    assert "Take over the writing" not in client_of(ben).get(page).content.decode(), "he may not write"


def test_the_editor_offers_it_to_whoever_did_not_write_last(holding, ada, cleo, client_of):
    page = reverse("desk:statement", args=[holding.pk])
    said = client_of(cleo).get(page).content.decode()
    assert "Take over the writing from Ada Brandt" in said
    assert "Whoever takes it over cannot approve it" in said
    assert "Take over the writing" not in client_of(ada).get(page).content.decode()


def test_it_is_taken_over_from_the_page(submitted, cleo, client_of):
    browser, draft = client_of(cleo), submitted.statement
    answer = browser.post(reverse("desk:statement_take_over", args=[draft.pk]), {"version": draft.version})
    assert answer.url == reverse("desk:statement", args=[draft.pk])
    said = browser.get(answer.url).content.decode()
    assert "It is yours to write now." in said
    assert "Take over the writing" not in said


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_a_version_that_is_none_is_not_found(submitted, cleo, client_of, version):
    address = reverse("desk:statement_take_over", args=[submitted.statement_id])
    assert client_of(cleo).post(address, {"version": version}).status_code == 404
