"""The log, as a page: who did what to which thing, when, and whether the chain holds."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import LogAction, LogEntry
from accounts.operations.verify import faults, verify_log
from incidents.permissions import can_read_log, read_log_refusal
from refusals import NotAllowed, require

PAGE = 50

# What the log calls a thing: the word for it, and the page that shows it where there is one.
KINDS = {
    "accounts.organisation": ("the installation", ""),
    "accounts.user": ("person", "desk:person"),
    "accounts.invitation": ("invitation", ""),
    "accounts.team": ("team", "desk:team"),
    "agents.agent": ("agent", "desk:agent"),
    "agents.component": ("component", ""),
    "incidents.redaction": ("redaction", "desk:redaction"),
    "incidents.incident": ("incident", "desk:incident"),
    "incidents.roleheld": ("seat", ""),
    "incidents.handover": ("hand-over", ""),
    "incidents.triageentry": ("step of the first hour", "desk:triage"),
    "incidents.timelineentry": ("timeline entry", ""),
    "incidents.fact": ("fact", "desk:fact"),
    "incidents.containmentaction": ("containment action", "desk:containment"),
    "incidents.statement": ("statement", "desk:statement"),
    "incidents.statementversion": ("statement version", ""),
    "incidents.submission": ("submission", "desk:submission"),
    "incidents.approvalpolicy": ("approval policy", ""),
    "incidents.approval": ("approval", ""),
    "incidents.emergencyreview": ("review", ""),
    "incidents.recordentry": ("public entry", ""),
    "incidents.promise": ("promised update", ""),
    "incidents.commitment": ("commitment", "desk:commitment"),
    "incidents.evidence": ("report of completion", ""),
    "incidents.commitmentchange": ("change of a commitment", ""),
    "incidents.mastheadchange": ("change of names", ""),
    "incidents.inquiry": ("question that came in", ""),
    "stakeholders.outgoing": ("message", "desk:outgoing"),
}


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    require(can_read_log(request.user), NotAllowed(read_log_refusal()))
    only, before = request.GET.get("about", ""), _number(request.GET.get("before", ""))
    entries = LogEntry.objects.select_related("actor")
    if only:
        kind, _, pk = only.partition(":")
        entries = entries.filter(object_kind=kind, object_id=pk)
    if before:
        entries = entries.filter(number__lt=before)
    found = list(entries[: PAGE + 1])
    context = {
        "rows": [_row(entry) for entry in found[:PAGE]],
        "only": _named(*only.split(":", 1)) if ":" in only else "",
        "about": only,
        "older": found[PAGE - 1].number if len(found) > PAGE else None,
        "newest": not before,
        "faults": [] if only else faults(found),
        "whole": verify_log() if "check" in request.GET else None,
    }
    return render(request, "incidents/log.html", context)


def _row(entry: LogEntry) -> dict[str, Any]:
    return {
        "entry": entry,
        "done": _labels().get(entry.action, entry.action),
        "about": f"{entry.object_kind}:{entry.object_id}",
        "named": _named(entry.object_kind, entry.object_id),
        "address": _address(entry.object_kind, entry.object_id),
        "details": [(name.replace("_", " "), _said(value)) for name, value in entry.details.items()],
    }


def _labels() -> dict[str, str]:
    """The words of every action there is, whichever room brought it."""
    return {action.value: _words(action) for kind in LogAction.__subclasses__() for action in kind}


def _words(action: LogAction) -> str:
    """ "Incident declared", "Role granted", "Approved": the noun is left out where the words say it already."""
    noun, _, _ = action.value.partition(".")
    alone = " " in action.label or action.label.startswith(noun[:5])
    return action.label if alone else f"{noun} {action.label}"


def _named(kind: str, pk: str) -> str:
    word = KINDS.get(kind, (kind.partition(".")[2], ""))[0]
    return word if kind == "accounts.organisation" else f"{word} {pk}"


def _address(kind: str, pk: str) -> str:
    view = KINDS.get(kind, ("", ""))[1]
    return reverse(view, args=[pk]) if view else ""


def _said(value: Any) -> str:
    """Lists with commas, digests by their beginning, yes and no in words."""
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no"}.get(value, "none")
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {_said(inner)}" for name, inner in value.items())
    text = str(value).replace("_", " ")
    return f"{text[:12]}…" if len(text) == 64 else text


def _number(text: str) -> int:
    if text and not text.isdecimal():
        raise Http404("The log is paged by number.")
    return int(text or 0)
