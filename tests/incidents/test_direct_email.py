"""The mail that an approver reads is the mail that is sent, byte for byte, and nothing in it runs or loads (R11)."""

from base64 import b64encode
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation, User
from incidents.models import Approval, Incident, Statement, Submission
from incidents.operations import approval, fact, statement, submission
from stakeholders import mail
from stakeholders.models import Outgoing, StakeholderGroup
from tests import states

pytestmark = pytest.mark.django_db

HOSTILE = "</pre><script>alert(1)</script> <style>p{}</style> ⟦link⟧done/ & “so”"


@pytest.fixture
def message(ready_to_speak: Incident, group: StakeholderGroup, ada: User) -> Statement:
    return states.write_to(group, ready_to_speak, by=ada)


@pytest.fixture
def asked(message: Statement, ada: User) -> Submission:
    return states.submit(message, by=ada)


@pytest.fixture
def correcting(asked: Submission, ada: User, ben: User, tom: User) -> Submission:
    """A correction of that message, waiting."""
    out = approval.approve(asked, by=ben, seen_digest=asked.digest)
    wrong = asked.statement.facts.earliest("pk")
    fact.retract(wrong, by=tom, seen_version=wrong.version, reason="It was another list.")
    return states.submit(states.correct_to(out, by=ada), by=ada)


def read(browser: Client, asked: Submission) -> SimpleNamespace:
    """What the page of the approval says of the mail, and the HTML that it frames."""
    page = browser.get(reverse("desk:submission", args=[asked.pk]))
    framed = browser.get(reverse("desk:submission_email", args=[asked.pk])).content.decode()
    return SimpleNamespace(**page.context["email"], framed=framed)


def sent(out: Approval) -> list[Outgoing]:
    return list(Outgoing.objects.filter(key__startswith=f"direct:{out.pk}:").order_by("to_address"))


def built(out: Outgoing) -> Any:
    """The message as it goes to the mail server."""
    organisation = Organisation.current()
    name = organisation.name if organisation else ""
    return message_from_bytes(mail.build(out, name="", organisation=name, token=""), policy=default)


def parts(whole: Any) -> bytes:
    """All its bytes, with one mark between its parts instead of one at random."""
    whole.set_boundary("parts")
    return bytes(whole)


def as_previewed(seen: SimpleNamespace, out: Outgoing) -> bytes:
    """A message built of what the approver saw, for this receiver. Its id and its date are those of the row."""
    copy = Outgoing(to_address=out.to_address, subject=seen.subject, text=seen.text, html=seen.framed)
    copy.message_id, copy.thread, copy.created_at = out.message_id, out.thread, out.created_at
    return parts(built(copy))


@pytest.mark.check("R11")
@pytest.mark.parametrize("of", ["message", "correction"])
def test_what_was_previewed_is_byte_for_byte_what_is_sent(
    of: str, request: pytest.FixtureRequest, ben: User, client_of: Callable[..., Client]
) -> None:
    waiting = request.getfixturevalue("asked" if of == "message" else "correcting")
    seen = read(client_of(ben), waiting)

    out = approval.approve(waiting, by=ben, seen_digest=waiting.digest)

    found = sent(out)
    assert [one.to_address for one in found] == ["nell@example.org", "omar@example.org"]
    for one in found:
        assert (one.subject, one.text, one.html) == (seen.subject, seen.text, seen.framed)
        whole = built(one)
        assert as_previewed(seen, one) == parts(whole)
        assert (whole["From"], whole["Subject"]) == (seen.sender, seen.subject)
    assert seen.subject.startswith("Correction: ") == (of == "correction")


def test_words_that_look_like_code_are_words(
    message: Statement, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    states.fresh(message)
    written = statement.edit(message, by=ada, seen_version=message.version, what_to_do=HOSTILE)
    waiting = submission.submit(written, by=ada, seen_version=written.version)
    seen = read(client_of(ben), waiting)
    assert "<script" not in seen.framed
    assert seen.framed.count("<style>") == 1
    assert "⟦" not in seen.framed + seen.text
    page = client_of(ben).get(reverse("desk:submission", args=[waiting.pk]), {"preview": "text"}).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    out = approval.approve(waiting, by=ben, seen_digest=waiting.digest)
    assert {(one.text, one.html) for one in sent(out)} == {(seen.text, seen.framed)}


@pytest.mark.parametrize(("shown_as", "framed"), [("email", True), ("phone", True), ("text", False), ("no", True)])
def test_the_approver_sees_it_as_a_mail(
    asked: Submission, ben: User, client_of: Callable[..., Client], shown_as: str, framed: bool
) -> None:
    answer = client_of(ben).get(reverse("desk:submission", args=[asked.pk]), {"preview": shown_as})
    shown = answer.text
    assert "<dt>From</dt><dd>Answerable for " in shown
    assert "<dt>To</dt><dd>Directly affected users, 2 addresses, each in a mail of its own</dd>" in shown
    assert '<dt>Subject</dt><dd class="words">A refund letter of ours may have reached you by mistake</dd>' in shown
    assert (f'src="/desk/approvals/{asked.pk}/email/" sandbox' in shown) == framed
    assert ('<pre class="mail"' in shown) == (not framed)
    assert ("preview-phone" in shown) == (shown_as == "phone")
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_framed_mail_loads_and_does_nothing(asked: Submission, ben: User, client_of: Callable[..., Client]) -> None:
    answer = client_of(ben).get(reverse("desk:submission_email", args=[asked.pk]))
    style = answer.text.split("<style>")[1].split("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'self'; base-uri 'none'; "
        "form-action 'none'; sandbox"
    )
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_shown_while_it_waits_only(asked: Submission, ben: User, client_of: Callable[..., Client]) -> None:
    """What was sent stands in the outbox, as it was sent."""
    browser, address = client_of(ben), reverse("desk:submission_email", args=[asked.pk])
    approval.approve(asked, by=ben, seen_digest=asked.digest)
    assert browser.get(address).status_code == 404
    assert "<iframe" not in browser.get(reverse("desk:submission", args=[asked.pk])).text
    assert browser.get(reverse("desk:statement_email", args=[asked.statement_id])).status_code == 404


def test_what_is_for_everybody_is_no_mail(submitted: Submission, ben: User, client_of: Callable[..., Client]) -> None:
    browser = client_of(ben)
    for name, pk in (("submission_email", submitted.pk), ("statement_email", submitted.statement_id)):
        assert browser.get(reverse(f"desk:{name}", args=[pk])).status_code == 404
    assert "email" not in browser.get(reverse("desk:submission", args=[submitted.pk])).context


def test_who_does_not_read_drafts_reads_no_mail(asked: Submission, vic: User, client_of: Callable[..., Client]) -> None:
    browser = client_of(vic)
    for name, pk in (("submission_email", asked.pk), ("statement_email", asked.statement_id)):
        assert browser.get(reverse(f"desk:{name}", args=[pk])).status_code == 403


def test_the_writer_sees_the_mail_as_saved(
    message: Statement, ada: User, ben: User, client_of: Callable[..., Client]
) -> None:
    browser = client_of(ada)
    answer = browser.get(reverse("desk:statement", args=[message.pk]))
    assert "What the page will say" not in answer.text
    assert f'src="/desk/statements/{message.pk}/email/" sandbox' in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    said = answer.context["email"]
    framed = browser.get(reverse("desk:statement_email", args=[message.pk])).content.decode()

    waiting = states.submit(message, by=ada)

    seen = read(client_of(ben), waiting)
    assert (said["sender"], said["subject"], said["text"], framed) == (
        seen.sender, seen.subject, seen.text, seen.framed,
    )  # fmt: skip
