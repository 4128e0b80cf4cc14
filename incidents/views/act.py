"""The pages behind the links of a commitment's mail. Opening one changes nothing; a POST from it acts, once.

The token is all there is to know who acts: nobody is signed in here, and whoever is gets no more than the link gives.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

import clock
from accounts.models import User
from incidents.forms.commitment import AmendForm, EvidenceForm, NotMineForm, PublicReasonForm
from incidents.models import Commitment, CommitmentChange, Evidence
from incidents.operations import change as changes
from incidents.operations import commitment as operations
from incidents.operations import evidence as reports
from incidents.views.answers import said
from refusals import Refused
from stakeholders import operations as stakeholders

METHODS = ["GET", "HEAD", "POST"]
Kind = CommitmentChange.Kind

QUESTIONS = {
    "done": "Done, and here is the evidence",
    "more-time": "I need more time, and here is why",
    "not-mine": "This is not mine",
}
ANSWERED = {
    "done": "Your report is in. Another person has been asked to verify it, and the public page says that it waits for that.",
    "more-time": "Your words wait for a second person. Until then the deadline stays what it was.",
    "not-mine": "The commander and the team’s lead have been told. Until somebody else owns it, it stays with you.",
}


@login_not_required
@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The commitment, the question and its three answers."""
    opened = _open(token)
    if opened is None:
        return _over(request)
    made, owner = opened
    return render(request, "act/link.html", _context(made, owner, token))


@login_not_required
@never_cache
@require_http_methods(METHODS)
def answer(request: HttpRequest, token: str, choice: str) -> HttpResponse:
    """One answer: a page with its form, and the POST that gives it."""
    opened = _open(token)
    if opened is None:
        return _over(request)
    made, owner = opened
    form = _form(choice, made, owner, request.POST if request.method == "POST" else None)
    context = _context(made, owner, token) | {"form": form, "choice": choice, "heading": _questions(made)[choice]}
    if request.method != "POST" or not form.is_valid():
        return render(request, "act/answer.html", context, status=422 if form.errors else 200)
    try:
        _act(choice, made, owner, form.cleaned_data)
    except Refused as refusal:
        context |= {"refused": said(refusal), "problem": refusal.sentence}
        return render(request, "act/answer.html", context, status=refusal.status)
    return render(request, "act/answered.html", {"made": made, "answered": ANSWERED[choice], "zone": owner.time_zone})


def _open(token: str) -> tuple[Commitment, User] | None:
    """The commitment and its owner, while the link may be used and there is something left to answer."""
    found = stakeholders.open_link(token)
    if found is None or found.purpose != operations.LINKS:
        return None
    made = Commitment.objects.unsettled().with_people().filter(public_id=found.subject, owner=found.user).first()
    if made is None or made.evidence.filter(outcome=Evidence.Outcome.WAITING).exists():
        return None
    return made, found.user


def _over(request: HttpRequest) -> HttpResponse:
    """One answer for every link that does not work, so that it tells nobody anything."""
    return render(request, "act/over.html", status=404)


def _context(made: Commitment, owner: User, token: str) -> dict[str, Any]:
    return {
        "made": made,
        "owner": owner,
        "token": token,
        "zone": owner.time_zone,
        "now": clock.now(),
        "questions": list(_questions(made).items()),
    }


def _questions(made: Commitment) -> dict[str, str]:
    if made.state == Commitment.State.MISSED:
        return QUESTIONS | {"more-time": "Not done, and here is why"}
    return QUESTIONS


def _form(choice: str, made: Commitment, owner: User, data: Any) -> forms.Form:
    if choice == "done":
        return EvidenceForm(data, zone=owner.zone)
    if choice == "not-mine":
        return NotMineForm(data, zone=owner.zone)
    return (AmendForm if _can_amend(made, clock.now()) else PublicReasonForm)(data, made=made, zone=owner.zone)


def _can_amend(made: Commitment, now: datetime) -> bool:
    return Kind.AMENDMENT in changes.possible(made, now)


def _act(choice: str, made: Commitment, owner: User, given: dict[str, Any]) -> None:
    if choice == "done":
        reports.report_done(made, by=owner, **given)
    elif choice == "not-mine":
        operations.disown(made, by=owner, **given)
    else:
        changes.propose(made, Kind.AMENDMENT if "new_due_at" in given else Kind.EXPLANATION, by=owner, **given)
