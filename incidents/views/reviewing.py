"""The page on which a second person looks at what was published in an emergency, with all that an approver sees (U17)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from agents.models import Component
from incidents import questions
from incidents.context import rail_of
from incidents.forms.approval import ReviewForm
from incidents.mails_approval import subject_of
from incidents.models import Approval
from incidents.operations import guards, never_public, replaced
from incidents.operations import review as operations
from incidents.operations.never_public import Names
from incidents.permissions import (
    can_read_drafts,
    can_review,
    can_write_statement,
    read_drafts_refusal,
    review_refusal,
    reviewers_of,
)
from incidents.views import answers, approval_page
from refusals import NotAllowed, Refused, require


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    asked = _visible(pk)
    found = asked.approval
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, asked, form)
    require(can_review(request.user, found), NotAllowed(review_refusal(found)))
    if not form.is_valid():
        return _page(request, asked, form, status=422)
    try:
        done = operations.review(found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _page(request, asked, form, refusal=refusal)
    if done.is_objection:
        said = f"Your objection is kept. Entry {found.entry.number} owes a correction until one is published."
        messages.warning(request, said)
        return redirect("desk:incident", found.incident_id)
    messages.success(request, "Reviewed. The public page says so from now on.")
    return redirect("desk:approvals")


def _visible(pk: int) -> Any:
    """The submission that was published in an emergency as approval ``pk``, with that."""
    people = ("review__reviewed_by", "approved_by", "written_by", "entry", "incident__agent")
    asked = approval_page.submissions().select_related(*(f"approval__{one}" for one in people))
    return get_object_or_404(asked.filter(approval__review__isnull=False), approval=pk)


def _page(
    request: HttpRequest, asked: Any, form: ReviewForm, *, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    revision = rail_of(request).revision  # first, so that the organisation is asked for once
    found = asked.approval
    names = never_public.names(found.incident, reviews=reviewers_of(found))
    reviewers = [person for person in names.people if person.reviews]
    review = found.review
    context = _as_approved(asked, names, show=request.GET.get("show", "changes")) | {
        "revision": revision,
        "approval": found,
        "form": form,
        "may_review": review.reviewed_by_id is None and request.user in reviewers,
        "reviewers": reviewers,
        "refusal_sentence": review_refusal(found),
        "owes": review.is_objection and Approval.objects.owing_correction().filter(pk=found.pk).exists(),
        "may_correct": can_write_statement(request.user, found.incident),
    }
    return answers.page(request, "review", context, refusal=refusal, status=status)


def _as_approved(found: Any, names: Names, *, show: str) -> dict[str, Any]:
    """All that an approver reads beside the words, of what is out already: with the facts and the checks as they are now."""
    statement = found.statement
    questions.put_at_hand(statement, found.questions_asked)
    replaced.at_hand(statement, found.last_correction)
    components = list(Component.objects.all())
    looked = guards.look(statement, components=components, names=names)
    return {
        "submission": found,
        "about": subject_of(found),
        "show": show if show in approval_page.SHOWN else "changes",
        "views": approval_page.SHOWN,
        "previews": {},
        "shown_as": "words",
        "waits": False,
        "weighs": True,
        **approval_page.of_statement(found, statement, names, waits=False, components=components),
        "warnings": looked.to_look_at,
        "checked": looked.checked,
        "sentences": looked.sentences,
        "to_look_at": len(looked.to_look_at) + len(looked.checked.shown),
    }
