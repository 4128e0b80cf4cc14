"""Every form of ours filled in wrongly: which there are, at which door each is met, and what a wrong answer to each field is.

Nothing here is a list of forms. The doors are tried, and the forms that they then fill in are the cases; a form that no door
fills in is found by `unmet`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.test import Client
from django.urls import reverse

from accounts import tokens
from accounts.fields import MomentField
from accounts.forms import AppForm, CodeForm, NewKeyForm
from accounts.models import Organisation
from incidents.forms.approval import DecisionForm
from incidents.forms.incident import AnswerForm
from tests import factories
from tests import world as worlds
from tests.doors import DOORS, PEOPLE, Door, browser_of
from tests.servers import hidden_fields

# Met only after one has just confirmed who one is, and with a secret of that visit: no door of the table leads there.
BEHIND_A_CONFIRMATION: set[type[forms.BaseForm]] = {AppForm, CodeForm, NewKeyForm}
BUTTONS = {AnswerForm, DecisionForm}  # nothing is typed: what they send is what a button stands for

APPS = ("accounts", "agents", "stakeholders", "incidents", "practice", "config")
World = SimpleNamespace
Typed = dict[str, Any]


@dataclass(frozen=True)
class Met:
    """A form at the door where it is met: who fills it in, and everything that goes along."""

    kind: type[forms.BaseForm]
    at: str
    open: Callable[[World], tuple[Client, str]]
    form: Any
    sends: Callable[[World], Typed] = field(default=lambda _w: {})

    def __str__(self) -> str:
        return f"{self.kind.__module__.rpartition('.')[2]}.{self.kind.__name__} at {self.at}"


def all_kinds() -> set[type[forms.BaseForm]]:
    """Every class of form of ours with a field of its own."""

    def below(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return {
        kind
        for kind in below(forms.BaseForm)
        if kind.__module__.startswith(APPS) and getattr(kind, "base_fields", None)
    }


@contextmanager
def filled_in() -> Iterator[list[Any]]:
    """The forms that are checked meanwhile, as they are checked."""
    found: list[Any] = []
    check = forms.BaseForm.full_clean

    def watched(form: Any) -> None:
        if form.is_bound and form not in found:
            found.append(form)
        check(form)

    forms.BaseForm.full_clean = watched  # type: ignore[method-assign, assignment]
    try:
        yield found
    finally:
        forms.BaseForm.full_clean = check  # type: ignore[method-assign]


def met(w: World) -> list[Met]:
    """Each form at each door that fills it in."""
    cases: dict[tuple[type[forms.BaseForm], str], Met] = {}
    ours = all_kinds()
    for name, opens, sends in _ways_in():
        with worlds.undone():
            browser, address = opens(w)
            with filled_in() as found:
                browser.post(address, {"sent": "1"} | sends(w))
        for form in found:
            if type(form) in ours:
                cases.setdefault((type(form), address), Met(type(form), name, opens, form, sends))
    return sorted(cases.values(), key=str)


@dataclass(frozen=True)
class CameBack:
    """What a form with wrong answers was answered with."""

    case: Met
    how: str
    typed: Typed
    form: Any
    status: int
    text: str

    def __str__(self) -> str:
        return f"{self.case}, {self.how}"


def tried(w: World, case: Met) -> Iterator[CameBack]:
    """Left blank; then every second field wrong and the others answered; then the other way round."""
    if case.kind in BUTTONS:
        return
    with worlds.undone():
        browser, address = case.open(w)
        hidden = dict(hidden_fields(browser.get(address).text))
        for how, typed in _variants(case.form):
            with worlds.undone(), filled_in() as found:
                answer = browser.post(address, hidden | {"sent": "1"} | case.sends(w) | typed)
            form = next(form for form in found if type(form) is case.kind)
            yield CameBack(case, how, typed, form, answer.status_code, answer.text)


def _variants(form: Any) -> Iterator[tuple[str, Typed]]:
    shown = [bound.name for bound in form.visible_fields()]
    if any(form.fields[name].required for name in shown):
        yield "left blank", {form.add_prefix(name): "" for name in shown}
    for half in (shown[::2], shown[1::2]):
        mistakes = {name: answer for name in half if (answer := wrong(form, name)) is not None}
        given = {name: plausible(form, name, at) for at, name in enumerate(shown)} | mistakes
        if mistakes:
            yield f"wrong: {', '.join(mistakes)}", {form.add_prefix(name): answer for name, answer in given.items()}


def _ways_in() -> Iterator[tuple[str, Callable[[World], tuple[Client, str]], Callable[[World], Typed]]]:
    for door in DOORS:
        if door.name == "account_reset_password_from_key" or door.name.endswith("_reading"):
            continue  # the first's link is made up, a real one stands below; the others read along what is half typed
        for name in PEOPLE:
            if door.post[name] not in (302, 403, 404, 405) or (name in door.let_in and door.post[name] == 302):
                yield str(door), _through(door, name), door.sends
                break
    for step in ("organisation", "you", "component", "contact", "second-person"):
        yield f"setup {step}", _setting_up(step), lambda _w: {}
    yield "a new password by link", _new_password, lambda _w: {}
    yield "the second step", _second_step, lambda _w: {"code": "000000"}


def _through(door: Door, name: str) -> Callable[[World], tuple[Client, str]]:
    return lambda w: (browser_of(w, name), door.address(w))


SET_UP: dict[str, Typed] = {
    "organisation": {"name": "Northwind", "place": "Berlin", "time_zone": "Europe/Berlin"},
    "you": {"person": "Olga", "email": "olga2@northwind.example", "password": "a sentence nobody guesses"},
    "component": {"component": "Replies", "agent": "Assistant"},
    "contact": {"contact": "help@northwind.example"},
}


def _setting_up(step: str) -> Callable[[World], tuple[Client, str]]:
    def opens(_w: World) -> tuple[Client, str]:
        token = "as-printed-in-the-terminal"
        Organisation.objects.update(set_up_at=None, setup_token_hash=tokens.hashed(token))
        browser = Client()
        for before, answers in SET_UP.items():
            if before == step:
                break
            browser.post(reverse("setup_step", args=[token, before]), answers)
        return browser, reverse("setup_step", args=[token, step])

    return opens


def _second_step(w: World) -> tuple[Client, str]:
    """Rosa has given her password, and has a passkey."""
    browser = browser_of(w, "nobody")
    browser.post(reverse("account_login"), {"login": w.rosa.email, "password": factories.PASSWORD})
    return browser, reverse("mfa_authenticate")


def _new_password(w: World) -> tuple[Client, str]:
    browser = Client()
    key = default_token_generator.make_token(w.rosa)
    link = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(w.rosa), "key": key})
    return browser, browser.get(link).headers["Location"]


# What is typed


def wrong(form: Any, name: str) -> Any:
    """An answer to this field that cannot be accepted, or None where every answer can."""
    kind = form.fields[name]
    if isinstance(kind, MomentField):
        return "the day after never"
    if isinstance(kind, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return ["no such choice"]
    if isinstance(kind, forms.ChoiceField | forms.ModelChoiceField | forms.TypedChoiceField):
        return "no such choice"
    if isinstance(kind, forms.EmailField):
        return "not an address"
    if isinstance(kind, forms.CharField) and kind.max_length:
        return "x" * (kind.max_length + 1)
    return None


def plausible(form: Any, name: str, number: int) -> Any:
    """An answer that this field may well accept, and that can be found again in the page."""
    kind = form.fields[name]
    if isinstance(kind, MomentField):
        return "20 Nov 2026 15:00 UTC"
    if isinstance(kind, forms.BooleanField):
        return "on"
    if isinstance(kind, forms.ChoiceField | forms.ModelChoiceField):
        choices: Any = kind.choices
        offered = [str(value) for value, _label in choices if str(value)]
        several = isinstance(kind, forms.MultipleChoiceField | forms.ModelMultipleChoiceField)
        return offered[:1] if several else (offered or [""])[0]
    if isinstance(kind, forms.EmailField):
        return f"answer{number}@example.org"
    if isinstance(kind, forms.IntegerField):
        return str(number)
    return f"Answer {number}"
