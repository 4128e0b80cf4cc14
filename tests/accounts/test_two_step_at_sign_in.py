"""The second step at sign-in: asked for after the password, good once, tried ten times, and never passed by."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.urls import reverse

from accounts import sealed
from accounts.models import Session, User, system_user
from accounts.operations import second_step
from accounts.operations.password import make_password_link
from tests.accounts.signing_in import give_code, give_password, is_in, logged
from tests.accounts.two_step import SECRET, code_now, next_code, with_app
from tests.conftest import START

Kind = Authenticator.Type


@pytest.fixture(autouse=True)
def _installation(organisation):
    """Its name stands on the pages."""


# --- At sign-in -----------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing_any_more(client_of, ada):
    with_app(ada)
    browser = client_of(None)

    answer = give_password(browser, ada)

    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(browser)
    assert "person.signed_in" not in logged()
    assert "The second step" in browser.get(reverse("mfa_authenticate")).content.decode()

    assert give_code(browser, next_code()).headers["Location"] == "/desk/"
    assert is_in(browser)
    assert logged()[-1] == "person.signed_in"


@pytest.mark.parametrize("typed", ["{0} {1}", "{0}-{1}", " {0}{1} "])
def test_a_code_may_be_typed_with_gaps(client_of, ada, typed):
    with_app(ada)
    browser, code = client_of(None), next_code()
    give_password(browser, ada)

    give_code(browser, typed.format(code[:3], code[3:]))

    assert is_in(browser)


def test_a_code_is_good_once(client_of, ada):
    with_app(ada)
    code, first, second = next_code(), client_of(None), client_of(None)
    for browser in (first, second):
        give_password(browser, ada)
        answer = give_code(browser, code)

    assert is_in(first)
    assert "was used before" in answer.content.decode()
    assert not is_in(second)


def test_a_code_from_before_one_that_was_used_is_over_too(ada, clock_at):
    with_app(ada)
    clock_at(START + timedelta(seconds=60))
    assert second_step.use_code(ada, code_now(), by=ada)

    assert second_step.use_code(ada, code_now(-1), by=ada) is None
    assert second_step.use_code(ada, code_now(), by=ada) is None
    assert second_step.use_code(ada, code_now(1), by=ada)


@pytest.mark.parametrize(("off", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_the_clock_of_a_telephone_may_be_half_a_minute_out(ada, clock_at, off, good):
    with_app(ada)
    clock_at(START + timedelta(minutes=10))

    assert bool(second_step.use_code(ada, code_now(off), by=ada)) is good


def test_a_recovery_code_opens_once_and_is_told(client_of, ada, django_capture_on_commit_callbacks):
    codes = with_app(ada)
    first, second = client_of(None), client_of(None)
    give_password(first, ada)
    with django_capture_on_commit_callbacks(execute=True):
        give_code(first, codes[3].upper())
    give_password(second, ada)
    give_code(second, codes[3])

    assert is_in(first)
    assert not is_in(second)
    assert "person.recovery_code_used" in logged()
    assert "9 are left" in str(mail.outbox[-1].body)
    give_code(second, codes[4])
    assert is_in(second)


def test_new_recovery_codes_kill_the_ones_before(ada):
    before = with_app(ada)

    after = second_step.renew_codes(ada, by=ada, keep="")

    assert not set(before) & set(after)
    assert second_step.use_code(ada, before[0], by=ada) is None
    assert second_step.use_code(ada, after[0], by=ada)


def test_the_second_step_cannot_be_asked_for_without_the_password(client_of, ada):
    with_app(ada)

    assert give_code(client_of(None), next_code()).headers["Location"] == reverse("account_login")


def test_a_new_password_by_mail_or_terminal_does_not_pass_by_it(client_of, ada):
    with_app(ada)
    browser = client_of(None)
    form = browser.get(make_password_link(ada, by=system_user()), follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": "another long sentence"})
    assert not is_in(browser)

    give_password(browser, ada, "another long sentence")
    assert not is_in(browser)
    give_code(browser, next_code())

    assert is_in(browser)


def test_codes_are_tried_ten_times_and_then_later(client_of, ada, clock_at):
    with_app(ada)
    browser = client_of(None)
    give_password(browser, ada)
    for attempt in range(10):
        assert give_code(browser, f"{attempt:06}").status_code == 422

    answer = give_code(browser, next_code())

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) == 600
    assert "Try again at 15:26 UTC" in answer.content.decode()
    assert "person.sign_in_held" in logged()
    clock_at(START + timedelta(minutes=10, seconds=1))
    give_code(browser, next_code())
    assert is_in(browser)


def test_an_app_whose_secret_cannot_be_read_any_more_leaves_the_recovery_codes(ada, settings):
    """The secret key was lost. Nobody gets in with less, and nobody is locked out for it."""
    codes = with_app(ada)
    settings.SECRET_KEY = "quite another key, long enough for everybody"

    assert second_step.use_code(ada, next_code(), by=ada) is None
    assert second_step.use_code(ada, codes[0], by=ada)


def test_an_app_goes_on_after_a_change_of_key(ada, settings):
    with_app(ada)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "quite another key, long enough for everybody"
    assert second_step.use_code(ada, next_code(), by=ada)

    settings.SECRET_KEY_FALLBACKS = []

    assert sealed.unseal(Authenticator.objects.get(type=Kind.TOTP).data["secret"]) == SECRET


def test_an_account_that_was_closed_between_the_steps_stays_closed(client_of, ada):
    with_app(ada)
    browser = client_of(None)
    give_password(browser, ada)
    User.objects.filter(pk=ada.pk).update(is_active=False)

    give_code(browser, next_code())

    assert not is_in(browser)
    assert not Session.objects.filter(user=ada).exists()
