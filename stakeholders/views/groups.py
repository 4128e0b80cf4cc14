"""The pages of the groups: who they are, what is decided for them by default, and who belongs to them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.answers import put_together, said
from accounts.forms import attempt
from refusals import NotAllowed, Refused, require
from stakeholders import addresses, permissions
from stakeholders.forms import AddressesForm, GroupForm
from stakeholders.models import Contact, GroupDefault, Scenario, StakeholderGroup
from stakeholders.operations import contacts
from stakeholders.operations import groups as operations

PER_PAGE = 50
SHORT = {
    Scenario.SHARED_REPLY: "Shared reply",
    Scenario.DISPUTE: "Dispute",
    Scenario.POLICY_BREACH: "Policy breach",
    Scenario.MASS_FAILURE: "Mass failure",
}


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    found = list(StakeholderGroup.objects.with_reached().prefetch_related("defaults"))
    current = [one for one in found if one.retired_at is None]
    context = {
        "groups": [(one, defaults_of(one)) for one in current],
        "retired": [one for one in found if one.retired_at is not None],
        "scenarios": list(SHORT.values()),
        "keeps": permissions.can_keep_groups(request.user),
    }
    return render(request, "stakeholders/groups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    require(permissions.can_keep_groups(request.user), NotAllowed(permissions.keep_groups_refusal()))
    first = {"kind": "other", "influence": "medium", "interest": "medium", "tell_within": 1_440, "answer_within": 1_440}
    form = GroupForm(request.POST if request.method == "POST" else None, initial=first)
    added = None
    if form.is_valid():
        added = attempt(form, lambda: operations.add(by=request.user, **_fields(form)))
    if added is None:
        return render(request, "stakeholders/group_new.html", {"form": form}, status=422 if form.errors else 200)
    messages.success(request, f"“{added}” was added. Next, add who belongs to it.")
    return redirect("desk:group", added.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Who they are; a POST adds addresses."""
    found = _with_defaults(pk)
    form = AddressesForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data["addresses"] if form.is_valid() else None
    added = attempt(form, lambda: contacts.add(found, typed, by=request.user)) if typed else None
    if added is None:
        return _page(request, found, form)
    counted = f"{addresses.counted(added)} added."
    messages.success(request, counted if added else "All of these were in the group already.")
    return redirect("desk:group", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that is said about a group, with its defaults."""
    found = _with_defaults(pk)
    require(permissions.can_keep_groups(request.user), NotAllowed(permissions.keep_groups_refusal()))
    form = GroupForm(request.POST if request.method == "POST" else None, initial=_as_it_stands(found))
    context: dict[str, Any] = {"form": form, "group": found}
    if not form.is_valid():
        return render(request, "stakeholders/group_details.html", context, status=422 if form.errors else 200)
    seen = {"seen_version": form.cleaned_data["seen_version"] or 0, "seen": form.cleaned_data["seen"]}
    try:
        operations.change(found, by=request.user, **seen, **_fields(form))
    except Refused as refusal:
        found = _with_defaults(pk)
        current = GroupForm(initial=_as_it_stands(found))
        again = GroupForm(put_together(request.POST, current, refusal))
        context = {"form": again, "group": found, "refused": said(refusal)}
        return render(request, "stakeholders/group_details.html", context, status=refusal.status)
    messages.success(request, "Saved. It counts for what is decided from now on.")
    return redirect("desk:group", pk)


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(StakeholderGroup, pk=pk)
    operations.move(found, by=request.user, up=request.POST.get("to") == "up")
    messages.success(request, f"“{found}” was moved {'up' if request.POST.get('to') == 'up' else 'down'}.")
    return redirect("desk:groups")


@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    return _keep(request, pk, operations.retire, "is retired: it stands on no new map, and no new message goes to it.")


@require_POST
def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _keep(request, pk, operations.bring_back, "is in use again, at the end of the list.")


def _keep(request: HttpRequest, pk: int, operation: Callable[..., StakeholderGroup], done: str) -> HttpResponse:
    found = get_object_or_404(StakeholderGroup, pk=pk)
    operation(found, by=request.user)
    messages.success(request, f"“{found}” {done}")
    return redirect("desk:groups")


def _with_defaults(pk: int) -> StakeholderGroup:
    return get_object_or_404(StakeholderGroup.objects.prefetch_related("defaults"), pk=pk)


def _fields(form: GroupForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in operations.FIELDS}


def _as_it_stands(found: StakeholderGroup) -> dict[str, Any]:
    return operations.as_it_stands(found) | {"seen_version": found.version, "seen": operations.as_seen(found)}


def defaults_of(found: StakeholderGroup) -> list[tuple[str, GroupDefault]]:
    """The scenario in a word or two, with what is decided in it."""
    return [(SHORT[one], found.default_for(one) or GroupDefault(scenario=one)) for one in Scenario]


def _page(request: HttpRequest, found: StakeholderGroup, form: AddressesForm) -> HttpResponse:
    reads = permissions.can_read_contacts(request.user)
    rows = found.contacts.current() if reads else Contact.objects.none()
    keeps = permissions.can_keep_contacts(request.user)
    context = {
        "group": found,
        "defaults": defaults_of(found),
        "form": form,
        "listed": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "reads": reads,
        "keeps": keeps,
        "adds": keeps and found.retired_at is None,
        "keeps_groups": permissions.can_keep_groups(request.user),
    }
    return render(request, "stakeholders/group.html", context, status=422 if form.errors else 200)
