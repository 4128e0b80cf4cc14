"""The questions that came in from one group: noted with the caller on the line, and answered by their time."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from incidents.forms.telling import InquiryAnswerForm, InquiryForm
from incidents.models import Inquiry, StakeholderPlan
from incidents.operations import inquiry as operations
from incidents.views.answers import page, require_map_reader
from refusals import Refused

ANSWERED_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def inquiries(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits, by its time, then what was answered, newest first; and the form that notes one more."""
    require_map_reader(request)
    plan = get_object_or_404(StakeholderPlan.objects.select_related("incident__agent", "group", "owner"), pk=pk)
    form = InquiryForm(request.POST or None, zone=request.user.zone)
    if request.method != "POST":
        return _list(request, plan, form)
    if not form.is_valid():
        return _list(request, plan, form, status=422)
    try:
        asked = operations.note(plan, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _list(request, plan, form, refusal=refusal)
    messages.success(request, f"{plan.group}: the question is noted. This is what we say.")
    return redirect("desk:inquiry", asked.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def inquiry(request: HttpRequest, pk: int) -> HttpResponse:
    """One question with what we say; here its answer is noted."""
    require_map_reader(request)
    asked = _inquiry(pk)
    if request.method != "POST":
        return _one(request, asked, None if asked.answered_at else _form(request, asked))
    form = InquiryAnswerForm(request.POST, zone=request.user.zone)
    if not form.is_valid():
        return _one(request, asked, form, status=422)
    try:
        version = form.cleaned_data.pop("seen_version") or 0
        operations.answer(asked, by=request.user, seen_version=version, **form.cleaned_data)
    except Refused as refusal:
        asked = _inquiry(pk)
        # Not `typed_over`: what is answered is refused whatever is sent, so that only what the form asks for is sent back.
        again = {name: request.POST.get(name, "") for name in (*form.fields, "answered_at-seen")}
        again["seen_version"] = str(asked.version)
        return _one(request, asked, InquiryAnswerForm(again, zone=request.user.zone), refusal=refusal)
    messages.success(request, f"{asked.plan.group}: the answer is noted.")
    return redirect("desk:inquiries", asked.plan_id)


def _list(request: HttpRequest, plan: StakeholderPlan, form: InquiryForm, **answer: Any) -> HttpResponse:
    answered = plan.inquiries.exclude(answered_at=None).select_related("answered_by").order_by("-answered_at", "-pk")
    context = {
        "incident": plan.incident,
        "plan": plan,
        "waiting": list(plan.inquiries.open().select_related("entered_by")),
        "listed": Paginator(answered, ANSWERED_SHOWN).get_page(request.GET.get("page")),
        "ready_answer": operations.ready_answer(plan),
        "answered_within": operations.answered_within(plan),
        "form": form,
    }
    return page(request, "inquiries", context, **answer)


def _one(request: HttpRequest, asked: Inquiry, form: InquiryAnswerForm | None, **answer: Any) -> HttpResponse:
    context = {
        "incident": asked.plan.incident,
        "plan": asked.plan,
        "inquiry": asked,
        "ready_answer": operations.ready_answer(asked.plan),
        "form": form,
    }
    return page(request, "inquiry", context, **answer)


def _form(request: HttpRequest, asked: Inquiry) -> InquiryAnswerForm:
    opens = {
        "seen_version": asked.version,
        "words": operations.ready_answer(asked.plan),
        "answered_by": request.user,
    }
    return InquiryAnswerForm(initial=opens, zone=request.user.zone)


def _inquiry(pk: int) -> Inquiry:
    people = ("plan__incident__agent", "plan__group", "plan__owner", "entered_by", "answered_by")
    return get_object_or_404(Inquiry.objects.select_related(*people), pk=pk)
