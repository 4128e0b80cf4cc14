"""The queue, the page on which a second person decides, and the verbs that decide."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from accounts import log
from incidents import approvers
from incidents.context import rail_of
from incidents.forms.approval import DecisionForm, EmergencyForm, ReturnForm, ScheduleForm
from incidents.models import Approval, Submission
from incidents.models.comment import passages
from incidents.operations import approval as operations
from incidents.operations import submission as submissions
from incidents.permissions import can_read_drafts, read_drafts_refusal
from incidents.views import answers, approval_page, approval_queue, redaction
from refusals import NotAllowed, Refused, require


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Everything that waits, by the time until a promise breaks."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    if _is_current(request):
        return HttpResponse(status=204)
    revision = rail_of(request).revision
    context = {
        "queue": approval_queue.queue_with_what_is_stale(),
        "revision": revision,
        "reviews": approval_queue.reviews(),
        "redactions": redaction.waiting(),
        "nobody_out_of_hours": approvers.nobody_out_of_hours(),
    }
    return answers.page(request, "approvals", context)


@require_safe
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    if _is_current(request):
        return HttpResponse(status=204)
    revision = rail_of(request).revision  # first, so that what changes meanwhile is fetched by the next poll
    return _page(request, _visible(request, pk), revision=revision)


@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, operations.approve, DecisionForm(request.POST))


@require_POST
def approve_emergency(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, operations.approve_in_emergency, EmergencyForm(request.POST))


@require_POST
def approve_alone(request: HttpRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, operations.approve_alone, DecisionForm(request.POST))


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    form = _returning(found, request.POST)
    if not form.is_valid():
        return _page(request, found, returning=form, status=422)
    try:
        submissions.send_back(found, by=request.user, reason=form.cleaned_data["whole"], comments=form.comments())
    except Refused as refusal:
        return _page(request, found, returning=form, refusal=refusal)
    messages.success(request, f"Returned to {found.submitted_by} with your reason. Nothing was published.")
    return redirect("desk:approvals")


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    submissions.take_back(found, by=request.user)
    messages.success(request, "Taken back. It waits for nobody now.")
    return redirect("desk:statement", found.statement_id) if found.statement_id else redirect("desk:approvals")


def _decide(request: HttpRequest, pk: int, operation: Callable[..., Approval], form: DecisionForm) -> HttpResponse:
    """One of the three ways to publish. A refusal comes back as the page, with the reason that was typed."""
    found = _visible(request, pk)
    if not form.is_valid():
        return _page(request, found, emergency=form if "reason" in form.fields else None, status=422)
    seen = {**form.cleaned_data}
    digest = seen.pop("digest")
    try:
        approval = operation(found, by=request.user, seen_digest=digest, **seen)
    except Refused as refusal:
        kept = form if "reason" in form.fields else None
        return _page(request, _visible(request, pk), emergency=kept, refusal=refusal)
    entry = getattr(approval, "entry", None)
    said = (
        f"Published as entry {entry.number} of the public record." if entry else "Approved. The mails are on their way."
    )
    messages.success(request, said)
    return redirect("desk:submission", pk)


def _returning(found: Submission, typed: QueryDict | None = None, *, commenting: bool = True) -> ReturnForm:
    """With a field for each passage only when they are asked for: the page is sent anew whenever something happens."""
    return ReturnForm(typed, said=passages(found.content) if found.statement_id and commenting else {})


def _visible(request: HttpRequest, pk: int) -> Submission:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    return get_object_or_404(approval_page.submissions(), pk=pk)


def _is_current(request: HttpRequest) -> bool:
    return bool(request.htmx) and answers.unchanged(request)


def _page(
    request: HttpRequest,
    found: Submission,
    *,
    revision: int | None = None,
    returning: ReturnForm | None = None,
    emergency: EmergencyForm | None = None,
    scheduling: ScheduleForm | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    show, shown_as = request.GET.get("show", "changes"), request.GET.get("preview", "words")
    context = approval_page.of(found, request.user, show=show, shown_as=shown_as)
    context |= {
        "revision": log.revision() if revision is None else revision,
        "returning": returning or _returning(found, commenting="comment" in request.GET),
        "scheduling": scheduling or ScheduleForm(initial={"digest": found.digest}, zone=request.user.time_zone),
        "emergency": emergency or EmergencyForm(initial={"digest": found.digest}),
    }
    response = answers.page(request, "submission", context, refusal=refusal, status=status)
    response.shows_a_preview = context["shown_as"] != "words"
    return response


# The page and what it is about, for the other verbs that decide.
visible, answer = _visible, _page
