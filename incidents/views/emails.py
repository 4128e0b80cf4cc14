"""A direct message as an email: the very letter that is sent, shown before it is, and to whom."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from incidents.models import Approval, Statement, Submission
from incidents.operations import correction, direct
from incidents.permissions import can_read_drafts, read_drafts_refusal
from refusals import NotAllowed, require

PREVIEWS = {"email": "Email", "phone": "On a phone, 360 px", "text": "Plain text"}

# A mail loads nothing and does nothing. It brings its one stylesheet along, which is named by what it says.
POLICY = "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


@require_safe
@xframe_options_sameorigin
def of_submission(request: HttpRequest, pk: int) -> HttpResponse:
    """What approving this sends. The page of the submission frames it."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    asked = Submission.objects.with_subject().select_related("statement__group", "statement__corrects_message")
    found = get_object_or_404(_of_messages(asked), pk=pk)
    assert found.statement is not None  # noqa: S101 - asked for above
    return _framed(direct.mail(found.statement, found.content))


@require_safe
@xframe_options_sameorigin
def of_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """What is being written, as saved. The page of the statement frames it."""
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    written = Statement.objects.filter(kind=Statement.Kind.DIRECT).exclude(state=Statement.State.PUBLISHED)
    about = ("incident__agent", "group", "corrects_message")
    return _framed(direct.draft(get_object_or_404(written.select_related(*about), pk=pk)))


def _of_messages(asked: Any) -> Any:
    """Those that wait or came back. What was sent is in the outbox, as it was sent."""
    of_messages = asked.filter(statement__kind=Statement.Kind.DIRECT)
    return of_messages.exclude(outcome=Submission.Outcome.APPROVED)


def context(statement: Statement) -> dict[str, Any]:
    """What the page of a direct message shows beside the words: the mail while it is written, then who got it.

    How many got the words that it corrects is counted for whoever approves it.
    """
    if statement.state == Statement.State.PUBLISHED:
        return sent(statement)
    direct.looked_up(statement)
    email = _shown(direct.draft(statement), reverse("desk:statement_email", args=[statement.pk]))
    return {"email": email, "reached": None if statement.corrects_message_id else direct.audience(statement)}


def of_page(found: Submission, statement: Statement) -> dict[str, Any]:
    """The same for the page of a submission: the mail until it is sent, and whom it reaches or reached."""
    if found.outcome == Submission.Outcome.APPROVED:
        return sent(statement, found.approval)
    reached = direct.audience(statement)
    mail = direct.mail(statement, found.content)
    return {"reached": reached, "email": _shown(mail, reverse("desk:submission_email", args=[found.pk]))}


def sent(statement: Statement, approval: Approval | None = None) -> dict[str, Any]:
    """Who got it, and the message that corrected it, if one did."""
    out = approval or Approval.objects.messages().select_related("submission").get(submission__statement=statement)
    return {
        "sent": out,
        "reached": direct.got(statement, [out.pk]),
        "corrected_by": correction.corrected_by(out),
    }


def _shown(mail: direct.Mail, address: str) -> dict[str, Any]:
    return {"sender": mail.sender, "address": address, **mail.letter.message()}


def _framed(mail: direct.Mail) -> HttpResponse:
    html = mail.letter.message()["html"]
    style = b64encode(sha256("".join(_STYLE.findall(html)).encode()).digest()).decode()
    return HttpResponse(html, headers={"Content-Security-Policy": POLICY.format(style=style)})
