"""Set-up in the browser: a few short pages behind a one-time link from the terminal.

What was answered waits in the session, so that going back loses nothing; the password waits there as a hash. Nothing is
written before the last page.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import mail
from accounts.models import Organisation
from accounts.operations.setup import opens_setup
from incidents.forms.setup import ComponentForm, ContactForm, OrganisationForm, PersonForm, SecondPersonForm
from incidents.operations.founding import Answers, found

STEPS: dict[str, type[forms.Form]] = {
    "organisation": OrganisationForm,
    "you": PersonForm,
    "component": ComponentForm,
    "contact": ContactForm,
    "second-person": SecondPersonForm,
}
KEPT = "setup"


@login_not_required
@require_safe
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the terminal. Opening it changes nothing, and going back to it goes on where one was."""
    if not opens_setup(token):
        return _closed(request)
    return redirect("setup_step", token, _first_open(request.session.get(KEPT, {})))


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, token: str, step: str) -> HttpResponse:
    if not opens_setup(token):
        return _closed(request)
    if step not in STEPS:
        raise Http404("There is no such page of the set-up.")
    kept = request.session.get(KEPT, {})
    if list(STEPS).index(step) > list(STEPS).index(_first_open(kept)):
        return redirect("setup_step", token, _first_open(kept))
    form = _form(request, step, kept)
    if request.method != "POST" or not form.is_valid():
        return render(request, f"setup/{step}.html", _context(form, token, step), status=422 if form.errors else 200)
    request.session[KEPT] = kept = kept | _kept(step, form.cleaned_data, kept)
    following = _after(step)
    return redirect("setup_step", token, following) if following else _finish(request, token, kept)


def _finish(request: HttpRequest, token: str, kept: dict[str, dict[str, Any]]) -> HttpResponse:
    """Answer the last page at once, not by a redirect: the link for a second person can be shown only now."""
    answers = {name: value for fields in kept.values() for name, value in fields.items()}
    answers.pop("second")
    user, invitation = found(token, Answers(**answers))
    del request.session[KEPT]
    get_adapter().login(request, user)
    context = {"person": user, "invitation": invitation, "mail_reaches_people": mail.reaches_people()}
    return render(request, "setup/done.html", context)


def _form(request: HttpRequest, step: str, kept: dict[str, dict[str, Any]]) -> forms.Form:
    options: dict[str, Any] = {}
    if step == "you":
        options["has_password"] = "you" in kept
    if step == "second-person":
        options["own_email"] = kept["you"]["email"]
    return STEPS[step](request.POST if request.method == "POST" else None, initial=kept.get(step), **options)


def _kept(step: str, cleaned: dict[str, Any], kept: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    if step != "you":
        return {step: cleaned}
    typed = cleaned.pop("password")
    password_hash = make_password(typed) if typed else kept["you"]["password_hash"]
    return {step: cleaned | {"password_hash": password_hash}}


def _context(form: forms.Form, token: str, step: str) -> dict[str, Any]:
    names = list(STEPS)
    number = names.index(step)
    return {
        "form": form,
        "token": token,
        "number": number + 1,
        "of": len(names),
        "before": names[number - 1] if number else "",
    }


def _first_open(kept: dict[str, Any]) -> str:
    """The first page that has not been answered, or the last one."""
    return next((name for name in STEPS if name not in kept), list(STEPS)[-1])


def _after(step: str) -> str:
    names = [*STEPS, ""]
    return names[names.index(step) + 1]


def _closed(request: HttpRequest) -> HttpResponse:
    organisation = Organisation.current()
    done = bool(organisation and organisation.set_up_at)
    return render(request, "setup/closed.html", {"done": done}, status=404)
