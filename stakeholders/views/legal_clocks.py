"""The pages of legal clocks: which there are, one of them with its versions, and the profile that switches them on."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock
from accounts.forms import attempt
from refusals import NotAllowed, Stale, require
from stakeholders import permissions
from stakeholders.models import Profile, ReportingRule
from stakeholders.operations import rules as operations
from stakeholders.rule_forms import CheckForm, NewRuleForm, ProfileForm, RuleForm

NEW = {"unit": "hours", "sure_figures": "high", "sure_applies": "high", "switch": "always"}


@require_safe
def legal_clocks(request: HttpRequest) -> HttpResponse:
    """Those that the profile switches on come first."""
    profile, today = Profile.current(), clock.now().date()
    found = [_aged(rule) for rule in ReportingRule.objects.current()]
    on = [rule for rule in found if rule.is_switched_on(profile)]
    context = {
        "profile": profile,
        "lists": [
            ("on", "To be assessed in every incident", [rule for rule in on if rule.is_in_force(today)]),
            ("soon", "Fits your profile, but does not apply now", [rule for rule in on if not rule.is_in_force(today)]),
            ("off", "Not switched on", [rule for rule in found if rule not in on]),
        ],
        **_about(request),
    }
    return render(request, "stakeholders/legal_clocks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def legal_clock(request: HttpRequest, code: str) -> HttpResponse:
    """Read it; who may, revises it here. A POST makes the next version."""
    found = _current(code)
    form = RuleForm(request.POST if request.method == "POST" else None, rule=found)
    if request.method != "POST":
        return _page(request, found, form)
    _require_keeper(request)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    values = {name: form.cleaned_data[name] for name in operations.FIELDS}
    seen = form.cleaned_data["seen"]
    revised, stale = _tried(form, lambda: operations.revise(found, by=request.user, seen=seen, **values))
    if revised is None:
        found = _current(code)
        return _page(request, found, _again(form, found, stale) if stale else form, stale=stale, status=_status(stale))
    said = f"{code} is kept as version {revised.version}. Clocks that run keep the one they were started with."
    messages.success(request, said if revised.pk != found.pk else "Nothing was changed, so there is no new version.")
    return redirect("desk:legal_clock", code)


@require_safe
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One version, only to be read."""
    found = _aged(get_object_or_404(ReportingRule.objects.select_related("made_by"), code=code, version=number))
    return render(request, "stakeholders/legal_clock_version.html", {"rule": found, **_about(request)})


@require_POST
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody has read the rule itself and found these figures right."""
    _require_keeper(request)
    found = _current(code)
    form = CheckForm(request.POST, prefix="check")
    if not form.is_valid():
        return _page(request, found, RuleForm(rule=found), check_form=form, status=422)
    data = form.cleaned_data
    checked, stale = _tried(
        form,
        lambda: operations.confirm_checked(
            found, by=request.user, seen=data["seen"], checked_on=data["checked_on"], checked_by=data["checked_by"]
        ),
    )
    if checked is None:
        found = _current(code)
        return _page(
            request, found, RuleForm(rule=found), check_form=_again_check(form, found, stale), stale=stale,
            status=_status(stale),
        )  # fmt: skip
    messages.success(request, f"{code} counts as checked on {checked.checked_on:%Y-%m-%d} by {checked.checked_by}.")
    return redirect("desk:legal_clock", code)


@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    _require_keeper(request)
    operations.retire(_current(code), by=request.user, seen=request.POST.get("seen", "")[:24])
    messages.success(request, f"{code} is retired: no profile switches it on. Revise its status to take that back.")
    return redirect("desk:legal_clock", code)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    _require_keeper(request)
    form = NewRuleForm(request.POST if request.method == "POST" else None, rule=ReportingRule(**NEW))
    added = None
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in operations.FIELDS}
        added = attempt(form, lambda: operations.add(form.cleaned_data["code"], by=request.user, **values))
    if added is None:
        context = {"form": form, **_about(request)}
        return render(request, "stakeholders/legal_clock_new.html", context, status=422 if form.errors else 200)
    messages.success(request, f"{added.code} was added.")
    return redirect("desk:legal_clock", added.code)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """What the operator is, where and with what data; a POST sets it."""
    found = Profile.current()
    form = ProfileForm(request.POST if request.method == "POST" else None, profile=found)
    if request.method != "POST":
        return _profile_page(request, found, form)
    _require_keeper(request)
    if not form.is_valid():
        return _profile_page(request, found, form, status=422)
    values = {name: form.cleaned_data[name] for name in operations.PROFILE_FIELDS}
    seen = form.cleaned_data["version"] or 0
    done, stale = _tried(form, lambda: operations.set_profile(by=request.user, seen_version=seen, **values))
    if done is None:
        found = Profile.current()
        if stale:  # the next attempt is made knowing what the other person set
            form.data = form.data.copy()
            form.data["version"] = str(found.version)
        return _profile_page(request, found, form, stale=stale, status=_status(stale))
    number = len(ReportingRule.objects.to_assess(done))
    messages.success(request, f"The profile is set. It switches on {number} of the legal clocks.")
    return redirect("desk:legal_clocks")


def _current(code: str) -> ReportingRule:
    return _aged(get_object_or_404(ReportingRule.objects.current().select_related("made_by"), code=code))


def _aged(rule: ReportingRule) -> ReportingRule:
    """With what its template cannot ask: whether it was checked too long ago."""
    rule.is_amber = rule.is_stale(clock.now())
    return rule


def _require_keeper(request: HttpRequest) -> None:
    require(permissions.can_keep_rules(request.user), NotAllowed(permissions.keep_rules_refusal()))


def _about(request: HttpRequest) -> dict[str, Any]:
    return {"may": permissions.can_keep_rules(request.user), "keepers": permissions.keep_rules_refusal()}


def _tried(form: forms.Form, operation: Callable[[], Any]) -> tuple[Any, Stale | None]:
    """What the operation gave, and the refusal if somebody was quicker: that one comes with what differs."""
    stale: list[Stale] = []

    def act() -> Any:
        try:
            return operation()
        except Stale as refusal:
            stale.append(refusal)
            raise

    done = attempt(form, act)
    return done, stale[0] if stale else None


def _status(stale: Stale | None) -> int:
    return stale.status if stale else 422


def _again(form: RuleForm, found: ReportingRule, stale: Stale) -> RuleForm:
    """What was typed; what the person had left alone now reads as the other one wrote it. Sent again, it counts."""
    typed, current = form.data.copy(), RuleForm(rule=found)
    typed["seen"] = found.stands_at
    for change in stale.difference:
        if change.was_left_alone:
            value = current[change.field].value()
            values = value if isinstance(value, list) and change.field != "countries" else [value]
            typed.setlist(change.field, [_raw(one) for one in values if one not in (None, False, "")])
    return RuleForm(typed, rule=found)


def _raw(value: Any) -> str:
    return "on" if value is True else f"{value:%H:%M}" if hasattr(value, "hour") else str(value)


def _again_check(form: CheckForm, found: ReportingRule, stale: Stale | None) -> CheckForm:
    if stale:
        form.data = form.data.copy()
        form.data["check-seen"] = found.stands_at
    return form


def _page(
    request: HttpRequest,
    found: ReportingRule,
    form: RuleForm,
    *,
    check_form: CheckForm | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    profile = Profile.current()
    first = {"seen": found.stands_at, "checked_on": clock.now().date()}
    context = {
        "rule": found,
        "is_on": found.is_switched_on(profile) and found.is_in_force(clock.now().date()),
        "versions": ReportingRule.objects.filter(code=found.code).select_related("made_by").order_by("-version"),
        "followers": [rule.code for rule in ReportingRule.objects.current().filter(after_code=found.code)],
        "form": form,
        "check_form": check_form or CheckForm(prefix="check", initial=first),
        "stale": stale,
        **_about(request),
    }
    return render(request, "stakeholders/legal_clock.html", context, status=status)


def _profile_page(
    request: HttpRequest, found: Profile, form: ProfileForm, *, stale: Stale | None = None, status: int = 200
) -> HttpResponse:
    context = {"profile": found, "form": form, "stale": stale, **_about(request)}
    return render(request, "stakeholders/legal_clock_profile.html", context, status=status)
