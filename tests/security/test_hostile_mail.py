"""S01 in mails: hostile names and texts reach every letter as words, in both parts and in no header (A01, A09)."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail as sent

import clock
from accounts import mail as account_mail
from accounts.models import Role, User
from accounts.operations import people
from incidents import breaking, mails_approval
from incidents.models import Commitment, Submission
from incidents.operations import commitment, direct, evidence, review, roles, submission
from incidents.operations.sweep import sweep
from stakeholders import mail
from stakeholders import operations as outbox
from stakeholders.models import Outgoing
from stakeholders.operations import links
from tests import states
from tests import world as worlds
from tests.security import hostile
from tests.security.active import findings, words
from tests.security.corpus import GIVEN_AWAY, LITERAL, PAYLOADS

pytestmark = [pytest.mark.check("S01"), pytest.mark.django_db]

DECLARED = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding",
}  # fmt: skip


@pytest.fixture(scope="module")
def letters(world: SimpleNamespace, django_db_blocker: Any) -> list[tuple[Outgoing, EmailMessage]]:
    """What goes out when names and texts are hostile and everything happens that is written about: parsed as it is sent."""
    with django_db_blocker.unblock(), clock.fixed_at(world.now) as move, worlds.undone():
        hostile.fill(hostile.as_typed, without=hostile.ADDRESSES)
        last = Outgoing.objects.latest("pk").pk
        for happens in HAPPENINGS:
            happens(world)
        for days in (1, 12):
            move(world.now + timedelta(days=days))
            assert sweep().troubles == []
        written = Outgoing.objects.filter(pk__gt=last).order_by("pk")
        kinds = {(one.kind, one.subject[:12], bool(one.html)): one for one in written}  # one of each letter
        return [(one, parsed(one)) for one in kinds.values()]


HAPPENINGS: tuple[Callable[[SimpleNamespace], Any], ...] = (
    lambda w: evidence.refuse(w.evidence, by=w.ben, reason=hostile.CORPUS),
    lambda w: evidence.report_done(w.commitment, by=w.tom, text=hostile.CORPUS, dated_at=clock.now()),
    lambda w: commitment.disown(owned(w), by=w.tom, reason=hostile.CORPUS),
    lambda w: commitment.reassign(owned(w), w.rosa, by=w.ada, reason=hostile.CORPUS),
    lambda w: submission.send_back(w.submission, by=w.ben, reason=hostile.CORPUS),
    lambda w: asked_again(states.fresh(w.names)),
    lambda w: roles.offer_command(states.fresh(w.live), w.rosa, by=w.cleo, briefing=hostile.CORPUS),
    lambda w: review.review(w.emergency, by=w.ben, verdict="approves", finding=hostile.CORPUS),
)


def asked_again(asked: Submission) -> None:
    """As if it had just been submitted: the mails of the first time are in the way."""
    Outgoing.objects.filter(kind="approval_requested").delete()
    mails_approval.requested(asked, breaking.look_up(asked))


def owned(w: SimpleNamespace) -> Commitment:
    return (
        Commitment.objects.filter(owner=w.tom, state="open", disowned_at=None).exclude(pk=w.commitment.pk).latest("pk")
    )


def parsed(message: Outgoing) -> EmailMessage:
    token = links.mint(message) if message.link_purpose else ""
    name = message.to_user.name if message.to_user else ""
    raw = mail.build(message, name=name, organisation=hostile.CORPUS, token=token)
    return message_from_bytes(raw, policy=policy.default)


def test_every_letter_has_the_declared_headers_and_no_active_node(
    letters: list[tuple[Outgoing, EmailMessage]], figures: Callable[..., None]
) -> None:
    found = []
    for message, letter in letters:
        found += [f"{message.kind}: header {name}" for name in set(letter.keys()) - DECLARED]
        found += [f"{message.kind}: {name} twice" for name in letter if len(letter.get_all(name, [])) != 1]
        found += [f"{message.kind}: defect {one}" for part in letter.walk() for one in part.defects]
        found += [f"{message.kind}: {one}" for one in wrong(letter)]
        assert [address.addr_spec for address in letter["To"].addresses] == [message.to_address]

    kinds = {message.kind for message, _ in letters}
    assert kinds >= {"approval_requested", "approval_returned", "commitment", "verification", "command"}
    assert found == []
    figures("S01", letters=len(letters), kinds_of_letters=len(kinds))


def wrong(letter: EmailMessage) -> Iterator[str]:
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    yield from (said for said in GIVEN_AWAY if said in text.get_content())
    if html is not None:
        page = html.get_content().replace("\r\n", "\n")
        style = next(iter(re.findall("<style>(.*?)</style>", page, re.DOTALL)), "")
        yield from findings(page, corpus=hostile.CORPUS, own="http://127.0.0.1:8000", style=style)


def test_letters_quote_what_was_written(letters: list[tuple[Outgoing, EmailMessage]]) -> None:
    """In the text part as it is, in the HTML part as signs: nothing is lost."""
    quoted = [message.kind for message, letter in letters if PAYLOADS[0] in letter.get_body(("plain",)).get_content()]
    shown = [
        message.kind
        for message, letter in letters
        if (html := letter.get_body(("html",))) and PAYLOADS[0] in words(html.get_content())
    ]

    assert {"commitment", "verification"} <= {*quoted}
    assert "commitment" in shown


def test_a_message_to_a_group_holds_words_only(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    """What one group outside gets, and what corrects it and quotes it: every text of it is hostile, in both parts."""
    clock_at(world.now)
    with worlds.undone():
        hostile.fill(hostile.as_typed, without=hostile.ADDRESSES)
        made = [*direct.anew([states.fresh(world.to_group)]).values()]
        made.append(direct.draft(states.fresh(world.mailed).statement).letter)
        letters = []
        for number, written in enumerate(made):
            message = outbox.queue(key=f"hostile:{number}", kind="direct", to="nell@example.org", **written.message())
            assert message
            letters.append(parsed(message))

    assert len(letters) == 2
    for letter in letters:
        assert set(letter.keys()) <= DECLARED
        assert list(wrong(letter)) == []
        html = letter.get_body(("html",))
        assert html
        assert words(html.get_content()).count(PAYLOADS[0]) > 2, "the subject, the message and what to do"


LINK = "http://127.0.0.1:8000/account/password/reset/key/1-x/"


def test_account_mail_holds_words_only(world: SimpleNamespace, clock_at: Callable[..., None]) -> None:
    """Invitations and the like are sent at once: to an organisation and by a person with hostile names."""
    clock_at(world.now)
    with worlds.undone():
        hostile.fill(hostile.as_typed, without=hostile.ADDRESSES)
        olga = User.objects.get(pk=world.olga.pk)
        people.invite("noor@northwind.example", LITERAL, [Role.RESPONDER], by=olga)
        for name in ("password_reset", "password_changed"):
            account_mail.send(name, world.tom.email, person=olga, link=LINK)
        for name in ("password_reset", "password_changed"):
            account_mail.send(
                name,
                "noor@northwind.example",
                person=world.olga,
                link="http://127.0.0.1:8000/account/x/",
                by=world.olga,
            )

    assert len(sent.outbox) >= 3
    for message in sent.outbox:
        letter = message_from_bytes(message.message().as_bytes(), policy=policy.default)
        assert set(letter.keys()) <= DECLARED
        assert list(wrong(letter)) == []
