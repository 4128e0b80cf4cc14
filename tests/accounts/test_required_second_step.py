"""When the operator asks for a second step (`REQUIRE_MFA`): led to set it up, let nowhere else, and able to approve nothing."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.operations import second_step
from accounts.permissions import lacks_second_step
from incidents.models import Approval
from incidents.operations import approval
from incidents.operations.review import review
from refusals import NotAllowed, WrongState
from tests.accounts.two_step import with_app, with_key
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _asked_for(settings, organisation):
    settings.REQUIRE_MFA = "approvers"


SET_UP = "/desk/account/two-step/"


def sign_in(browser, person):
    return browser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})


def test_it_is_asked_of_those_who_approve_or_administer(cast):
    asked = {name for name, person in vars(cast).items() if lacks_second_step(person)}

    assert asked == {"ada", "ben", "cleo", "olga"}


def test_everyone_means_everyone(cast, settings):
    settings.REQUIRE_MFA = "everyone"

    assert all(lacks_second_step(person) for person in vars(cast).values())
    settings.REQUIRE_MFA = ""
    assert not any(lacks_second_step(person) for person in vars(cast).values())


def test_signing_in_leads_to_the_set_up_and_no_further(client_of, ben):
    browser = client_of(None)

    assert sign_in(browser, ben).headers["Location"] == SET_UP
    page = browser.get(SET_UP).content.decode()
    assert "asks you for a second step at sign-in" in page
    assert reverse("desk:app_add") in page
    for path in ("/desk/", "/desk/approvals/", "/desk/people/"):
        assert browser.get(path).headers["Location"] == SET_UP
    assert browser.get("/desk/?rev=1", headers={"HX-Request": "true"}).headers["HX-Redirect"] == SET_UP
    assert browser.post("/desk/incidents/new/", {}).status_code in (302, 404)
    for path in (SET_UP, "/desk/account/", "/desk/account/two-step/app/", "/desk/account/two-step/keys/new/"):
        assert browser.get(path).status_code == 200, path
    assert browser.post(reverse("account_logout")).status_code == 302


@pytest.mark.parametrize("way", [with_app, with_key])
def test_whoever_has_set_it_up_is_in(client_of, ben, way):
    way(ben)

    assert client_of(ben).get("/desk/approvals/").status_code == 200


def test_whoever_need_not_have_one_notices_nothing(client_of, vic):
    browser = client_of(None)

    assert sign_in(browser, vic).headers["Location"] == "/desk/"
    assert browser.get("/desk/").status_code == 200


def test_recovery_codes_alone_are_no_second_step(ben):
    with_app(ben)
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()

    assert lacks_second_step(ben)


def test_approving_without_one_is_refused_with_the_way_to_it(submitted, ben, refused):
    with refused(NotAllowed, "asks everybody who may do that for a second step") as refusal:
        approval.approve(submitted, by=ben, seen_digest=submitted.digest)

    (missing,) = refusal.value.missing
    assert reverse(missing.view) == SET_UP


def test_with_one_it_goes_out(submitted, ben):
    with_app(ben)

    assert approval.approve(submitted, by=ben, seen_digest=submitted.digest)


def test_an_emergency_is_no_exception(submitted, cleo, refused):
    with refused(NotAllowed, "second step"):
        approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="Nobody is awake.")

    with_app(cleo)
    assert approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="Nobody is awake.")


def test_nor_is_working_alone_or_the_review_of_an_emergency(submitted, cleo, ben, refused):
    with refused(NotAllowed, "second step"):
        approval.approve_alone(submitted, by=cleo, seen_digest=submitted.digest)
    with_app(cleo)
    approval.approve_in_emergency(submitted, by=cleo, seen_digest=submitted.digest, reason="Nobody is awake.")
    with refused(NotAllowed, "second step"):
        review(Approval.objects.get(submission=submitted), by=ben, verdict="approves")


def test_the_last_one_cannot_be_removed_but_replaced(ben, refused):
    with_app(ben)
    app = Authenticator.objects.get(user=ben, type=Authenticator.Type.TOTP)

    with refused(WrongState, "the only one you have"):
        second_step.remove(app, by=ben, keep="")
    with_key(ben)
    second_step.remove(app, by=ben, keep="")

    assert not lacks_second_step(ben)


def test_after_a_reset_the_way_leads_to_the_set_up_again(client_of, ben, olga):
    with_app(ben)
    with_app(olga)
    second_step.reset(ben, by=olga)

    assert sign_in(client_of(None), ben).headers["Location"] == SET_UP
