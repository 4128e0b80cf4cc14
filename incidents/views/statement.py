"""Writing: begin, edit, submit, discard. What is typed is never lost, whatever an operation says to it."""

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Prefetch, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.models.person import UserQuerySet
from agents.models import Component
from incidents import markdown, questions, wording
from incidents.context import rail_of
from incidents.forms.statement import StatementForm
from incidents.models import (
    Approval,
    Commitment,
    Fact,
    Incident,
    RecordEntry,
    Redaction,
    RoleHeld,
    Statement,
    Submission,
    grounds,
)
from incidents.operations import guards, mend, never_public, start
from incidents.operations import override as overrides
from incidents.operations import statement as operations
from incidents.operations import submission as submissions
from incidents.operations.checking import Checked
from incidents.operations.commitment_words import InCommitment
from incidents.operations.correction import group_of
from incidents.permissions import (
    APPROVERS,
    can_read_drafts,
    can_write_statement,
    read_drafts_refusal,
    write_statement_refusal,
    writing_since_publication,
)
from incidents.permissions_queue import can_take_over_writing
from incidents.views import answers, beginning, came_back, conflict, emails, marks
from incidents.views import reading as reading_along
from refusals import NotAllowed, Refused, Stale, require


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A page that says what this kind is for, and the button that begins it."""
    if kind not in Statement.Kind.values or kind == Statement.Kind.CORRECTION:
        raise Http404
    return _begin(request, get_object_or_404(Incident.objects.select_related("agent"), pk=pk), kind)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for a correction of one entry, whose words are shown."""
    published = RecordEntry.objects.publications().select_related("approval", "incident__agent")
    entry = get_object_or_404(published, pk=pk)
    assert entry.incident is not None  # noqa: S101 - a publication belongs to an incident; the database holds it to that
    return _begin(request, entry.incident, Statement.Kind.CORRECTION, corrects=entry)


@require_http_methods(["GET", "HEAD", "POST"])
def correct_message(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for those who got a direct message: another one to them, in one click."""
    sent = Approval.objects.messages().select_related("incident__agent", "submission__statement__group")
    message = get_object_or_404(sent, pk=pk)
    assert message.incident is not None  # noqa: S101 - as above
    return _begin(request, message.incident, Statement.Kind.DIRECT, corrects_message=message)


def _begin(
    request: HttpRequest,
    incident: Incident,
    kind: str,
    *,
    corrects: RecordEntry | None = None,
    corrects_message: Approval | None = None,
) -> HttpResponse:
    require(can_write_statement(request.user, incident), NotAllowed(write_statement_refusal()))
    form = beginning.builder(request, incident, kind)
    chosen = None if corrects_message else beginning.group(request, kind)
    refused: Refused | None = None
    built = form is not None and form.is_bound
    asked = form if built else chosen
    if request.method == "POST" and (asked is None or asked.is_valid()):
        try:
            said = beginning.words(request, form)
            template = None if built else beginning.chosen(request)
            group = chosen.cleaned_data["group"] if chosen else None
            begun = operations.begin(
                incident, kind, by=request.user, corrects=corrects, corrects_message=corrects_message, group=group,
                template=template, **said,
            )  # fmt: skip
            return redirect("desk:statement", begun.pk)
        except Refused as refusal:
            if not built:
                raise
            refused = refusal
    unfinished = None if built or chosen else _in_the_way(incident, kind, corrects, corrects_message)
    if unfinished:
        if unfinished.kind != kind or unfinished.corrects_message_id != (corrects_message and corrects_message.pk):
            messages.warning(request, start.being_written(unfinished))
        return redirect("desk:statement", unfinished.pk)
    context = {
        "incident": incident,
        "kind": kind,
        "name": "Correction" if corrects_message else Statement.Kind(kind).label,
        "trouble": guards.stage_refusal(incident, kind),
        "last": _last_public(incident),
        "corrects": corrects,
        "corrects_message": corrects_message,
        "form": form,
        "chosen": chosen,
        "choices": [] if corrects_message else beginning.choices(request, incident, kind),
    }
    invalid = asked is not None and bool(asked.errors)
    return answers.page(request, "statement_new", context, refusal=refused, status=422 if invalid else 200)


def _in_the_way(
    incident: Incident, kind: str, corrects: RecordEntry | None, corrects_message: Approval | None
) -> Statement | None:
    """What is written in the same lane. Of a direct message it is known once its group is chosen."""
    group = group_of(corrects_message) if corrects_message else None
    return start.unfinished(incident, kind, corrects=corrects, group=group)


@require_http_methods(["GET", "HEAD", "POST"])
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft with what is missing beside it. A POST saves a version."""
    found = _visible(request, pk)
    form = _form(request, found)
    if request.method != "POST":
        return _page(request, found, form)
    if not _is_ready(found, form):
        return _page(request, found, form, status=422)
    try:
        _save(found, form, request)
    except Refused as refusal:
        return _page(request, found, form, refusal=refusal)
    messages.success(request, "Saved. What is still missing is listed beside the draft.")
    return redirect("desk:statement", pk)


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what is in the form, if it came with the button, and ask for approval of exactly that."""
    found = _visible(request, pk)
    form = _form(request, found)
    whole = "headline" in request.POST
    if whole and not _is_ready(found, form):
        return _page(request, found, form, status=422)
    try:
        if whole:
            found = _save(found, form, request)
            form = _form(request, found, bound=False)
        seen = found.version if whole else int(request.POST.get("version") or 0)
        asked = submissions.submit(found, by=request.user, seen_version=seen)
    except ValueError:
        raise Http404
    except Refused as refusal:
        return _page(request, _visible(request, pk), form, refusal=refusal)
    messages.success(request, "Submitted. Whoever may approve it has been asked by email.")
    return redirect("desk:submission", asked.pk)


@require_POST
def reading(request: HttpRequest, pk: int) -> HttpResponse:
    """What the check says of the form as it stands: the words typed, the facts ticked, the time promised. Keeps nothing."""
    found = _visible(request, pk, *(one for one in grounds() if one.to_attr != "commitments_at_hand"))
    form = _form(request, found, offered=False)
    unread = not _is_ready(found, form)
    changed = operations.put(found, **form.as_far_as_read())
    checked = guards.read(found, components=form.components or None)
    more = {
        "statement": found,
        "commands": _is_asked(checked, found, []) and found.commander_id == request.user.pk,
        "unsaved": bool(changed) or unread,
        "not_read": form.not_read,
    }
    words = {name: words for name, words in _words(found).items() if name in form.fields}
    return reading_along.answer(request, checked, words, status=422 if "cites" in form.errors else 200, **more)


@require_POST
def let_stand(request: HttpRequest, pk: int) -> HttpResponse:
    """A finding of the draft check stands, with a reason. What was typed comes back when that is refused."""
    found = _visible(request, pk)
    typed = {name: request.POST.get(name, "") for name in ("rule", "start", "reason", "version", "part")}
    if not (typed["version"].isdecimal() and typed["start"].isdecimal()):
        raise Http404
    try:
        overrides.let_stand(
            found, typed["rule"], int(typed["start"]), by=request.user, seen_version=int(typed["version"]),
            reason=typed["reason"], part=typed["part"],
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, found, _form(request, found, bound=False), refusal=refusal, typed=typed)
    messages.success(request, "It stands, with your reason. Whoever approves it reads both.")
    return redirect("desk:statement", pk)


@require_POST
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what is in the form, with one passage replaced by the words that the draft check offers for it."""
    found = _visible(request, pk)
    form = _form(request, found)
    rule, field, at = reading_along.place(request)
    if not _is_ready(found, form):
        return _page(request, found, form, status=422)
    fields = dict(form.cleaned_data)
    seen_version = fields.pop("version")
    try:
        done = mend.mend(found, rule, field, at, by=request.user, seen_version=seen_version, **fields)
    except Refused as refusal:
        return _page(request, found, form, refusal=refusal)
    messages.success(request, f"Saved. {done.label}: “{done.before}” is now “{done.after}”.")
    return redirect("desk:statement", pk)


@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what is in the form, and set one warning aside in exactly these words."""
    found = _visible(request, pk)
    form = _form(request, found)
    rule, field, at = reading_along.place(request)
    if not _is_ready(found, form):
        return _page(request, found, form, status=422)
    try:
        found = _save(found, form, request)
        form = _form(request, found, bound=False)
        overrides.dismiss(found, rule, field, at, by=request.user, seen_version=found.version)
    except Refused as refusal:
        return _page(request, _visible(request, pk), form, refusal=refusal)
    messages.success(request, "Dismissed, in these very words. Whoever approves them reads that.")
    return redirect("desk:statement", pk)


@require_POST
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on writing what somebody else began. The page has said what that costs an approver."""
    found = _visible(request, pk)
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise Http404
    try:
        operations.take_over(found, by=request.user, seen_version=int(version))
    except Refused as refusal:
        return _page(request, found, _form(request, found, bound=False), refusal=refusal)
    messages.success(request, "It is yours to write now. Somebody else approves it.")
    return redirect("desk:statement", pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    found = _visible(request, pk)
    operations.discard(found, by=request.user)
    messages.success(request, f"{found.get_kind_display()} discarded. Nothing of it was public.")
    return redirect("desk:incident", found.incident_id)


def _visible(request: HttpRequest, pk: int, *at_hand: Prefetch) -> Statement:
    require(can_read_drafts(request.user), NotAllowed(read_drafts_refusal()))
    people = ("edited_by", "created_by", "corrects_message")
    found = Statement.objects.select_related("incident__agent", "corrects__approval", "group", *people).with_promise()
    held = RoleHeld.objects.filter(incident=OuterRef("incident"), role=RoleHeld.Role.COMMANDER, until=None)
    found = found.annotate(newest_outcome=came_back.newest_outcome(), commander_id=Subquery(held.values("user")[:1]))
    found = found.annotate(questions_asked=questions.asked())
    one = get_object_or_404(found.prefetch_related(*(at_hand or grounds())), pk=pk)
    questions.put_at_hand(one, one.questions_asked)
    return one


def _form(request: HttpRequest, found: Statement, *, bound: bool = True, offered: bool = True) -> StatementForm:
    """With the facts that are ``offered``, where it is shown."""
    data = request.POST if bound and request.method == "POST" else None
    facts = Fact.objects.filter(incident=found.incident_id).in_order() if offered else ()
    return StatementForm(
        data, statement=found, facts=facts, components=Component.objects.all(), zone=request.user.time_zone
    )


def _is_ready(found: Statement, form: StatementForm) -> bool:
    """Everything can be read, and what two people changed is decided."""
    return form.is_valid() and conflict.settle(found, form)


def _save(found: Statement, form: StatementForm, request: HttpRequest) -> Statement:
    fields = dict(form.cleaned_data)
    seen_version = fields.pop("version")
    return operations.edit(found, by=request.user, seen_version=seen_version, **fields)


def _page(
    request: HttpRequest,
    found: Statement,
    form: StatementForm,
    *,
    refusal: Refused | None = None,
    status: int = 200,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    merge = conflict.still_asked(found, form) if form.is_bound else None
    if isinstance(refusal, Stale) and form.is_bound:
        # The next save is made knowing what the other person saved: it carries the version that is shown here.
        seen = form.data.get("version")
        found = _visible(request, found.pk)
        if seen != str(found.version):
            merge = conflict.together(found, form, _form(request, found, bound=False))
        if merge:
            refusal = Stale(refusal.sentence)  # the differences stand in the form, with what was typed
    context = _context(request, found, form) | {"typed": typed or {}, "merge": merge}
    response = answers.page(request, "statement", context, refusal=refusal, status=status)
    response.shows_a_preview = "email" in context
    return response


def _context(request: HttpRequest, found: Statement, form: StatementForm) -> dict[str, Any]:
    writing = found.is_being_written
    organisation = rail_of(request).organisation
    mail = {} if found.is_public else emails.context(found)
    words = found.words()
    names = never_public.names(found.incident, is_left=_left(request.user, found)) if writing else None
    left = [person.name for person in names.people if person.is_left] if names else []
    looked = guards.look(found, components=form.components, names=names) if writing else None
    asked = writing and found.newest_outcome in (Submission.Outcome.WAITING, Submission.Outcome.RETURNED)
    latest, back = came_back.newest(found) if asked else (None, None)
    return {
        "statement": found,
        "incident": found.incident,
        "form": form,
        "missing": [(item.sentence, answers.address(item)) for item in looked.missing] if looked else [],
        "warnings": [*guards.warnings(found, components=form.components, told=looked.told), *looked.to_look_at]
        if looked
        else [],
        "checked": looked and looked.checked,
        "marks": marks.marked(_words(found), looked.checked.shown) if looked and not form.is_bound else {},
        "preview": preview(words),
        "promise": wording.promise(
            found.next_update_at, organisation.zone if organisation else "UTC", now=found.edited_at
        )
        if found.next_update_at
        else "",
        "commitments": [made for made in found.own_commitments() if made.state == Commitment.State.DRAFT],
        "in_commitments": looked.in_commitments if looked else [],
        "commands": looked is not None
        and _is_asked(looked.checked, found, looked.in_commitments)
        and found.commander_id == request.user.pk,
        "may_write": writing and can_write_statement(request.user, found.incident),
        "waiting": latest if latest and latest.outcome == Submission.Outcome.WAITING else None,
        "came_back": back,
        "may_take_over": writing and can_take_over_writing(request.user, found),
        "approvers": wording.listed(left) if left else "",
        "promised": {"due_at": found.promise_due} if found.promise_due else None,
        **mail,
        "taken_down": [] if writing else list(Redaction.objects.carried_out(found)),
    }


def _words(found: Statement) -> dict[str, str]:
    return {name: getattr(found, name) for name in Statement.PUBLIC_TEXTS}


def _is_asked(checked: Checked, found: Statement, in_commitments: list[InCommitment]) -> bool:
    """Whether there is anything that the commander alone can answer for."""
    waits = found.kind == Statement.Kind.WARNING and not checked.is_released
    stopping = [*checked.stopping, *(one.passage for one in in_commitments)]
    return waits or any(passage.can_be_let_stand for passage in stopping)


def preview(words: str) -> str:
    """The HTML that the page will show. Empty when the words are refused: the list beside them says why."""
    try:
        return markdown.render(words)
    except markdown.TooMuch:
        return ""


def _left(reader: User, found: Statement) -> UserQuerySet:
    """Who may approve if the reader saves and submits: nobody who wrote a part of it, or of the incident's next words."""
    others = User.objects.with_role(*APPROVERS).exclude(pk=reader.pk).exclude(pk__in=found.versions.values("saved_by"))
    return others.exclude(pk__in=writing_since_publication(found.incident).values("saved_by"))


def _last_public(incident: Incident) -> RecordEntry | None:
    return RecordEntry.objects.publications().filter(incident=incident).select_related("approval").first()
