"""The pages of the groups: who they are, and which addresses belong to them."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import attempt
from refusals import NotAllowed, require
from stakeholders import addresses, permissions
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations import contacts as operations

PER_PAGE = 50


class AddressesForm(forms.Form):
    addresses = forms.CharField(
        label="Add addresses",
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text="One to a line, with a name or without: Ada Brandt <ada@example.org>.",
        max_length=600_000,
        error_messages={"required": "Write at least one address."},
    )


@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    return render(request, "stakeholders/groups.html", {"groups": StakeholderGroup.objects.with_reached()})


@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """Who they are; a POST adds addresses."""
    found = get_object_or_404(StakeholderGroup, pk=pk)
    form = AddressesForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data["addresses"] if form.is_valid() else None
    added = attempt(form, lambda: operations.add(found, typed, by=request.user)) if typed else None
    if added is None:
        return _page(request, found, form)
    said = f"{addresses.counted(added)} added."
    messages.success(request, said if added else "All of these were in the group already.")
    return redirect("desk:group", pk)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    require(permissions.can_keep_contacts(request.user), NotAllowed(permissions.keep_contacts_refusal()))
    contact = get_object_or_404(Contact, pk=pk)
    operations.remove(contact, by=request.user)
    messages.success(request, f"{contact.address} was removed. Nothing more is sent there as one of this group.")
    return redirect("desk:group", contact.group_id)


def _page(request: HttpRequest, found: StakeholderGroup, form: AddressesForm) -> HttpResponse:
    reads = permissions.can_read_contacts(request.user)
    rows = found.contacts.current() if reads else Contact.objects.none()
    context = {
        "group": found,
        "form": form,
        "listed": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "reads": reads,
        "keeps": permissions.can_keep_contacts(request.user),
    }
    return render(request, "stakeholders/group.html", context, status=422 if form.errors else 200)
