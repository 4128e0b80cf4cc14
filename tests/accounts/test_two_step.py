"""The second step: set up, replaced, removed, lost; each told, on record, and once only."""

import io
import json
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse

import clock
from accounts import sealed, tokens, totp
from accounts.models import LogEntry, system_user
from accounts.operations import second_step
from refusals import Incomplete, NotAllowed, WrongState
from tests.accounts.signing_in import confirmed, is_in
from tests.accounts.two_step import SECRET, code_now, with_app, with_key
from tests.conftest import PASSWORD, START, dump

Kind = Authenticator.Type


@pytest.fixture(autouse=True)
def _installation(organisation):
    """Its name stands on the pages."""


@pytest.fixture
def signed_in(client_of, ada):
    """Ada's browser, just after she has given her password."""
    return confirmed(client_of(ada))


# --- The algorithm --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924")]
)
def test_codes_are_those_of_the_standard(at, code):
    """The test vectors of RFC 6238, appendix B, shortened to six digits."""
    assert totp.code_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", at // totp.STEP_SECONDS) == code


def test_a_secret_has_160_random_bits():
    secrets = {totp.new_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert {len(secret) * 5 for secret in secrets} == {160}


# --- Setting an app up ----------------------------------------------------------------------------


def test_an_app_is_set_up_with_a_picture_or_by_typing_and_proved_with_a_code(signed_in, ada):
    page = signed_in.get(reverse("desk:app_add")).content.decode()
    secret = signed_in.session["new_app_secret"]
    spelled = re.search(r'<code class="secret">([^<]+)</code>', page).group(1)
    assert spelled.replace(" ", "") == secret
    assert f"secret={secret}" in page
    assert '<path d="M' in page

    answer = signed_in.post(reverse("desk:app_add"), {"code": totp.code_of(secret, totp.step_at(clock.now()))})

    assert answer.headers["Location"] == reverse("desk:codes")
    assert Authenticator.objects.filter(user=ada, type=Kind.TOTP).exists()
    codes = re.findall(r"<li><code>([^<]+)</code>", signed_in.get(reverse("desk:codes")).content.decode())
    assert len(set(codes)) == 10
    text = signed_in.get(reverse("desk:codes_file"))
    assert "attachment" in text.headers["Content-Disposition"]
    assert all(code in text.content.decode() for code in codes)
    assert text.headers["Cache-Control"] == "no-store"


def test_recovery_codes_are_shown_until_they_are_put_away_and_never_again(signed_in, ada):
    signed_in.get(reverse("desk:app_add"))
    secret = signed_in.session["new_app_secret"]
    signed_in.post(reverse("desk:app_add"), {"code": totp.code_of(secret, totp.step_at(clock.now()))})

    signed_in.post(reverse("desk:codes_kept"))

    assert signed_in.get(reverse("desk:codes")).status_code == 302
    assert signed_in.get(reverse("desk:codes_file")).status_code == 404


def test_a_wrong_first_code_sets_nothing_up(signed_in, ada, snapshot):
    signed_in.get(reverse("desk:app_add"))
    secret, before = signed_in.session["new_app_secret"], snapshot()

    answer = signed_in.post(reverse("desk:app_add"), {"code": "000000"})

    assert answer.status_code == 422
    assert "This is not the code that the app shows now" in answer.content.decode()
    assert signed_in.session["new_app_secret"] == secret, "the picture that was scanned stays good"
    assert snapshot() == before


def test_setting_up_is_on_record_and_told(ada, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with_app(ada)

    app, codes = Authenticator.objects.get(type=Kind.TOTP), Authenticator.objects.get(type=Kind.RECOVERY_CODES)
    assert list(LogEntry.objects.order_by("number").values_list("action", "actor", "details")) == [
        ("person.second_step_added", ada.pk, {"factor": app.pk, "kind": "totp"}),
        ("person.recovery_codes_made", ada.pk, {"codes": codes.pk}),
    ]
    (message,) = mail.outbox
    assert message.to == [ada.email]
    assert "An authenticator app was added." in str(message.body)


def test_nothing_of_it_lies_open_in_the_database(ada):
    codes = with_app(ada)

    everything = json.dumps(dump(), default=str)
    kept = Authenticator.objects.get(type=Kind.TOTP).data["secret"]
    assert sealed.unseal(kept) == SECRET
    assert SECRET not in everything
    for code in codes:
        assert code not in everything
        assert second_step.letters(code) not in everything
        assert tokens.hashed(second_step.letters(code)) in everything


def test_nobody_sets_up_or_removes_for_somebody_else(ada, ben, refused):
    with_app(ada)
    app = Authenticator.objects.get(user=ada, type=Kind.TOTP)
    for attempt in (
        lambda: second_step.add_app(ada, SECRET, code_now(), by=ben, keep=""),
        lambda: second_step.remove(app, by=ben, keep=""),
        lambda: second_step.renew_codes(ada, by=ben, keep=""),
        lambda: second_step.rename_key(app, "Mine", by=ben),
    ):
        with refused(NotAllowed, "Everybody sets up their own second step"):
            attempt()


def test_a_code_that_does_not_fit_is_refused(ada, refused):
    with refused(Incomplete, "does not fit"):
        second_step.add_app(ada, SECRET, "123456", by=ada, keep="")


# --- Changing it ----------------------------------------------------------------------------------

CHANGES = ["desk:app_remove", "desk:codes_renew", "desk:key_remove"]


def address(name, ada):
    return reverse(name, args=[with_key(ada).pk] if "key" in name else [])


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_needs_the_password_of_the_last_fifteen_minutes(client_of, ada, clock_at, name):
    with_app(ada)
    browser, path = client_of(ada), address(name, ada)
    browser = client_of(ada)
    before = dump()

    assert browser.post(path).headers["Location"] == "/desk/account/confirm/?next=%2Fdesk%2Faccount%2Ftwo-step%2F"
    assert dump() == before
    assert browser.post("/desk/account/confirm/", {"password": "wrong", "next": "/desk/account/"}).status_code == 422
    answer = browser.post("/desk/account/confirm/", {"password": PASSWORD, "next": "/desk/account/two-step/"})
    assert answer.headers["Location"] == "/desk/account/two-step/"
    clock_at(START + timedelta(minutes=15, seconds=1))
    assert "/confirm/" in browser.post(path).headers["Location"]
    clock_at(START + timedelta(minutes=15))
    assert "/confirm/" not in browser.post(path).headers["Location"]


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_takes_a_post(signed_in, ada, name):
    with_app(ada)

    assert confirmed(signed_in).get(address(name, ada)).status_code in (302, 405)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil"])
def test_the_password_once_more_leads_to_no_foreign_page(client_of, ada, elsewhere):
    answer = client_of(ada).post("/desk/account/confirm/", {"password": PASSWORD, "next": elsewhere})

    assert answer.headers["Location"] == "/desk/account/two-step/"


def test_the_password_once_more_is_tried_ten_times_and_then_later(client_of, ada):
    browser = client_of(ada)
    for _ in range(10):
        assert browser.post("/desk/account/confirm/", {"password": "wrong"}).status_code == 422

    answer = browser.post("/desk/account/confirm/", {"password": PASSWORD})

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")


def test_with_the_last_factor_the_codes_go_too(ada):
    with_app(ada)
    key = with_key(ada)

    second_step.remove(Authenticator.objects.get(type=Kind.TOTP), by=ada, keep="")
    assert Authenticator.objects.filter(type=Kind.RECOVERY_CODES).exists()
    second_step.remove(key, by=ada, keep="")

    assert not Authenticator.objects.exists()


def test_recovery_codes_alone_are_refused(ada, refused):
    with refused(WrongState, "there is none"):
        second_step.renew_codes(ada, by=ada, keep="")


def test_a_key_has_a_name_that_its_owner_changes(client_of, ada, ben):
    key = with_key(ada, "Laptop")

    assert client_of(ben).get(reverse("desk:key", args=[key.pk])).status_code == 404
    browser = client_of(ada)
    browser.post(reverse("desk:key", args=[key.pk]), {"name": "Office laptop"})

    key.refresh_from_db()
    assert key.data["name"] == "Office laptop"
    assert "Office laptop" in browser.get(reverse("desk:account")).content.decode()
    assert LogEntry.objects.first().details == {"key": key.pk}


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_the_account_asks_as_often_for_three_keys_as_for_one(
    client_of, ada, django_assert_num_queries, count
):
    for number in range(count):
        with_key(ada, f"Key {number}")
    browser = client_of(ada)
    browser.get(reverse("desk:account"))

    with django_assert_num_queries(6):
        browser.get(reverse("desk:account"))


# --- Lost -----------------------------------------------------------------------------------------


def test_an_administrator_removes_a_lost_second_step(client_of, ada, olga, django_capture_on_commit_callbacks):
    with_app(ada)
    elsewhere, desk = client_of(ada), confirmed(client_of(olga))

    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(reverse("desk:second_step_reset", args=[ada.pk]))

    assert answer.headers["Location"] == reverse("desk:person", args=[ada.pk])
    assert not Authenticator.objects.filter(user=ada).exists()
    assert not is_in(elsewhere)
    entry = LogEntry.objects.first()
    assert (entry.action, entry.actor, entry.object_id) == ("person.second_step_reset", olga, str(ada.pk))
    assert mail.outbox[-1].to == [ada.email]
    assert "Olga Petrenko removed it" in str(mail.outbox[-1].body)


def test_only_an_administrator_may_and_not_for_themselves(ada, ben, olga, refused):
    with_app(ada)
    with_app(olga)

    with refused(NotAllowed, "Only an administrator"):
        second_step.reset(ada, by=ben)
    with refused(WrongState, "on the page of your account"):
        second_step.reset(olga, by=olga)
    with refused(WrongState, "has not set up"):
        second_step.reset(ben, by=olga)


def test_the_terminal_removes_it_as_well(ada):
    with_app(ada)
    out = io.StringIO()

    call_command("reset_second_step", ada.email.upper(), stdout=out)

    assert "Ada Brandt signs in with the password alone" in out.getvalue()
    assert not Authenticator.objects.exists()
    assert LogEntry.objects.first().actor == system_user()
    with pytest.raises(CommandError, match="has not set up"):
        call_command("reset_second_step", ada.email)
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("reset_second_step", "nobody@northwind.example")
