"""Sessions (S28): what was a good key and is not any more opens nothing, from the very next request on.

The old cookie is sent again to real pages, as whoever has copied it would.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse

from accounts import totp
from accounts.models import Role, Session
from accounts.operations import people
from accounts.operations.password import make_password_link, set_password
from accounts.operations.second_step import apps_time
from accounts.sessions import stored
from stakeholders.operations import links
from tests import world as worlds
from tests.accounts.two_step import next_code, with_app, with_key
from tests.conftest import PASSWORD, START

pytestmark = [pytest.mark.check("S28"), pytest.mark.django_db]

PAGES = ("/desk/", "/desk/?rev=1", "/desk/approvals/", "/desk/account/", "/desk/account/two-step/")
NEW_PASSWORD = "another long sentence"


@pytest.fixture(autouse=True)
def _installation(organisation):
    """There is something to sign in to."""


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def replay(key):
    """A browser that has nothing but this key."""
    browser = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000")
    browser.cookies[settings.SESSION_COOKIE_NAME] = key
    return browser


def opens(key):
    """The pages that this key still opens, each asked once and alone."""
    answers = {page: replay(key).get(page).status_code for page in PAGES}
    return [page for page, status in answers.items() if status == 200 or status == 204]


def sign_in(browser, person, password=PASSWORD):
    browser.post(reverse("account_login"), {"login": person.email, "password": password})
    return browser


def confirmed(browser):
    browser.post(reverse("desk:confirm"), {"password": PASSWORD})
    return browser


def test_the_replay_opens_pages_while_the_key_is_good(client_of, ada):
    assert opens(key_of(sign_in(client_of(None), ada))) == list(PAGES)


def test_each_step_of_signing_in_gives_a_new_key(client_of, ada, figures):
    with_app(ada)
    browser = client_of(None)
    browser.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    planted = key_of(browser)
    sign_in(browser, ada)
    halfway = key_of(browser)
    assert opens(halfway) == []

    browser.post(reverse("mfa_authenticate"), {"code": next_code()})

    assert opens(key_of(browser)) == list(PAGES)
    assert len({planted, key_of(browser)}) == 2
    left = [page for key in {planted, halfway} - {key_of(browser)} for page in opens(key)]
    assert left == []
    figures("S28", keys_planted_before_sign_in_replayed=2 * len(PAGES), let_in=len(left))


def test_signing_out_ends_the_session_on_the_server(client_of, ada):
    browser = sign_in(client_of(None), ada)
    key = key_of(browser)
    browser.get(reverse("account_logout"))
    assert opens(key) == list(PAGES), "looking at the question ends nothing"

    browser.post(reverse("account_logout"))

    assert opens(key) == []
    assert not Session.objects.filter(session_key=stored(key)).exists()


CHANGES = {
    "password": lambda here, _ada: here.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW_PASSWORD}
    ),
    "app": lambda here, _ada: set_up(here),
    "app removed": lambda here, _ada: here.post(reverse("desk:app_remove")),
    "key removed": lambda here, ada: here.post(reverse("desk:key_remove", args=[with_key_of(ada)])),
    "codes": lambda here, _ada: here.post(reverse("desk:codes_renew")),
    "sessions": lambda here, _ada: here.post(reverse("desk:sessions_end")),
}


def set_up(here):
    here.get(reverse("desk:app_add"))
    secret = here.session["new_app_secret"]
    return here.post(reverse("desk:app_add"), {"code": totp.code_of(secret, totp.step_at(apps_time()))})


def with_key_of(ada):
    return ada.authenticator_set.get(type="webauthn").pk


@pytest.mark.parametrize("change", CHANGES)
def test_what_changes_how_one_signs_in_ends_every_other_session_and_keeps_this_one(client_of, ada, change, figures):
    with_app(ada)
    with_key(ada)
    here, elsewhere = confirmed(client_of(ada)), [key_of(client_of(ada)) for _ in range(2)]
    before = key_of(here)

    assert CHANGES[change](here, ada).status_code == 302

    left = [page for key in elsewhere for page in opens(key)]
    assert left == []
    assert opens(key_of(here)) == list(PAGES)
    if change != "sessions":
        assert key_of(here) != before
        assert opens(before) == []
    figures("S28", **{f"replays_after_{change.replace(' ', '_')}": 2 * len(PAGES)}, let_in=len(left))


@pytest.mark.parametrize("way", ["link", "terminal"])
def test_a_reset_password_ends_every_session(client_of, ada, way):
    keys = [key_of(client_of(ada)) for _ in range(2)]
    if way == "terminal":
        set_password(ada, NEW_PASSWORD, by=ada)
    else:
        browser = client_of(None)
        form = browser.get(make_password_link(ada, by=ada), follow=True)
        browser.post(form.redirect_chain[-1][0], {"password1": NEW_PASSWORD})

    assert [page for key in keys for page in opens(key)] == []


def test_who_has_no_access_any_more_is_out_at_the_next_request_and_stays_out(client_of, ada, ben, olga):
    keys = [key_of(client_of(ada)) for _ in range(2)]

    people.deactivate(ada, by=olga)

    assert [page for key in keys for page in opens(key)] == []
    assert replay(keys[0]).post("/desk/account/", {"name": "Still here", "time_zone": "UTC"}).status_code == 302
    assert replay(keys[0]).get("/desk/", headers={"HX-Request": "true"}).headers["HX-Redirect"]
    people.reactivate(ada, by=olga)
    assert [page for key in keys for page in opens(key)] == [], "access given back opens no old session"


def test_the_links_in_the_mail_of_somebody_without_access_open_nothing(world, clock_at, client_of):
    clock_at(world.now)
    owner = links.open_link(world.token).user
    with worlds.undone():
        assert client_of(None).get(reverse("act", args=[world.token])).status_code == 200

        type(owner).objects.filter(pk=owner.pk).update(is_active=False)

        assert client_of(None).get(reverse("act", args=[world.token])).status_code == 404
        assert client_of(None).post(reverse("act_done", args=[world.token]), {"text": "Done."}).status_code == 404


@pytest.mark.parametrize("change", [people.grant_role, people.revoke_role])
def test_new_rights_come_with_a_new_key(client_of, ben, olga, clock_at, change):
    role = Role.APPROVER if change is people.revoke_role else Role.COMMANDER
    browser = client_of(ben)
    browser.get("/desk/people/")
    before = key_of(browser)
    clock_at(START + timedelta(minutes=1))

    change(ben, role, by=olga)
    browser.get("/desk/people/?rev=1")
    assert key_of(browser) == before, "a page's own polling is left alone"
    browser.get("/desk/people/")

    assert key_of(browser) != before
    assert opens(before) == []
    assert opens(key_of(browser))


def test_what_stands_in_the_database_is_no_key(client_of, ada):
    browser = sign_in(client_of(None), ada)
    kept = Session.objects.get(user=ada)

    assert kept.session_key == stored(key_of(browser))
    assert opens(kept.session_key) == []
    assert opens("") == []
    assert "confirmed_at" not in kept.session_data


def test_a_person_sees_their_sessions_and_nobody_elses(client_of, ada, ben, clock_at):
    firefox = sign_in(client_of(None, HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:1) Gecko Firefox/1"), ada)
    phone = "Mozilla/5.0 (iPhone; CPU) AppleWebKit Version/18.0 Mobile Safari/604.1"
    sign_in(client_of(None, HTTP_USER_AGENT=phone), ada)
    sign_in(client_of(None, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Edg/1 Chrome/1 Safari/1"), ben)

    page = firefox.get("/desk/account/").content.decode()

    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "Edge" not in page
    assert page.count("this one") == 1
    firefox.post(reverse("desk:sessions_end"))
    assert "Safari on iPhone" not in firefox.get("/desk/account/").content.decode()
    assert Session.objects.filter(user=ben).exists()


def test_a_session_that_was_ended_while_a_page_loads_does_not_come_back(client_of, ada):
    here, there = client_of(ada), client_of(ada)
    store = there.session  # a request that has begun: the session is read, and will be written
    store["seen_at"] = START.isoformat()
    here.post(reverse("desk:sessions_end"))

    with pytest.raises(UpdateError):
        store.save()

    assert opens(key_of(there)) == []
