"""Answering a form that an operation refused: the same page, the refusal above it, and everything typed still in its place."""

import re
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import log
from accounts.answers import address, put, put_together, said, typed_over
from incidents.permissions_map import can_read_map, read_map_refusal
from refusals import NotAllowed, Refused, require

__all__ = [
    "address",
    "page",
    "put",
    "put_together",
    "require_map_reader",
    "said",
    "seen_rows",
    "typed_over",
    "unchanged",
]

INDENTATION = re.compile(rb">\n\s+<")  # nobody's words stand between two tags


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    """`templates/incidents/<template>.html`, or of a fragment asked for by htmx its `_<template>.html`.

    A page without a fragment is answered whole.
    `refusal` becomes `refused` in the context, ready for `_refused.html`, and gives the status.
    """
    fragment = bool(request.htmx) and not request.htmx.boosted
    if refusal:
        context, status = context | {"refused": said(refusal), "problem": refusal.sentence}, refusal.status
    names = [f"incidents/_{template}.html", f"incidents/{template}.html"]
    response = render(request, names if fragment else names[1:], context, status=status)
    if fragment:  # sent every time that something happens: without what only indents its source
        response.content = INDENTATION.sub(b">\n<", response.content)
    return response


def unchanged(request: HttpRequest) -> bool:
    """Whether a board that polls with `?rev=` shows already all there is. The answer is then 204."""
    return "rev" in request.GET and request.GET["rev"] == str(log.revision())


def seen_rows(sent: Iterable[str]) -> dict[int, tuple[int, str]]:
    """What a list showed of each of its rows, as its form sends it back: "key:version", and words after another colon."""
    seen = {}
    for one in sent:
        key, _, rest = one.partition(":")
        version, _, words = rest.partition(":")
        if key.isdecimal() and version.isdecimal():
            seen[int(key)] = (int(version), words)
    return seen


def require_map_reader(request: HttpRequest) -> None:
    """Asked before anything is looked up: whoever may not read the map does not learn what is on it."""
    require(can_read_map(request.user), NotAllowed(read_map_refusal()))
