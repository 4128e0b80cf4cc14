"""Addresses that fail in every way a view can, for the tests of the middleware."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as real
from refusals import Change, Incomplete, Missing, NotAllowed, Stale, WrongState

__all__ = ["handler400", "handler403", "handler404", "handler500"]

RAISED = {
    "not-allowed": NotAllowed("Only the commander may do this.", [Missing("Ask Cleo Marsh.")]),
    "wrong-state": WrongState("This incident is closed."),
    "stale": Stale("The statement changed while you read it.", [Change("Headline", "Old <b>words</b>", "New words")]),
    "incomplete": Incomplete(
        "Two things are missing.",
        [Missing("The promised time", "probe", ("here",), "next_update"), Missing("The headline", anchor="headline")],
    ),
    "suspicious": SuspiciousOperation("no"),
    "denied": PermissionDenied("no"),
    "unknown": Http404("no"),
    "broken": RuntimeError("secret detail"),
    "database-gone": OperationalError("server closed the connection"),
    "connection-gone": InterfaceError("connection already closed"),
}


def probe(request: HttpRequest, name: str) -> HttpResponse:
    if name in RAISED:
        raise RAISED[name]
    return HttpResponse("reached")


@login_not_required
def open_probe(request: HttpRequest, name: str) -> HttpResponse:
    return probe(request, name)


urlpatterns = [
    *real,
    path("desk/probe/<slug:name>/", probe, name="probe"),
    path("probe/<slug:name>/", open_probe, name="open_probe"),
]
