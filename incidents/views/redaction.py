"""Taking published words down: the page that proposes it, and the page on which a second person looks and does it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from incidents import wording
from incidents.forms.redaction import SeenForm, TakeDownForm
from incidents.models import RecordEntry, Redaction
from incidents.operations import places
from incidents.operations import redaction as operations
from incidents.permissions import can_read_drafts, can_write_statement, read_drafts_refusal
from incidents.permissions_redaction import (
    can_confirm_redaction,
    can_confirm_redaction_alone,
    can_propose_redaction,
    can_withdraw_redaction,
    confirm_redaction_refusal,
    confirmers_of,
    propose_redaction_refusal,
)
from incidents.views import answers
from refusals import NotAllowed, Refused, require

QUOTED = 200  # characters of a text beside its box


@require_http_methods(["GET", "HEAD", "POST"])
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose it, of one entry and of others that say the same."""
    with_words = RecordEntry.objects.filter(kind__in=RecordEntry.WITH_WORDS)
    entry = get_object_or_404(with_words.select_related("approval", "incident"), pk=pk)
    require(can_propose_redaction(request.user), NotAllowed(propose_redaction_refusal()))
    again = places.said_elsewhere(set(entry.approval.texts().values()), [pk]) if entry.approval else []
    ours = [one for one in again if one.entry.incident_id == entry.incident_id]
    form = TakeDownForm(request.POST or None, choices=_choices(entry, ours))
    waiting = [one for one in Redaction.objects.waiting() if pk in one.numbers]
    context = {
        "entry": entry,
        "incident": entry.incident,
        "form": form,
        "others": [one for one in again if one not in ours],
        "waiting": waiting[0] if waiting else None,
        "may_correct": entry.kind == RecordEntry.Kind.PUBLICATION and can_write_statement(request.user),
        "choices": form.fields["texts"].choices,
    }
    if request.method != "POST" or not form.is_valid():
        return answers.page(request, "take_down", context, status=422 if form.errors else 200)
    said = {name: form.cleaned_data[name] for name in ("reason", "note")}
    try:
        proposed = operations.propose(entry, form.chosen(), by=request.user, **said)
    except Refused as refusal:
        return answers.page(request, "take_down", context, refusal=refusal)
    messages.success(request, "Proposed. The words stay public until a second person takes them down.")
    return redirect("desk:redaction", proposed.pk)


@require_safe
def redaction(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _visible(request, pk))


@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, operations.confirm)


@require_POST
def confirm_alone(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, operations.confirm_alone)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    operations.withdraw(found, by=request.user)
    messages.success(request, "Withdrawn. The words stay public.")
    return redirect("desk:redaction", pk)


def waiting() -> list[Redaction]:
    """For the queue of approvals."""
    return list(Redaction.objects.waiting().select_related("proposed_by", "incident"))


def _decide(request: HttpRequest, pk: int, operation: Callable[..., RecordEntry]) -> HttpResponse:
    found, form = _visible(request, pk), SeenForm(request.POST)
    try:
        entry = operation(found, by=request.user, seen=form.cleaned_data["seen"] if form.is_valid() else "")
    except Refused as refusal:
        return _page(request, _visible(request, pk), refusal=refusal)
    messages.success(request, f"Taken down. Entry {entry.number} of the public record says so.")
    return redirect("desk:redaction", pk)


def _visible(request: HttpRequest, pk: int) -> Redaction:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    people = ("proposed_by", "decided_by", "incident")
    return get_object_or_404(Redaction.objects.select_related(*people), pk=pk)


def _page(request: HttpRequest, found: Redaction, *, refusal: Refused | None = None) -> HttpResponse:
    context = {"redaction": found, "about": found.about, "incident": found.incident}
    context |= _waiting(found, request.user) if found.state == Redaction.State.WAITING else {"named": _named(found)}
    return answers.page(request, "redaction", context, refusal=refusal)


def _waiting(found: Redaction, user: User) -> dict[str, Any]:
    plan = places.plan(found)
    may = can_confirm_redaction(user, found)
    others = list(confirmers_of(found))
    alone = not may and not others and can_confirm_redaction_alone(user)
    return {
        "words": [(one.entry, [(_label(name), text) for name, text in one.texts.items()]) for one in plan.gone],
        "places": Counter(place.called for place in plan.places).items(),
        "letters": len(plan.letters),
        "still": _still_said(plan),
        "seen": plan.seen,
        "may_confirm": may,
        "may_alone": alone,
        "may_propose": can_propose_redaction(user),
        "may_withdraw": can_withdraw_redaction(user, found),
        "others": wording.listed([person.name for person in others]) if others else "",
        "refusal_sentence": "" if may or alone else confirm_redaction_refusal(found),
    }


def _still_said(plan: places.Plan) -> list[int]:
    """Entries in which the same words would stay."""
    chosen = {(one.entry.number, name) for one in plan.gone for name in one.texts}
    found = places.said_elsewhere({text for one in plan.gone for text in one.texts.values()})
    return [one.entry.number for one in found if any((one.entry.number, name) not in chosen for name in one.texts)]


def _named(found: Redaction) -> list[tuple[int, str]]:
    return [(one["entry"], ", ".join(_label(field).lower() for field in one["fields"])) for one in found.chosen]


def _choices(entry: RecordEntry, again: list[places.Taken]) -> list[tuple[str, str]]:
    own = [(entry.number, field, text, "") for field, text in operations.choosable(entry).items()]
    same = [
        (one.entry.number, field, text, f"The same in entry {one.entry.number}. ")
        for one in again
        for field, text in one.texts.items()
        if field in operations.choosable(one.entry)
    ]
    return [
        (f"{number}:{field}", f"{before}{_label(field)}: “{wording.begun(text, QUOTED)}”")
        for number, field, text, before in (*own, *same)
    ]


def _label(field: str) -> str:
    room, _, rest = field.partition(".")
    if room == "masthead":
        return f"{rest.partition('.')[0].capitalize()}, {rest.rpartition('.')[2]}"
    name = field.rpartition(".")[2]
    return wording.LABELS.get(name, name.replace("_", " ").capitalize())
