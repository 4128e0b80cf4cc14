"""Who is here (S15): how long an answer takes does not tell whether there is such an account. Measured with real hashing."""

import re
import time
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, MD5PasswordHasher
from django.test import override_settings
from django.urls import reverse

import clock
from accounts.models import Invitation, Tally, User
from accounts.operations import people, second_step
from tests import factories
from tests.accounts.two_step import code_now, with_app
from tests.conftest import PASSWORD
from tests.security import timing


class OneLane(Argon2PasswordHasher):
    """As in service, in the thread that answers: helpers would share the machine with whatever else runs."""

    parallelism = 1


REAL = {"PASSWORD_HASHERS": [f"{__name__}.OneLane"]}
KINDS = ("existing", "inactive", "unusable", "unknown")

pytestmark = [pytest.mark.check("S15"), pytest.mark.django_db]


@pytest.fixture
def addresses(organisation):
    """One of each kind: existing, its access ended, without a usable password, unknown."""
    with override_settings(**REAL):
        made = {kind: factories.UserFactory.create(email=f"{kind}@northwind.example") for kind in KINDS[:3]}
    User.objects.filter(pk=made["inactive"].pk).update(is_active=False)
    made["unusable"].set_unusable_password()
    made["unusable"].save()
    return {kind: f"{kind}@northwind.example" for kind in KINDS}


@pytest.fixture
def attempts(client_of):
    """A browser to which no attempt is one too many: ``post(name, **typed)``."""
    browser = client_of(None)

    def post(name, **typed):
        Tally.objects.all().delete()
        return browser.post(reverse(name), typed)

    return post


def asked(post, name, field, addresses, **typed):
    """Each kind of address, typed into the form of this name."""
    return {kind: partial(post, name, **{field: address}, **typed) for kind, address in addresses.items()}


def measured(answers, figures, what):
    """Fails when the time tells the kinds apart."""
    found = timing.measure(answers)
    figures("S15", samples=timing.SAMPLES, **{f"{what}_{name}": figure for name, figure in found.figures.items()})
    assert not found.tells, str(found)


@pytest.mark.nightly
def test_a_wrong_password_takes_as_long_for_everybody(attempts, addresses, figures):
    with override_settings(**REAL):
        answers = asked(attempts, "account_login", "login", addresses, password="a wrong one")
        measured(answers, figures, "sign_in")


@pytest.fixture
def _no_limit(settings):
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": ""}


@pytest.mark.nightly
@pytest.mark.usefixtures("_no_limit")
def test_asking_for_a_new_password_takes_as_long_for_everybody(attempts, addresses, figures):
    measured(asked(attempts, "account_reset_password", "email", addresses), figures, "reset")


@pytest.mark.nightly
def test_a_link_that_opens_nothing_takes_as_long_whatever_it_was(links, client_of, figures):
    browser = client_of(None)

    measured({kind: partial(browser.get, link) for kind, link in links.items()}, figures, "invitation")


@pytest.mark.nightly
def test_a_code_that_is_not_taken_takes_as_long_whatever_it_was(attempts, ada, organisation, figures):
    """Of the app: one that was used, one that was never good. Of the recovery codes: likewise."""
    (recovery, *_), used = with_app(ada), code_now()
    second_step.use_code(ada, recovery, by=ada)
    attempts("account_login", login=ada.email, password=PASSWORD)
    codes = {"used code": used, "wrong code": "000000" if used != "000000" else "000001"}
    letters = {"used recovery code": recovery, "wrong recovery code": recovery[::-1]}

    for what, typed in (("code", codes), ("recovery_code", letters)):
        answers = {kind: partial(attempts, "mfa_authenticate", code=code) for kind, code in typed.items()}
        assert {answer().status_code for answer in answers.values()} == {422}
        measured(answers, figures, what)


def _busy(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.mark.nightly
@pytest.mark.usefixtures("_no_limit")
@pytest.mark.parametrize("spend", [time.sleep, _busy], ids=["waiting", "working"])
def test_twenty_milliseconds_more_for_a_member_are_found(attempts, addresses, monkeypatch, spend):
    """The canary: what a look-up or a letter before the answer would cost."""
    members = {addresses["existing"]}
    monkeypatch.setattr("accounts.forms.send_link", lambda email: email in members and spend(0.02))

    found = timing.measure(asked(attempts, "account_reset_password", "email", addresses), samples=15)

    assert found.tells, str(found)
    assert 0.015 < found.seconds["existing"] - found.seconds["unknown"] < 0.03


def answer_to(client_of, name, address, field):
    answer = client_of(None).post(reverse(name), {field: address, "password": "a wrong one"}, follow=True)
    page = re.sub(r'(value="[^"]*"|content="[^"]*")', "", answer.content.decode())
    return answer.status_code, answer.redirect_chain, page.replace(address, "…")


@pytest.mark.parametrize(("name", "field"), [("account_login", "login"), ("account_reset_password", "email")])
def test_everybody_gets_the_same_answer(client_of, addresses, name, field):
    assert len({str(answer_to(client_of, name, address, field)) for address in addresses.values()}) == 1


def test_the_password_is_hashed_once_for_everybody(client_of, addresses, monkeypatch):
    """What makes the times alike, checked on every change: nobody's attempt is answered without the work."""
    worked: list[str] = []
    encode = MD5PasswordHasher.encode

    def encoded(self: MD5PasswordHasher, password: str, salt: str) -> str:
        worked.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encoded)
    counts = {}
    for kind, address in addresses.items():
        if kind in ("existing", "inactive"):
            User.objects.filter(email=address).update(password=encode(MD5PasswordHasher(), "right", "salt"))
        worked.clear()
        client_of(None).post(reverse("account_login"), {"login": address, "password": "a wrong one"})
        counts[kind] = len(worked)

    assert set(counts.values()) == {1}, counts


@pytest.fixture
def links(organisation, olga):
    """Invitations that open nothing: each was answered, ran out, was taken back, or never was."""
    used, over, revoked = (people.invite(f"{name}@northwind.example", name, ["observer"], by=olga) for name in "uor")
    people.accept_invitation(used.link.rstrip("/").rpartition("/")[2], "another long sentence", "UTC")
    long_ago = clock.now() - timedelta(days=8)
    Invitation.objects.filter(pk=over.pk).update(invited_at=long_ago, expires_at=long_ago + timedelta(days=7))
    people.revoke_invitation(revoked, by=olga)
    unknown = reverse("account_invitation", args=["made-up"])
    return {"used": used.link, "over": over.link, "revoked": revoked.link, "unknown": unknown}


def test_links_that_were_used_are_over_or_never_were_get_the_same_answer(client_of, links):
    answers = {(answer.status_code, answer.content) for answer in map(client_of(None).get, links.values())}

    assert len(answers) == 1
    assert {status for status, _ in answers} == {404}
