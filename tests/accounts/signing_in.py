"""Steps of somebody who signs in, for the tests of the second one."""

from django.urls import reverse

import clock
from accounts.models import LogEntry
from tests.conftest import PASSWORD


def confirmed(browser):
    session = browser.session
    session["confirmed_at"] = clock.now().isoformat()
    session.save()
    return browser


def give_password(browser, person, password=PASSWORD):
    return browser.post(reverse("account_login"), {"login": person.email, "password": password})


def give_code(browser, code):
    return browser.post(reverse("mfa_authenticate"), {"code": code})


def is_in(browser):
    return browser.get("/desk/people/").status_code == 200


def logged():
    return list(LogEntry.objects.order_by("number").values_list("action", flat=True))
