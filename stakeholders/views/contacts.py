"""The pages of a contact: what is noted about somebody outside, and the list that is imported."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.answers import put_together, said
from accounts.forms import attempt
from refusals import NotAllowed, Refused, Stale, require
from stakeholders import contact_fields, lists, permissions
from stakeholders.forms import ConfirmListForm, ContactForm, ListForm
from stakeholders.models import Contact, StakeholderGroup
from stakeholders.operations import contacts as operations
from stakeholders.operations import imports


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it; who may, changes it here."""
    require(permissions.can_read_contacts(request.user), NotAllowed(permissions.read_contacts_refusal()))
    found = get_object_or_404(Contact.objects.select_related("group", "added_by", "removed_by"), pk=pk)
    if request.method == "POST":
        _require_keeper(request)
    form = ContactForm(request.POST if request.method == "POST" else None, initial=_as_it_stands(found))
    if not form.is_valid():
        return _page(request, found, form, status=422 if form.errors else 200)
    seen = {"seen_version": form.cleaned_data["seen_version"] or 0, "seen": form.cleaned_data["seen"]}
    try:
        operations.change(found, by=request.user, **seen, **_fields(form))
    except Refused as refusal:
        found.refresh_from_db()
        form = ContactForm(put_together(request.POST, ContactForm(initial=_as_it_stands(found)), refusal))
        return _page(request, found, form, status=refusal.status, refused=said(refusal))
    messages.success(request, "Saved.")
    return redirect("desk:group", found.group_id)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(StakeholderGroup, pk=pk)
    _require_keeper(request)
    operations.require_in_use(group)
    form = ContactForm(request.POST if request.method == "POST" else None)
    added = None
    if form.is_valid():
        added = attempt(form, lambda: operations.add_one(group, by=request.user, **_fields(form)))
    if added is None:
        context = {"form": form, "group": group}
        return render(request, "stakeholders/contact_new.html", context, status=422 if form.errors else 200)
    messages.success(request, f"{added} was added.")
    return redirect("desk:group", pk)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    _require_keeper(request)
    found = get_object_or_404(Contact, pk=pk)
    operations.remove(found, by=request.user)
    messages.success(request, f"{found.reached_at} was removed. Nothing more is sent there as one of this group.")
    return redirect("desk:group", found.group_id)


@require_http_methods(["GET", "HEAD", "POST"])
def look_through(request: HttpRequest, pk: int) -> HttpResponse:
    """The list to import: a POST shows what would happen, and changes nothing."""
    group = get_object_or_404(StakeholderGroup, pk=pk)
    _require_keeper(request)
    operations.require_in_use(group)
    if request.method != "POST":
        return _list(request, group, ListForm())
    form = ListForm(request.POST, request.FILES)
    found = attempt(form, lambda: imports.look_through(group, _given(form))) if form.is_valid() else None
    return _list(request, group, form, found, status=200 if found else 422)


@require_POST
def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Exactly what was shown, or nothing: then the page says what it would do now."""
    group = get_object_or_404(StakeholderGroup, pk=pk)
    _require_keeper(request)
    form = ConfirmListForm(request.POST)
    form.is_valid()  # nothing in it is required: what is not as it was shown is refused by the operation
    text = form.cleaned_data.get("text", "")
    seen = {
        "seen_digest": form.cleaned_data.get("digest", ""),
        "seen_verdicts": form.cleaned_data.get("verdicts", ""),
        "leave_out": form.cleaned_data.get("leave_out", False),
    }
    try:
        added = imports.carry_out(group, text, by=request.user, **seen)
    except Refused as refusal:
        return _refused(request, group, text, refusal, leave_out=seen["leave_out"])
    messages.success(request, f"{added:,} {'contact' if added == 1 else 'contacts'} added.")
    return redirect("desk:group", pk)


@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    """A list to begin with, as a file."""
    _require_keeper(request)
    named = {"Content-Disposition": 'attachment; filename="contacts.csv"'}
    return HttpResponse(lists.SAMPLE, content_type="text/csv; charset=utf-8", headers=named)


def _require_keeper(request: HttpRequest) -> None:
    require(permissions.can_keep_contacts(request.user), NotAllowed(permissions.keep_contacts_refusal()))


def _fields(form: ContactForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in contact_fields.FIELDS}


def _as_it_stands(found: Contact) -> dict[str, Any]:
    stands = {name: getattr(found, name) for name in contact_fields.FIELDS}
    return stands | {"seen_version": found.version, "seen": operations.as_seen(found)}


def _page(request: HttpRequest, found: Contact, form: ContactForm, *, status: int, **extra: Any) -> HttpResponse:
    keeps = permissions.can_keep_contacts(request.user) and found.removed_at is None
    facts = [(contact_fields.LABELS[name], said_) for name, said_ in operations.as_seen(found).items()]
    # A refusal shows the form even of somebody who was removed meanwhile: what was typed is not lost.
    context = {
        "contact": found,
        "form": form,
        "keeps": keeps,
        "fills": keeps or "refused" in extra,
        "facts": facts,
        **extra,
    }
    return render(request, "stakeholders/contact.html", context, status=status)


def _given(form: ListForm) -> str:
    """The text to read. What came as a file is put into the field, so that it comes back with the page."""
    chosen = form.cleaned_data["file"]
    if not chosen:
        return str(form.cleaned_data["text"])
    text = lists.decoded(chosen.read(lists.MOST_BYTES + 1))
    form.data = form.data.copy()
    form.data["text"] = text
    return text


def _refused(
    request: HttpRequest, group: StakeholderGroup, text: str, refusal: Refused, *, leave_out: bool
) -> HttpResponse:
    form = ListForm({"text": text})
    form.is_valid()
    found = None
    try:
        found = imports.look_through(group, text)
    except Refused as unreadable:
        refusal = refusal if isinstance(refusal, Stale) else unreadable
    return _list(request, group, form, found, status=refusal.status, refused=said(refusal), leave_out=leave_out)


def _list(
    request: HttpRequest,
    group: StakeholderGroup,
    form: ListForm,
    found: imports.Preflight | None = None,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    context = {"group": group, "form": form, "found": found, "counts": found.counts if found else {}, **extra}
    return render(request, "stakeholders/contacts_import.html", context, status=status)
