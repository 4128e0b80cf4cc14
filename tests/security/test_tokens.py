"""Tokens (S17): none lies in the database as it is used, none can be guessed, none opens another door than its own."""

import base64
import json
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core import signing
from django.db import connection
from django.urls import reverse

from accounts import devices, sealed, tokens, totp
from accounts.models import Session, User
from accounts.operations import people, second_step, setup
from accounts.operations.password import make_password_link
from accounts.sessions import SessionStore
from stakeholders.models import ActionLink, Outgoing
from stakeholders.operations import links
from tests.accounts.two_step import SECRET, with_app
from tests.conftest import PASSWORD, START

pytestmark = [pytest.mark.check("S17"), pytest.mark.django_db]

BITS = 128


def last(link):
    return link.rstrip("/").rpartition("/")[2]


def whole_database():
    """Every value of every table, straight from the database, sessions and tables of others included."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found += [value for row in cursor.fetchall() for value in row if isinstance(value, str)]
    return "\n".join(found)


@pytest.fixture
def given(organisation, olga, ada, ben, tom, commitment, client_of):
    """One of every kind of token, as somebody holds it."""
    invited = people.invite("noor@northwind.example", "Noor", ["observer"], by=olga)
    message = Outgoing.objects.create(
        kind="commitment", key="tokens", to_user=tom, to_address=tom.email, subject="Due", text="x", due_at=START,
        link_purpose="commitment", link_subject=commitment.public_id, link_valid_until=START + timedelta(days=14),
    )  # fmt: skip
    browser = client_of(ada)
    return SimpleNamespace(
        invitation=last(invited.link),
        reset=last(make_password_link(ada, by=olga)).partition("-")[2],
        uid=user_pk_to_url_str(ada),
        action=links.mint(message),
        session=browser.cookies[settings.SESSION_COOKIE_NAME].value,
        recovery=with_app(ben)[0],
        app=SECRET,
        browser=browser,
    )


def test_a_copy_of_the_database_holds_no_token(given, organisation, figures):
    kinds = {name: value for name, value in vars(given).items() if name not in ("uid", "browser")}

    dumped = whole_database()

    assert tokens.hashed(given.invitation) in dumped, "the search would find something"
    open_ = [name for name, value in kinds.items() if value in dumped or value.replace("-", "") in dumped]
    assert open_ == []
    figures("S17", kinds_of_tokens=len(kinds), found_in_clear=len(open_))


def test_the_search_would_find_a_token_that_lies_open(given, ada):
    User.objects.filter(pk=ada.pk).update(name=given.invitation)

    assert given.invitation in whole_database()


def test_what_a_session_carries_cannot_be_read_from_a_copy(given, ada, client_of):
    """allauth keeps the key of a password link in the session while it is used."""
    browser = client_of(None)
    link = make_password_link(ada, by=ada)
    browser.get(link, follow=True)
    key = last(link).partition("-")[2]
    assert any(key == str(value) for value in browser.session.values()), "it is there"

    for kept in Session.objects.values_list("session_data", flat=True):
        assert key not in kept
        with pytest.raises((signing.BadSignature, ValueError)):
            signing.loads(kept, salt=SessionBase().key_salt)
        body = kept.split(":")[0]
        assert key.encode() not in base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def test_the_set_up_link_is_kept_as_a_hash(db):
    token = setup.issue_setup_token()

    assert token not in whole_database()
    assert tokens.hashed(token) in whole_database()


def random_bits(token, letters):
    """How many bits this many letters can hold; that they are drawn at random is said below."""
    return len(token) * (letters - 1).bit_length()


def test_no_token_can_be_guessed(given, figures):
    sizes = {
        "invitation": random_bits(given.invitation, 64),
        "set-up": random_bits(tokens.fresh(), 64),
        "action": random_bits(given.action, 64),
        "session": len(given.session) * 5,  # 36 letters: 5.17 bits each
        "app": random_bits(given.app, 32),
        "device": len(signed_name(given)) * 6,
        "password link": len(given.reset.rpartition("-")[2]) * 4,  # hexadecimal digits of an HMAC-SHA256, cut in half
    }

    assert {name: bits for name, bits in sizes.items() if bits < BITS} == {}
    figures("S17", fewest_bits=min(sizes.values()))


def signed_name(given):
    answer = given.browser.get("/desk/")
    devices.remember(answer.wsgi_request, answer, answer.wsgi_request.user)
    return signing.loads(answer.cookies[settings.DEVICE_COOKIE_NAME].value, salt=devices.SALT)[1]


def test_a_recovery_code_has_fewer_bits_because_it_is_typed_and_is_worth_nothing_alone(given):
    """79 bits, used once, only beside the password, ten tries in ten minutes (docs/decisions/0004)."""
    assert len(second_step.letters(given.recovery)) == 16
    assert len(second_step.CODE_LETTERS) ** 16 > 2**78


def test_tokens_are_drawn_at_random():
    drawn = [tokens.fresh() for _ in range(200)] + [totp.new_secret() for _ in range(200)]

    assert len(set(drawn)) == 400
    assert len({token[:4] for token in drawn[:200]}) > 195


DOORS = {
    "invitation": "account_invitation",
    "set-up": "setup",
    "action": "act",
    "reset": "account_reset_password_from_key",
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ["invitation", "action", "reset", "session", "recovery", "made up"])
def test_a_token_opens_no_door_but_its_own(given, client_of, door, kind):
    token = getattr(given, kind, tokens.fresh())
    arguments = [given.uid, token] if door == "reset" else [token]

    answer = client_of(None).get(reverse(DOORS[door], args=arguments), follow=True)

    opened = answer.status_code == 200 and b"not good any more" not in answer.content
    assert opened is (door == kind)
    if not opened:
        assert b'type="password"' not in answer.content


def test_no_token_is_a_session_and_no_session_a_token(given, client_of):
    for token in (given.invitation, given.action, given.reset, given.recovery, given.app):
        browser = client_of(None)
        browser.cookies[settings.SESSION_COOKIE_NAME] = token
        assert browser.get("/desk/").status_code == 302
    assert not SessionStore(given.invitation).exists(given.invitation)


def test_what_is_sealed_or_signed_for_one_purpose_serves_no_other(given, ada):
    named = signing.dumps([ada.pk, "name"], salt=devices.SALT)
    for salt in ("django.core.signing", SessionBase().key_salt, "another"):
        with pytest.raises(signing.BadSignature):
            signing.loads(named, salt=salt)
    with pytest.raises(sealed.Unreadable):
        sealed.unseal(named)
    kept = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert SessionStore().decode(kept) == {}


def page_of(client_of, address, **posted):
    browser = client_of(None)
    answer = browser.post(address, posted) if posted else browser.get(address, follow=True)
    return answer.status_code, re.sub(r'(value|content|action|href)="[^"]*"', "", answer.content.decode())


def test_invitations_that_are_used_taken_back_expired_or_made_up_get_the_same_answer(
    olga, organisation, client_of, clock_at
):
    used, revoked, expired = (
        people.invite(f"{name}@northwind.example", name, ["observer"], by=olga)
        for name in ("used", "revoked", "expired")
    )
    people.accept_invitation(last(used.link), "another long sentence", "UTC")
    people.revoke_invitation(revoked, by=olga)
    clock_at(START + timedelta(days=7, seconds=1))
    addresses = [*(one.link for one in (used, revoked, expired)), reverse("account_invitation", args=[tokens.fresh()])]

    looked = {page_of(client_of, address) for address in addresses}
    sent = {page_of(client_of, address, password="another long sentence", time_zone="UTC") for address in addresses}

    assert len(looked) == len(sent) == 1


def test_password_links_that_are_used_expired_or_made_up_get_the_same_answer(
    ada, ben, organisation, client_of, settings
):
    used, made_up = make_password_link(ada, by=ada), reverse("account_reset_password_from_key", args=["1", "x-y"])
    nobody = reverse("account_reset_password_from_key", args=["zzz", last(used).partition("-")[2]])
    form = client_of(None)
    address = form.get(used, follow=True).redirect_chain[-1][0]
    form.post(address, {"password1": "another long sentence"})
    expired = make_password_link(ben, by=ben)
    settings.PASSWORD_RESET_TIMEOUT = -1

    assert len({page_of(client_of, address) for address in (used, expired, made_up, nobody)}) == 1


def test_links_of_a_mail_that_are_void_expired_or_made_up_get_the_same_answer(given, client_of, clock_at):
    address = reverse("act", args=[given.action])
    made_up = page_of(client_of, reverse("act", args=[tokens.fresh()]))
    assert page_of(client_of, address)[0] == 200
    ActionLink.objects.update(voided_at=START)
    void = page_of(client_of, address)
    ActionLink.objects.update(voided_at=None)
    clock_at(START + timedelta(days=30))

    assert page_of(client_of, address) == void == made_up


def test_a_password_changes_and_an_older_link_is_dead(ada, organisation, client_of):
    one, other = make_password_link(ada, by=ada), make_password_link(ada, by=ada)
    form = client_of(None)
    form.post(form.get(one, follow=True).redirect_chain[-1][0], {"password1": "another long sentence"})

    assert "not good any more" in client_of(None).get(other, follow=True).content.decode()


@pytest.mark.parametrize("path", ["accounts/totp.py", "accounts/operations/second_step.py"])
def test_what_is_typed_is_compared_in_constant_time(path):
    """Links are looked up by the hash of the token; what is compared letter by letter is compared like this."""
    source = (settings.BASE_DIR / path).read_text()

    assert "compare_digest(" in source
    assert not re.search(r"[!=]= (hashed|typed|code)\b", source)


def test_the_password_is_in_no_page_and_no_log_of_all_this(given, caplog):
    assert PASSWORD not in whole_database()
    assert json.dumps(PASSWORD) not in caplog.text
