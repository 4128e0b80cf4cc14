"""Taking published words down: the page that proposes it, and the page on which a second person looks and does it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock
from accounts.models import User
from incidents import mails_redaction, wording
from incidents.forms.redaction import SeenForm, TakeDownForm, TakeDownMessageForm
from incidents.models import Approval, RecordEntry, Redaction, Statement
from incidents.operations import clearing, elsewhere, places, rewriting
from incidents.operations import redaction as operations
from incidents.operations.taken import Taken, Words
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
from incidents.views import answers, where_else
from refusals import NotAllowed, Refused, require

QUOTED = 200  # characters of a text beside its box


@require_http_methods(["GET", "HEAD", "POST"])
def take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose it, of one entry and of others that say the same."""
    with_words = RecordEntry.objects.filter(kind__in=RecordEntry.WITH_WORDS)
    entry = get_object_or_404(with_words.select_related("approval", "incident"), pk=pk)
    require(can_propose_redaction(request.user), NotAllowed(propose_redaction_refusal()))
    words = Words(_choosable(entry.approval).values())  # not of names that are shown now, which stand in many entries
    said = elsewhere.approved(words)
    again = elsewhere.in_entries(said, [pk])
    ours = [one for one in again if one.entry and one.entry.incident_id == entry.incident_id]
    inside = where_else.offered(elsewhere.inside(words, entry.incident_id))
    form = TakeDownForm(request.POST or None, choices=_choices(entry, ours), inside=inside)
    waiting = [one for one in Redaction.objects.waiting() if pk in one.numbers]
    context = {
        "entry": entry,
        "about": f"entry {entry.number}",
        "incident": entry.incident,
        "others": [one for one in again if one not in ours],
        "to_groups": elsewhere.in_messages(said),
        "waiting": waiting[0] if waiting else None,
        "may_correct": entry.kind == RecordEntry.Kind.PUBLICATION and can_write_statement(request.user),
    }

    def propose(**said: str) -> Redaction:
        return operations.propose(entry, form.chosen(), also=form.also(), by=request.user, **said)

    return _propose(request, form, context, propose)


@require_http_methods(["GET", "HEAD", "POST"])
def take_down_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The same of a direct message, which has no entry."""
    require(can_propose_redaction(request.user), NotAllowed(propose_redaction_refusal()))
    sent = Approval.objects.filter(kind=Statement.Kind.DIRECT)
    message = get_object_or_404(sent.select_related("submission__statement__group", "incident"), pk=pk)
    texts = _choosable(message)
    words = Words(texts.values())
    said = elsewhere.approved(words)
    choices = [
        (field, f"{_label(field, message.kind)}: “{wording.begun(text, QUOTED)}”") for field, text in texts.items()
    ]
    inside = where_else.offered(elsewhere.inside(words, message.incident_id))
    form = TakeDownMessageForm(request.POST or None, choices=choices, inside=inside)
    context = {
        "message": message,
        "about": Redaction(message=message).about,
        "incident": message.incident,
        "others": elsewhere.in_entries(said),
        "to_groups": elsewhere.in_messages(said, [pk]),
        "waiting": message.redactions.waiting().first(),
        "may_correct": bool(message.incident) and can_write_statement(request.user, message.incident),
    }

    def propose(**said: str) -> Redaction:
        return operations.propose_of_message(message, form.fields_chosen(), also=form.also(), by=request.user, **said)

    return _propose(request, form, context, propose)


def _propose(
    request: HttpRequest, form: TakeDownForm, context: dict[str, Any], propose: Callable[..., Redaction]
) -> HttpResponse:
    context |= {"form": form, "choices": form.fields["texts"].choices}
    if request.method != "POST" or not form.is_valid():
        return answers.page(request, "take_down", context, status=422 if form.errors else 200)
    try:
        proposed = propose(**{name: form.cleaned_data[name] for name in ("reason", "note")})
    except Refused as refusal:
        return answers.page(request, "take_down", context, refusal=refusal)
    messages.success(request, f"Proposed. The words stay{_public(proposed)} until a second person takes them down.")
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
    messages.success(request, f"Withdrawn. The words stay{_public(found)}.")
    return redirect("desk:redaction", pk)


def waiting() -> list[Redaction]:
    """For the queue of approvals."""
    return list(Redaction.objects.waiting().with_subject())


def _public(proposed: Redaction) -> str:
    return "" if proposed.message_id else " public"


def _decide(request: HttpRequest, pk: int, operation: Callable[..., Redaction]) -> HttpResponse:
    found, form = _visible(request, pk), SeenForm(request.POST)
    try:
        done = operation(found, by=request.user, seen=form.cleaned_data["seen"] if form.is_valid() else "")
    except Refused as refusal:
        return _page(request, _visible(request, pk), refusal=refusal)
    where = (
        f"Entry {done.entry.number} of the public record says so." if done.entry else "A notice stands in their place."
    )
    messages.success(request, f"Taken down. {where}")
    return redirect("desk:redaction", pk)


def _visible(request: HttpRequest, pk: int) -> Redaction:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    return get_object_or_404(Redaction.objects.with_subject(), pk=pk)


def _page(request: HttpRequest, found: Redaction, *, refusal: Refused | None = None) -> HttpResponse:
    context = {"redaction": found, "about": found.about, "incident": found.incident}
    if found.state == Redaction.State.WAITING:
        context |= _waiting(found, request.user)
    else:
        still = where_else.standing(found.left)
        context |= {"named": _named(found), "still": still, "may_propose": can_propose_redaction(request.user)}
        if found.decided_at and not found.cleared_at:
            context |= {"copies": clearing.copies_before(found.decided_at), "by_hand": rewriting.by_hand(found)}
    return answers.page(request, "redaction", context, refusal=refusal)


def _waiting(found: Redaction, user: User) -> dict[str, Any]:
    plan = places.plan(found)
    may = can_confirm_redaction(user, found)
    others = list(confirmers_of(found))
    alone = not may and not others and can_confirm_redaction_alone(user)
    return {
        "words": [
            (one, [(_label(name, one.approval.kind), text) for name, text in one.texts.items()]) for one in plan.gone
        ],
        "places": Counter(place.called for place in plan.places).items(),
        "letters": len(plan.letters),
        "held_back": mails_redaction.waiting(plan.to_hold_back).count(),
        "along": list(where_else.inside(found.also).values()),
        "still": where_else.staying(plan),
        "copies": clearing.copies_before(clock.now()),
        "seen": plan.seen,
        "may_confirm": may,
        "may_alone": alone,
        "may_propose": can_propose_redaction(user),
        "may_withdraw": can_withdraw_redaction(user, found),
        "others": wording.listed([person.name for person in others]) if others else "",
        "refusal_sentence": "" if may or alone else confirm_redaction_refusal(found),
    }


def _named(found: Redaction) -> list[tuple[str, str]]:
    kind = Statement.Kind.DIRECT if found.message_id else ""
    fields = [", ".join(_label(field, kind).lower() for field in one["fields"]) for one in found.chosen]
    names = ["What was sent"] if found.message_id else [f"Entry {number}" for number in found.numbers]
    return list(zip(names, fields, strict=True))


def _choices(entry: RecordEntry, again: list[Taken]) -> list[tuple[str, str]]:
    own = [(entry.number, field, text, "") for field, text in _choosable(entry.approval).items()]
    said = {text for _, _, text, _ in own}
    same = [
        (one.entry.number, field, text, f"{'The same' if text in said else 'Some of it'} in entry {one.entry.number}. ")
        for one in again
        if one.entry
        for field, text in one.texts.items()
        if field in _choosable(one.approval)
    ]
    return [
        (f"{number}:{field}", f"{before}{_label(field)}: “{wording.begun(text, QUOTED)}”")
        for number, field, text, before in (*own, *same)
    ]


def _choosable(approval: Approval | None) -> dict[str, str]:
    return operations.choosable(approval) if approval else {}


def _label(field: str, kind: str = "") -> str:
    room, _, rest = field.partition(".")
    if room == "masthead":
        return f"{rest.partition('.')[0].capitalize()}, {rest.rpartition('.')[2]}"
    name = field.rpartition(".")[2]
    return wording.label_of_approved(name, kind) or name.replace("_", " ").capitalize()
