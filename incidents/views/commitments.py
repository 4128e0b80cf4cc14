"""The commitments board, and the page of one commitment: history, evidence, verification, changes, owner."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock
from incidents import permissions
from incidents.forms.commitment import EvidenceForm, ReassignForm, RefuseForm
from incidents.models import Commitment, CommitmentChange, Evidence, Heartbeat, Reminder, RoleHeld, Submission
from incidents.operations import change as changes
from incidents.operations import commitment as operations
from incidents.operations import evidence as reports
from incidents.operations.alert_approval import incident_of
from incidents.permissions_redaction import can_propose_redaction
from incidents.views.answers import page
from refusals import NotAllowed, Refused, require

METHODS = ["GET", "HEAD", "POST"]
OPEN_SHOWN = SETTLED_SHOWN = 50
SHOWN = (
    "number", "text", "state", "public_owner", "due_at", "first_due_at", "amended_at", "disowned_at",
    "owner__name", "owner__is_active", "incident__title",
)  # fmt: skip
State = Commitment.State


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """What is owed comes first: missed, due within a day, open. What is settled follows, newest first.

    Of what is open and not due soon, those due next; `?open=all` has the others too.
    """
    now = clock.now()
    rows = _with_what_waits(Commitment.objects.published().select_related("owner", "incident").only(*SHOWN))
    owed = list(rows.filter(state__in=operations.UNSETTLED).order_by("due_at", "pk"))
    settled = list(rows.exclude(state__in=operations.UNSETTLED).order_by("-settled_at", "-pk")[: SETTLED_SHOWN + 1])
    open_shown = len(owed) if request.GET.get("open") == "all" else OPEN_SHOWN
    groups = _groups(owed, settled[:SETTLED_SHOWN], now)
    context = {
        "groups": [(heading, at, rows[:open_shown] if at == "open" else rows) for heading, at, rows in groups],
        "open_all": sum(len(rows) for _heading, at, rows in groups if at == "open" and len(rows) > open_shown),
        "owed": len(owed),
        "more": len(settled) > SETTLED_SHOWN,
        "trouble": Heartbeat.objects.values_list("trouble", flat=True).get(pk=1),
        "stuck": _stuck(now),
    }
    return page(request, "commitments", context)


def _stuck(now: datetime) -> list[tuple[str, str, str]]:
    """Steps of the last week that could not be told: what about, where to look, and which step."""
    about = (
        "commitment", "promise", "containment", "review", "submission__statement__incident",
        "submission__change__commitment__incident", "inquiry__plan", "clock",
    )  # fmt: skip
    rows = Reminder.objects.filter(state=Reminder.State.STUCK, settled_at__gte=now - timedelta(days=7))
    return [(*_about(step), step.get_step_display().lower()) for step in rows.select_related(*about)]


def _about(step: Reminder) -> tuple[str, str]:
    if step.commitment:
        return str(step.commitment), reverse("desk:commitment", args=[step.commitment.pk])
    if step.containment:
        return "containment", reverse("desk:containment", args=[step.containment.pk])
    if step.review:
        return "an emergency review", reverse("desk:review", args=[step.review.approval_id])
    if step.clock:  # a page that everybody may read who reads this, as below
        return "a report that may be due", reverse("desk:incident", args=[step.clock.incident_id])
    if step.submission:
        incident = incident_of(step.submission)  # a page that everybody may read who reads this
        address = reverse("desk:incident", args=[incident.pk]) if incident else reverse("desk:organisation")
        return "an approval that waits", address
    if step.inquiry:  # executives and observers read this page, but not the map
        return "a question that came in", reverse("desk:incident", args=[step.inquiry.plan.incident_id])
    return "a promised update", reverse("desk:incident", args=[step.promise.incident_id]) if step.promise else ""


def _groups(
    owed: list[Commitment], settled: list[Commitment], now: datetime
) -> list[tuple[str, str, list[Commitment]]]:
    """Heading, anchor and rows of each group that has any."""
    soon = now + timedelta(hours=24)
    missed = [made for made in owed if made.state == State.MISSED or made.due_at <= now]
    ahead = [made for made in owed if made.state != State.MISSED and made.due_at > now]
    due = [made for made in ahead if made.due_at <= soon]
    rest = [made for made in ahead if made.due_at > soon]
    groups = (
        ("Missed", "missed", missed),
        ("Due in 24 hours", "due", due),
        ("Open", "open", rest),
        ("Settled", "settled", settled),
    )
    return [group for group in groups if group[2]]


def _with_what_waits(rows: Any) -> Any:
    waiting = Evidence.objects.filter(outcome=Evidence.Outcome.WAITING)
    asked = CommitmentChange.objects.filter(submissions__outcome=Submission.Outcome.WAITING)
    return rows.prefetch_related(
        Prefetch("evidence", queryset=waiting, to_attr="reports_waiting"),
        Prefetch("changes", queryset=asked, to_attr="changes_waiting"),
    )


@require_safe
def commitment(request: HttpRequest, pk: int) -> HttpResponse:
    """What was not promised in public yet, or never, stands in the statement that it was written for."""
    try:
        found = published(pk)
    except Http404:
        if not permissions.can_read_drafts(request.user):
            raise
        return redirect("desk:statement", get_object_or_404(Commitment, pk=pk).statement_id)
    return _page(request, found)


@require_http_methods(METHODS)
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that it is done, with evidence. Somebody else verifies it."""
    made = published(pk)
    if request.method != "POST":
        return redirect(f"{_address(made)}#evidence")
    form = EvidenceForm(request.POST, zone=request.user.zone)
    if not form.is_valid():
        return _page(request, made, evidence_form=form, status=422)
    try:
        reports.report_done(made, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, made, evidence_form=form, refusal=refusal)
    messages.success(request, "Reported. The public page says so; another person has been asked to verify it.")
    return redirect("desk:commitment", pk)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    given = _evidence(pk)
    made = reports.accept(given, by=request.user)
    messages.success(request, f"Verified. {made} is {made.get_state_display().lower()}, and the public page says so.")
    return redirect("desk:commitment", made.pk)


@require_http_methods(METHODS)
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    given = _evidence(pk)
    made = published(given.commitment_id)
    if request.method != "POST":
        return redirect(f"{_address(made)}#verify")
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, made, refuse_form=form, status=422)
    try:
        reports.refuse(given, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, made, refuse_form=form, refusal=refusal)
    messages.success(request, "Not accepted. The owner has been told what is missing.")
    return redirect("desk:commitment", made.pk)


@require_http_methods(METHODS)
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it to another owner."""
    made = published(pk)
    require(permissions.can_reassign(request.user, made), NotAllowed(permissions.reassign_refusal(made)))
    form = ReassignForm(request.POST or None, made=made)
    context = {"made": made, "form": form}
    if request.method != "POST" or not form.is_valid():
        return page(request, "commitment_owner", context, status=422 if form.errors else 200)
    given = form.cleaned_data
    try:
        made = operations.reassign(made, given["owner"], by=request.user, reason=given["reason"])
    except Refused as refusal:
        return page(request, "commitment_owner", context, refusal=refusal)
    messages.success(request, f"{made} belongs to {made.owner} now, who has been told by email.")
    return redirect("desk:commitment", pk)


def published(pk: int) -> Commitment:
    """With who holds the seats of its incident: the commander may report and change it."""
    rows = Commitment.objects.published().with_people().select_related("statement")
    held = RoleHeld.objects.filter(until=None).select_related("user")
    seats = Prefetch("incident__roles_held", queryset=held, to_attr="present_roles")
    return get_object_or_404(_with_what_waits(rows).prefetch_related(seats), pk=pk)


def _evidence(pk: int) -> Evidence:
    return get_object_or_404(Evidence.objects.select_related("commitment", "owner", "submitted_by"), pk=pk)


def _address(made: Commitment) -> str:
    return reverse("desk:commitment", args=[made.pk])


def _page(
    request: HttpRequest,
    made: Commitment,
    *,
    evidence_form: forms.Form | None = None,
    refuse_form: forms.Form | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    user, now = request.user, clock.now()
    given = list(made.evidence.select_related("owner", "submitted_by", "verified_by"))
    waiting = next((report for report in given if report.outcome == Evidence.Outcome.WAITING), None)
    if waiting:
        waiting.commitment = made
    owed, steps = made.state in operations.UNSETTLED, list(made.reminders.all())
    context = {
        "made": made,
        "waiting": waiting,
        "may_report": owed and not waiting and permissions.can_report_done(user, made),
        "may_verify": waiting and permissions.can_verify(user, waiting),
        "verifiers": permissions.verify_refusal(waiting) if waiting else "",
        "may_change": owed and permissions.can_change_commitment(user, made),
        "may_reassign": owed and permissions.can_reassign(user, made),
        "changes": changes.possible(made, now) if not made.changes_waiting else [],
        "evidence_form": evidence_form or EvidenceForm(zone=user.zone),
        "refuse_form": refuse_form or RefuseForm(),
        "takes_down": can_propose_redaction(user),
        "history": list(made.entries.select_related("approval__approved_by").order_by("number")),
        "reports": given,
        "ahead": [step for step in steps if step.state == Reminder.State.PENDING],
        "past": [step for step in steps if step.state != Reminder.State.PENDING],
    }
    return page(request, "commitment", context, refusal=refusal, status=status)
