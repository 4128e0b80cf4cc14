"""The incident room: one board with everything about one incident, and beside it the controls that a poll must not pull away."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Window
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

import clock
import moments
from accounts.models import User
from accounts.permissions import may_act_alone
from incidents import permissions
from incidents.context import rail_of
from incidents.forms.incident import DismissForm, HandoverForm, NoteForm, RecoverForm, ReopenForm, TakeOverForm
from incidents.models import (
    ContainmentAction,
    Fact,
    Incident,
    PublicStatus,
    RecordEntry,
    RoleHeld,
    Statement,
    Submission,
)
from incidents.next_action import Situation, Step, Words, next_action
from incidents.operations.correction import awaited, group_of
from incidents.operations.incident import missing_to_open
from incidents.operations.schedule import wants_state_now
from incidents.permissions_clocks import can_assess_clocks, can_record_for_clocks
from incidents.permissions_map import can_decide_for_groups, can_read_map
from incidents.permissions_redaction import can_propose_redaction
from incidents.views import room_parts as parts
from incidents.views.answers import page, unchanged
from incidents.views.clocks import Clock, strip
from incidents.views.first_hour import in_the_room
from incidents.views.room_parts import Whole
from incidents.views.room_rows import Rows, choices, rows
from incidents.wording import in_a_sentence
from refusals import Refused

SIGNS = ("undecided", "forgotten", "late_answers", "clocks_to_assess")  # how many of each the incident has
COMMANDER = RoleHeld.Role.COMMANDER
STEPS = [(state.value, state.label) for state in Incident.State if state != Incident.State.DISMISSED]


@require_safe
def room(request: HttpRequest, pk: int) -> HttpResponse:
    if unchanged(request):
        return HttpResponse(status=204)
    return show(request, pk)


def show(
    request: HttpRequest, pk: int, *, refusal: Refused | None = None, status: int = 200, **filled: Any
) -> HttpResponse:
    """The room, also as the answer to a form of it that was refused; `filled` are the forms as they were typed."""
    revision = rail_of(request).revision  # first, so that what changes meanwhile is fetched by the next poll
    found = rows(pk, request.user)
    context = board(found, request.user, Whole.asked(request.GET)) | {"revision": revision}
    if not (request.htmx and "rev" in request.GET):
        context |= controls(found.incident, request.user, **filled)
    return page(request, "incident", context, refusal=refusal, status=status)


def board(found: Rows, user: User, whole: Whole) -> dict[str, Any]:
    """All that the templates of the board read, fetched: they ask the database nothing."""
    now, incident, facts = clock.now(), found.incident, found.facts
    news = _news(facts, found.last)
    seats = _seats(incident, user)
    step = next_action(situation(found, seats, len(news), user))
    return {
        "incident": incident,
        "now": now,
        "seats": seats,
        "facts": facts,
        "questions": parts.by_question(facts, whole),
        "tally": _tally(facts),
        "reach": parts.blast_radius(facts),
        "ladder": parts.ladder(found.actions, whole),
        "written": parts.written(found.statements, whole),
        "whole": str(whole),
        "wider": whole.links(),
        "offer": found.offer,
        "last": found.last,
        "reports": permissions.can_report_fact(user, incident),
        "contains": permissions.can_act_on_containment(user, incident),
        "reads_drafts": permissions.can_read_drafts(user),
        "writes": permissions.can_write_statement(user, incident),
        "takes_down": can_propose_redaction(user),
        "reads_map": can_read_map(user),
        "notes": permissions.can_note(user, incident) and not incident.is_final,
        "note_form": NoteForm(zone=user.zone),
        "news": news,
        "review": found.review,
        "reviewers": found.reviewers,
        "clocks": _clocks(found, user, now),
        "step": step,
        "step_address": _address(step),
        "steps": STEPS,
        "lasted": incident.recovered_at and incident.recovered_at - incident.detected_at,
        "first_line": _first_line(found.last),
        "confirmable": {fact.pk for fact in _confirmable(facts, user)},
        "recover_form": _recover_form(incident, user),
        "own_seats": [seat["role"] for seat in seats if seat["holder"] == user and seat["role"] != COMMANDER],
        **in_the_room(found.hour, incident, user),
        **_timeline(incident, whole, now),
        **_writing(incident, found.statements),
    }


def controls(incident: Incident, user: User, **filled: Any) -> dict[str, Any]:
    """The forms that change command and state, each only for whom it works."""
    commands = permissions.can_command(user, incident)
    people, repeated = choices(incident) if commands else ([], [])
    others = [person for person in people if person != user]
    may_dismiss = commands and Incident.State.DISMISSED in Incident.TRANSITIONS[incident.state]
    reopens = incident.state in (Incident.State.CONTAINED, Incident.State.RECOVERED)
    made: dict[str, Any] = {
        "commands": commands,
        "people": people,
        "others": others,
        "seat_is_empty": any(incident.holder(role) is None for role in RoleHeld.Role),
        "may_take_over": permissions.can_take_over(user, incident) and not incident.is_final,
        "takeover_form": TakeOverForm(),
        "handover_form": HandoverForm(people=others) if commands and not incident.is_final else None,
        "reopen_form": ReopenForm() if reopens and permissions.can_reopen(user, incident) else None,
        "dismiss_form": DismissForm(incident=incident, repeated=repeated) if may_dismiss else None,
    }
    return made | filled | {"typed": next(iter(filled.values()), None)}


# What the board shows


def _seats(incident: Incident, user: User) -> list[dict[str, Any]]:
    """The four seats in their order, with whether this reader may sit down."""
    free = not incident.is_final
    return [
        {
            "role": role,
            "holder": incident.holder(role),
            "may_take": free and role != RoleHeld.Role.COMMANDER and permissions.can_take_role(user, role),
        }
        for role in RoleHeld.Role
    ]


def _tally(facts: list[Fact]) -> str:
    """ "9 confirmed, 3 reported, 1 retracted, 2 not known yet": only what there is."""
    counts = [
        (sum(fact.confidence == value for fact in facts), label.lower()) for value, label in Fact.Confidence.choices
    ]
    return ", ".join(f"{number} {label}" for number, label in counts if number)


def _recover_form(incident: Incident, user: User) -> RecoverForm | None:
    """Stands beside the next step, and is the next step once the state now is confirmed."""
    if incident.state != Incident.State.CONTAINED or not permissions.can_command(user, incident):
        return None
    return RecoverForm(initial={"restart_point": incident.restart_point})


def _timeline(incident: Incident, whole: Whole, now: datetime) -> dict[str, Any]:
    """By day, newest first; a day has its name above it unless it is today."""
    entries = incident.timeline.select_related("by").annotate(of_all=Window(Count("pk")))
    shown = list(entries if parts.TIMELINE in whole else entries[: parts.MOST[parts.TIMELINE]])
    by_day = groupby(shown, key=lambda entry: entry.happened_at.date())
    number = shown[0].of_all if shown else 0
    return {
        "timeline": [("" if day == now.date() else moments.day(day), list(lines)) for day, lines in by_day],
        "timeline_lines": number,
        "timeline_goes_on": number > len(shown),
    }


def _news(facts: list[Fact], last: RecordEntry | None) -> list[Fact]:
    """What became known, or stopped being so, after the public was last told. Newest first."""
    newer = [fact for fact in facts if last is None or fact.changed_at > last.at]
    return sorted(newer, key=lambda fact: fact.changed_at, reverse=True)


def _address(step: Step) -> str:
    if not step.view:
        return ""
    anchor = f"#{step.anchor}" if step.anchor else ""
    return reverse(step.view, args=step.args) + step.query + anchor


def _first_line(last: RecordEntry | None) -> str:
    """The first paragraph of what the public reads, word for word."""
    return last.approval.body.strip().split("\n")[0] if last else ""


def _has_spoken(statements: Iterable[Statement]) -> bool:
    """Whether the holding statement is out. A safety warning may have gone before it."""
    return any(one.kind == Statement.Kind.HOLDING and one.state == Statement.State.PUBLISHED for one in statements)


def _writing(incident: Incident, statements: list[Statement]) -> dict[str, Any]:
    """Where the key `u` leads: to what is told in its turn, begun or not; beside it warnings and messages.

    People are warned while they can still avoid harm (R119), whatever else is written. What has recovered is reopened first.
    """
    written = [one for one in statements if one.state != Statement.State.PUBLISHED]
    turn = next((one for one in written if one.is_ordinary), None)
    warning = next((one for one in written if one.kind == Statement.Kind.WARNING), None)
    too_late = incident.state == Incident.State.RECOVERED  # a warning that was begun is discarded then, from the list
    links: dict[str, Any] = {"draft": _go_on(turn), "warning": None if too_late else _go_on(warning)}
    if incident.is_public and incident.state not in (Incident.State.DRAFT, Incident.State.DISMISSED):
        kind = Statement.Kind.UPDATE if _has_spoken(statements) else Statement.Kind.HOLDING
        links["draft"] = links["draft"] or _begin(incident, kind, f"Draft the {kind.label.lower()}")
        if incident.state in Incident.ONGOING and not links["warning"]:
            links["warning"] = _begin(incident, Statement.Kind.WARNING, "Warn people")
    return links


def _go_on(draft: Statement | None) -> tuple[str, str] | None:
    """Address and label."""
    if draft is None:
        return None
    return reverse("desk:statement", args=[draft.pk]), f"Go on with the {draft.get_kind_display().lower()}"


def _begin(incident: Incident, kind: str, label: str) -> tuple[str, str]:
    return reverse("desk:statement_new", args=[incident.pk, kind]), label


def _clocks(found: Rows, user: User, now: datetime) -> list[Clock]:
    waiting, due = found.waiting, found.due
    reviews = [action for action in found.actions if action.state == ContainmentAction.State.DONE and action.review_at]
    look = min(reviews, key=lambda action: action.review_at or now, default=None)
    return strip(
        [
            found.promised_at and Clock("Next public promise", found.promised_at, "next update"),
            waiting and _waits(waiting, user),
            _duty(found.incident, user),
            due and Clock("Next commitment", due.due_at, str(due), reverse("desk:commitment", args=[due.pk])),
            look
            and Clock("Next look at containment", look.review_at, look.get_scope_display().lower(), "#containment"),
        ],
        now,
    )


def _duty(incident: Any, user: User) -> Clock | None:
    """The report that is due first, for whoever may know of it."""
    if not incident.duty_pk or not can_read_map(user):
        return None
    address = reverse("desk:clock", args=[incident.duty_pk])
    return Clock("Nearest legal duty", incident.duty_due_at, incident.duty_code, address)


def _waits(waiting: Submission, user: User) -> Clock:
    """Since when it waits for somebody, or until when for its time; who only reads is not told of that."""
    reads = permissions.can_read_drafts(user)
    at = getattr(waiting, "scheduled_at", None) if reads else None
    label = "Approved, goes out" if at else "Waiting for approval"
    address = reverse("desk:submission", args=[waiting.pk]) if reads else ""
    return Clock(label, at or waiting.asked_at, asked_about(waiting), address, counts_up=at is None)


def asked_about(submission: Submission) -> str:
    """What a submission asks about, in the fewest words."""
    if submission.statement:
        return in_a_sentence(submission.statement.title)
    return submission.change.get_kind_display().lower() if submission.change else "public names"


# What the next step depends on


def situation(found: Rows, seats: list[dict[str, Any]], news: int, user: User) -> Situation:
    incident, last, offer = found.incident, found.last, found.offer
    standing = [fact for fact in found.facts if not fact.is_retracted]
    written = tuple(
        _words(one, standing) for one in reversed(found.statements) if one.state != Statement.State.PUBLISHED
    )
    confirmable = _confirmable(standing, user)
    reopened = incident.reopened_at
    settled = {
        state: [action for action in found.actions if action.state == state] for state in ContainmentAction.State
    }
    return Situation(
        incident=incident.pk,
        state=incident.state,
        now=clock.now(),
        is_public=incident.is_public,
        may=_verbs(found, user, confirmable),
        untriaged=len(missing_to_open(incident)) if incident.state == Incident.State.DRAFT else 0,
        offered_command=offer.pk if offer and offer.offered_to == user else None,
        answered=frozenset(fact.question for fact in standing),
        facts_to_confirm=len(confirmable),
        state_is_known=any(_says_state_now(fact, reopened) for fact in standing),
        containment_in_force=bool(settled["done"]),
        containment_review_at=min((action.review_at for action in settled["done"] if action.review_at), default=None),
        planned_containment=settled["planned"][0].pk if settled["planned"] else None,
        containment_ruled_out=any(
            not reopened or (action.settled_at and action.settled_at >= reopened) for action in settled["not_possible"]
        ),
        is_published=_has_spoken(found.statements),
        is_resolved_in_public=bool(last and last.approval.public_status == PublicStatus.RESOLVED),
        has_post_mortem=any(
            one.kind == Statement.Kind.POST_MORTEM and one.state == Statement.State.PUBLISHED
            for one in found.statements
        ),
        owes_update=bool(last and reopened and last.at < reopened),
        **_owed(found),
        written=written,
        promise_due_at=found.promised_at,
        news=news,
        hour_step=found.hour.next.step.name if found.hour.next and not found.hour.is_over else "",
        hour_due_at=found.hour.next.due_at if found.hour.next else None,
        **{sign: getattr(incident, sign) or 0 for sign in SIGNS},
        duty=(incident.duty_pk, incident.duty_code, incident.duty_due_at) if incident.duty_pk else None,
        empty_seats=tuple((seat["role"].value, seat["role"].label) for seat in seats if not seat["holder"]),
    )


def _words(one: Any, standing: Iterable[Fact]) -> Words:
    asked = one.asked if one.state == Statement.State.SUBMITTED else None
    return Words(
        pk=one.pk,
        kind=one.kind,
        about=one.title.removeprefix(one.get_kind_display()),
        corrects=one.corrects_id,
        submission=asked and asked.pk,
        asked_at=asked and asked.asked_at,
        scheduled_at=one.scheduled_at,
        lacks_state_now=_comes_back(one, standing),
    )


def _comes_back(one: Any, standing: Iterable[Fact]) -> bool:
    """Whether it comes back at its time as it stands, once there is something to be done about that."""
    if one.scheduled_at is None:
        return False
    told = [fact.observed_at for fact in standing if fact.question == Fact.Question.STATE_NOW]
    return wants_state_now(one.kind, one.scheduled_at, max(told, default=None), clock.now())


def _owed(found: Rows) -> dict[str, Any]:
    """The review that is owed first, and what owes a correction for which none waits for approval, in public and to a group."""
    asked = [one for one in found.statements if one.state == Statement.State.SUBMITTED]
    waits = awaited((one.asked.pk, one.corrects_id, one.asked.content) for one in asked)
    owed = [number for number in found.wrong if not waits.of_entry(number, is_objected=number in found.objected)]
    unsaid = [message for message in found.unsaid if message.pk not in waits.messages]
    review = found.review
    return {
        "owes_review_of": review.approval_id if review else None,
        "review_due_at": review.due_at if review else None,
        "has_reviewer": bool(found.reviewers),
        "owes_corrections_of": tuple(owed),
        "objected": frozenset(found.objected),
        "owes_message": (unsaid[0].pk, str(group_of(unsaid[0]))) if unsaid else None,
    }


def _says_state_now(fact: Fact, reopened_at: datetime | None) -> bool:
    """As `missing_to_recover` asks it."""
    newer = not reopened_at or fact.observed_at >= reopened_at
    return fact.question == Fact.Question.STATE_NOW and fact.is_confirmed and newer


def _confirmable(standing: Iterable[Fact], user: User) -> list[Fact]:
    """Reported facts that this reader may confirm; whether one works alone is asked once, not once for each."""
    reported = [fact for fact in standing if fact.confidence == Fact.Confidence.REPORTED]
    if not reported or not user.has_role(*permissions.FACT_FINDERS):
        return []
    others = [fact for fact in reported if fact.reported_by != user]
    return reported if len(others) < len(reported) and may_act_alone(user, permissions.FACT_FINDERS) else others


def _verbs(found: Rows, user: User, confirmable: list[Fact]) -> frozenset[str]:
    """The verbs of `Step.verb` that are open to this reader."""
    incident, offer = found.incident, found.offer
    commands = permissions.can_command(user, incident)
    seats = [role for role in RoleHeld.Role if role != RoleHeld.Role.COMMANDER]
    open_to = {
        "answer": offer is not None and permissions.can_answer_handover(user, offer),
        "command": commands,
        "review": user in found.reviewers,
        "approve": user.has_role(*permissions.APPROVERS) and not any(one.is_mine for one in found.statements),
        "contain": permissions.can_act_on_containment(user, incident),
        "report": permissions.can_report_fact(user, incident),
        "confirm": bool(confirmable),
        "write": permissions.can_write_statement(user, incident),
        "decide": can_decide_for_groups(user, incident),
        "tick": permissions.can_work(user),
        "note report": can_record_for_clocks(user),
        "assess": can_assess_clocks(user, incident),
    } | {f"seat-{role.value}": permissions.can_take_role(user, role) for role in seats}
    return frozenset(verb for verb, is_open in open_to.items() if is_open)
