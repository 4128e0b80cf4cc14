"""The legal clocks of an incident: what is due to whom and by when, what starts it, and forms to say so."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import clock as hand
from incidents import permissions_clocks as permissions
from incidents.forms.legal_clock import AssessForm, AssessorForm, HoldForm, StartForm, SubmitForm, TakeBackForm
from incidents.models import ClockStart, Incident, ReportingClock, StartMove
from incidents.models.clock import OF_INCIDENT
from incidents.operations import assessor as assessors
from incidents.operations import clock_start, legal_clock
from incidents.operations.clock_start import Event
from incidents.views import legal_clock_rows as rows
from incidents.views.answers import page, require_map_reader, seen_rows
from refusals import NotAllowed, Refused, Stale, require
from stakeholders.models import Profile, StartEvent

State = ReportingClock.State


@require_safe
def clocks(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    return _clocks(request, pk)


@require_POST
def name_assessor(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who is to say whether the ticked clocks apply, as they were shown."""
    require_map_reader(request)
    incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
    may = permissions.can_assess_clocks(request.user, incident)
    require(may, NotAllowed(permissions.assess_clocks_refusal(incident)))
    form = AssessorForm(request.POST, incident=incident, clocks=_to_assess(rows.lines(incident, hand.now())))
    if not form.is_valid():
        return _clocks(request, pk, form=form, status=422)
    ticked = [int(key) for key in form.cleaned_data["clocks"]]
    assessor = form.cleaned_data["assessor"]
    seen = {key: version for key, (version, _) in seen_rows(request.POST.getlist("clock")).items()}
    try:
        named = assessors.name(incident, by=request.user, seen=seen, assessor=assessor, clocks=ticked)
    except Refused as refusal:
        return _clocks(request, pk, form=form, refusal=refusal)
    codes = ", ".join(clock.code for clock in named)
    messages.success(request, f"{assessor} is to say it: {codes}." if named else "They were named already.")
    return redirect("desk:clocks", pk)


def _to_assess(found: Iterable[rows.Line]) -> list[ReportingClock]:
    return [line.clock for line in found if line.clock.state == State.TO_ASSESS]


def _clocks(
    request: HttpRequest,
    pk: int,
    *,
    form: AssessorForm | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
    found = rows.lines(incident, hand.now())
    waiting, assesses = _to_assess(found), permissions.can_assess_clocks(request.user, incident)
    assesses = assesses and not incident.is_final
    if waiting and assesses and form is None:
        form = AssessorForm(incident=incident, clocks=waiting)
    context = {
        "form": form if waiting and assesses else None,
        "waiting": waiting,
        "incident": incident,
        "lines": found,
        "happened": rows.happened(incident, found),
        "profile": Profile.current(),
        "assesses": assesses,
        "records": permissions.can_record_for_clocks(request.user) and not incident.is_final,
        "refusal_sentence": permissions.assess_clocks_refusal(incident),
    }
    return page(request, "clocks", context, refusal=refusal, status=status)


@require_POST
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    made = legal_clock.look_again(get_object_or_404(Incident, pk=pk), by=request.user)
    said = f"Taken in, to be assessed: {', '.join(clock.code for clock in made)}."
    messages.success(request, said if made else "Nothing is new: every rule that the profile switches on is here.")
    return redirect("desk:clocks", pk)


@require_safe
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    require_map_reader(request)
    return _show(request, pk)


@require_POST
def assess(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, AssessForm, legal_clock.assess, "Noted. Nothing is filed from here.")


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, SubmitForm, legal_clock.submit, "Noted as submitted.")


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, TakeBackForm, legal_clock.take_back, "Taken back. It runs again.")


@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, HoldForm, legal_clock.hold, "Held for that time.")


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, pk: int, event: str) -> HttpResponse:
    """Record or move the time of an event of the incident."""
    require_map_reader(request)
    incident = get_object_or_404(Incident.objects.with_people(), pk=pk)
    if event not in OF_INCIDENT:
        raise Http404
    return _start(request, Event(incident, event))


@require_http_methods(["GET", "HEAD", "POST"])
def own_start(request: HttpRequest, pk: int) -> HttpResponse:
    """The same of the event that one clock alone waits for."""
    require_map_reader(request)
    found = _clock(pk)
    if StartEvent.OWN not in found.rule.starts:
        raise Http404
    return _start(request, Event(found.incident, StartEvent.OWN, found))


@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, clock_start.agree, "Agreed: from now on the later time counts.")


@require_POST
def agree_alone(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, clock_start.agree_alone, "Agreed by one person, who works alone.")


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    return _settle(request, pk, clock_start.refuse, "The earlier time stays.")


# One clock


def _act(
    request: HttpRequest, pk: int, form_class: Any, operation: Callable[..., ReportingClock], said: str
) -> HttpResponse:
    require_map_reader(request)
    found = _clock(pk)
    form = _form(form_class, request, request.POST)
    if not form.is_valid():
        return _show(request, pk, typed=form, status=422)
    try:
        operation(found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return _show(request, pk, typed=_again(form, request, refusal, _clock(pk).version), refusal=refusal)
    messages.success(request, f"{found}: {said}")
    return redirect("desk:clocks", found.incident_id)


def _show(
    request: HttpRequest, pk: int, *, typed: Any = None, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    found, user = _clock(pk), request.user
    living = not found.incident.is_final
    assesses = living and permissions.can_assess_clocks(user, found.incident)
    records = living and permissions.can_record_for_clocks(user)
    offered = [
        (AssessForm, (assesses and found.is_open) or (assesses and found.state == State.NOT_APPLICABLE)),
        (SubmitForm, records and found.is_open),
        (HoldForm, assesses and found.is_open),
        (TakeBackForm, assesses and found.state == State.SUBMITTED),
    ]
    forms = {kind.prefix: _form(kind, request, initial=_initial(found, user)) for kind, may in offered if may}
    if typed is not None:
        forms[typed.prefix] = typed
    context = {
        "clock": found,
        "incident": found.incident,
        "line": rows.line(found, hand.now()),
        "reckoned": rows.how_reckoned(found),
        "own": StartEvent.OWN in found.rule.starts,
        "notes": found.notes.select_related("said_by", "whose"),
        "forms": forms,
        "typed": typed,
        "refusal_sentence": permissions.assess_clocks_refusal(found.incident),
    }
    return page(request, "clock", context, refusal=refusal, status=status)


def _initial(found: ReportingClock, user: Any) -> dict[str, Any]:
    """Each form takes what is its own."""
    assessed = {} if found.state == State.TO_ASSESS else {"applies": found.state != State.NOT_APPLICABLE}
    held = {"held_from": found.held_from, "held_until": found.held_until, "ground": found.held_ground}
    reason = found.reason if found.state != State.SUBMITTED else ""
    return {"seen_version": found.version, "reason": reason, "submitted_by": user, **assessed, **held}


def _form(kind: Any, request: HttpRequest, data: Any = None, initial: Any = None) -> Any:
    zoned = {"zone": request.user.zone} if kind in (SubmitForm, HoldForm, StartForm) else {}
    return kind(data, initial=initial, **zoned)


def _again(form: Any, request: HttpRequest, refusal: Refused, seen: int) -> Any:
    """What was typed. Once somebody was told what changed meanwhile, sending it again means it."""
    if not isinstance(refusal, Stale):
        return form
    typed = request.POST.copy()
    typed[form.add_prefix("seen" if isinstance(form, StartForm) else "seen_version")] = str(seen)
    return _form(type(form), request, typed)


# What starts clocks


def _start(request: HttpRequest, about: Event) -> HttpResponse:
    current = about.current
    seen = current.pk if current else 0
    counts = about.counts(current)
    form = _form(StartForm, request, request.POST or None, initial={"seen": seen, "at": counts})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = clock_start.record(about, by=request.user, **form.cleaned_data)
        except Refused as refused:
            refusal, latest = refused, about.current
            form = _again(form, request, refused, latest.pk if latest else 0)
        else:
            waits = isinstance(made, StartMove)
            said = "Proposed. It counts once a second person has agreed." if waits else "Recorded."
            messages.success(request, f"{about.words.capitalize()}: {said}")
            return redirect("desk:clocks", about.incident.pk)
    history = ClockStart.objects.filter(incident=about.incident, event=about.event, clock=about.clock)
    move, user = about.waiting, request.user
    agrees = bool(move) and not about.incident.is_final and permissions.can_agree_to_later_start(user, move)
    alone = (
        bool(move) and not agrees and not about.incident.is_final and permissions.can_agree_to_later_start_alone(user)
    )
    context = {
        "incident": about.incident,
        "about": about,
        "counts": about.counts(about.current),
        "history": history.select_related("recorded_by", "agreed_by").order_by("-pk"),
        "form": form if permissions.can_record_for_clocks(user) and not about.incident.is_final else None,
        "move": move,
        "agrees": agrees,
        "agrees_alone": alone,
        "leaves": bool(move) and permissions.can_refuse_later_start(user, move),
        "agree_sentence": permissions.agree_to_later_start_refusal(move) if move else "",
        "refusal_sentence": permissions.record_for_clocks_refusal(),
    }
    return page(request, "clock_start", context, refusal=refusal, status=422 if form.errors else 200)


def _settle(request: HttpRequest, pk: int, operation: Callable[..., Any], said: str) -> HttpResponse:
    require_map_reader(request)
    move = get_object_or_404(StartMove.objects.select_related("incident"), pk=pk)
    operation(move, by=request.user)
    messages.success(request, said)
    return redirect("desk:clocks", move.incident_id)


def _clock(pk: int) -> ReportingClock:
    return get_object_or_404(ReportingClock.objects.with_people().select_related("incident__agent"), pk=pk)
