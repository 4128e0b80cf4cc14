"""The outbox: every message, its state and why, and the two cases in which a person decides."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from refusals import NotAllowed, require
from stakeholders import mail, operations, permissions
from stakeholders.models import Outgoing

PER_PAGE = 50


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Newest first; `?show=troubled` only what a person has to look at, `?show=waiting` what has not gone yet."""
    _require_reader(request)
    show = request.GET.get("show", "")
    rows = Outgoing.objects.select_related("to_user").defer("text", "html")
    if show == "troubled":
        rows = rows.troubled()
    elif show == "waiting":
        rows = rows.filter(state=Outgoing.State.QUEUED)
    context = {
        "listed": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "show": show,
        "troubled": Outgoing.objects.troubled().count(),
    }
    return render(request, "stakeholders/outbox.html", context)


@require_safe
def outgoing(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as it reads, with its links masked: they act for its receiver alone."""
    _require_reader(request)
    message = get_object_or_404(Outgoing.objects.select_related("to_user"), pk=pk)
    context = {
        "message": message,
        "text": mail.masked(message.text),
        "links": list(message.links.all()),
        "may_retry": message.is_stuck and permissions.can_retry(request.user),
    }
    return render(request, "stakeholders/outgoing.html", context)


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    _require_reader(request)
    message = operations.retry(get_object_or_404(Outgoing, pk=pk), by=request.user)
    messages.success(request, f"The message to {message.to_address} goes out again.")
    return redirect("desk:outgoing", pk)


def _require_reader(request: HttpRequest) -> None:
    require(permissions.can_read_outbox(request.user), NotAllowed(permissions.read_outbox_refusal()))
