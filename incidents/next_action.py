"""The one next best thing to do in an incident, for the person who looks at it.

A pure function of what is known, so that every branch can be tested without a database. Rules stand in order of urgency;
the first one whose verb the reader may use wins. Whoever may do none of them reads what the incident is waiting for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from incidents import wording
from incidents.models import Fact, Incident, Statement
from incidents.models.statement import ORDINARY
from incidents.situation import NAMES, Situation, Words
from moments import span

SOON = timedelta(minutes=30)
SOON_IN_THE_HOUR = timedelta(minutes=5)
QUESTIONS = {
    Fact.Question.AGENT_DID: "what the agent did",
    Fact.Question.EXPERIENCED: "what people experienced",
    Fact.Question.CIRCUMSTANCES: "in what circumstances it happened",
    Fact.Question.STATE_NOW: "what the state is now",
}


@dataclass(frozen=True)
class Step:
    """A sentence that says why, and a button that says the effect. Without `label` there is nothing for this reader to do.

    `posts` marks a step that is done by the button itself; the others lead to where it is done. `verb` is who may.
    """

    why: str
    label: str = ""
    view: str = ""
    args: tuple[Any, ...] = ()
    anchor: str = ""
    query: str = ""
    posts: bool = False
    verb: str = ""


def next_action(situation: Situation) -> Step:
    """The first step that the reader may take, else the first step of all, without its button."""
    steps = list(_steps(situation))
    for step in steps:
        if step.verb in situation.may:
            return step
    if steps:
        return replace(steps[0], label="", view="", posts=False)
    return Step(_quiet(situation))


def _steps(now: Situation) -> Iterator[Step]:
    if now.state == Incident.State.DISMISSED:
        return
    yield from _command(now)
    if now.state == Incident.State.DRAFT:
        yield from _triage(now)
        yield from _overdue_report(now)
        yield from _first_hour(now)
        return
    yield from _speech_that_cannot_wait(now)
    yield from _containment(now)
    yield from _overdue_report(now)
    yield from _groundwork(now)
    yield from _groups(now)
    yield from _assessment(now)
    yield from _speech(now)
    yield from _seats(now)
    yield from _progress(now)
    yield from _first_hour(now)


def _command(now: Situation) -> Iterator[Step]:
    if now.offered_command:
        yield Step("You are offered command. Read the briefing, then accept or decline.", "Answer the offer",
                   "desk:incident", (now.incident,), "handover", verb="answer")  # fmt: skip


def _triage(now: Situation) -> Iterator[Step]:
    if now.untriaged:
        left = "One question is" if now.untriaged == 1 else f"{now.untriaged} questions are"
        yield Step(f"{left} open before this draft becomes an incident.", "Answer what is left",
                   "desk:describe", (now.incident,), verb="command")  # fmt: skip
    else:
        kind = "a public" if now.is_public else "an internal"
        yield Step(f"Everything is answered. Opening makes it {kind} incident.", "Open the incident",
                   "desk:open", (now.incident,), posts=True, verb="command")  # fmt: skip


def _speech_that_cannot_wait(now: Situation) -> Iterator[Step]:
    """What is asked of the reader by name, and promises about to break."""
    if now.owes_review_of:
        yield Step("One person published this in an emergency. The public reads that until somebody else has looked.",
                   "Review what was published", "desk:review", (now.owes_review_of,), verb="review")  # fmt: skip
        yield from _reviewer(now, now.owes_review_of)
    if now.waiting:
        first, *others = now.waiting
        yield Step(_waiting(now, first) + _waits_too(others), f"Read and approve the {first.called}",
                   "desk:submission", (first.submission,), verb="approve")  # fmt: skip
    for draft in now.drafts:
        if draft.kind == Statement.Kind.WARNING and now.state in Incident.ONGOING:
            yield _finish(draft, "A warning to people who can still avoid harm has been begun.")
    yield from _state_now(now)
    if now.owes_corrections_of:
        yield _correction(now, now.owes_corrections_of)
    if now.owes_message:
        yield _message(now, *now.owes_message)
    if now.is_public and not now.public_waits and (now.owes_update or _is_near(now.promise_due_at, now.now)):
        yield _words(now, Statement.Kind.UPDATE, _why_speak(now))


def _reviewer(now: Situation, approval: int) -> Iterator[Step]:
    """Whoever commands finds somebody, where nobody can review it or nobody has in time."""
    why = ""
    if not now.has_reviewer:
        why = "Nobody here can review what was published in an emergency. An administrator can name somebody."
    elif now.review_due_at and now.review_due_at <= now.now:
        late = distance(now.review_due_at, now.now, "is due in")
        why = f"The review of what was published in an emergency {late}. Call somebody who can do it."
    if why:
        yield Step(why, "See who can", "desk:review", (approval,), verb="command")


def _state_now(now: Situation) -> Iterator[Step]:
    """Of what is approved for a time: only what is told in its turn can be."""
    one = now.turn
    if one and one.scheduled_at and one.lacks_state_now:
        soon = distance(one.scheduled_at, now.now, "goes out in")
        yield Step(f"The {one.name} is approved and {soon}. It comes back unless somebody says how it stands now.",
                   "Enter how it stands now", "desk:fact_new", (now.incident,), query="?question=state_now",
                   verb="report")  # fmt: skip


def _correction(now: Situation, entries: tuple[int, ...]) -> Step:
    """Whatever else waits: what is wrong is put right at once (R8)."""
    draft = next((one for one in now.drafts if one.corrects in entries), None)
    entry = draft.corrects if draft and draft.corrects else entries[0]
    why = f"Entry {entry} of the record rests on a fact that was wrong. The public still reads it."
    if entry in now.objected:
        why = f"Whoever reviewed entry {entry} of the record objected to it. The public still reads it."
    why += _waits_too(now.waiting)
    if draft:
        return _finish(draft, why)
    return Step(why, "Draft the correction", "desk:correction_new", (entry,), verb="write")


def _message(now: Situation, message: int, group: str) -> Step:
    why = f"What {group} got by mail rests on a fact that was wrong. Nobody has told them."
    why += _waits_too(now.waiting)
    draft = next((one for one in now.drafts if one.about == f" to {group}"), None)
    if draft:
        return _finish(draft, why)
    return Step(why, "Write the correction to them", "desk:message_correction_new", (message,), verb="write")


def _waits_too(waiting: list[Words]) -> str:
    """What waits for approval beside this, most urgent first."""
    if not waiting:
        return ""
    names = wording.listed([f"the {one.name}" for one in waiting], "and")
    return f" {names[0].upper()}{names[1:]} {'waits' if len(waiting) == 1 else 'wait'} for approval meanwhile."


def _containment(now: Situation) -> Iterator[Step]:
    if now.containment_review_at and now.containment_review_at <= now.now:
        yield Step("A containment action is past its time to look again. Prolong it or end it.", "Look at containment",
                   "desk:incident", (now.incident,), "containment", verb="contain")  # fmt: skip
    if now.state == Incident.State.RECOVERED or now.containment_in_force or now.containment_ruled_out:
        return
    if now.planned_containment:
        yield Step("Nothing is stopped yet; one action is planned.", "Put it in force",
                   "desk:containment_done", (now.planned_containment,), verb="contain")  # fmt: skip
    else:
        yield Step("Nothing is stopped yet. Begin with the narrowest thing that stops the harm.", "Stop something",
                   "desk:containment_new", (now.incident,), verb="contain")  # fmt: skip


def _groundwork(now: Situation) -> Iterator[Step]:
    """The four questions, before anybody speaks (R5, R6)."""
    if now.state == Incident.State.RECOVERED:
        return
    for question, words in QUESTIONS.items():
        if question not in now.answered:
            yield Step(f"Nobody has said yet {words}. “Not known yet” is an answer too.", "Report a fact",
                       "desk:fact_new", (now.incident,), query=f"?question={question}", verb="report")  # fmt: skip


def _groups(now: Situation) -> Iterator[Step]:
    """Who must hear: first whoever waits, then whoever nobody has thought of."""
    if not now.is_public:
        return
    here = {"view": "desk:map", "args": (now.incident,), "verb": "decide"}
    if now.late_answers:
        asked = (
            "A question that came in is" if now.late_answers == 1 else f"{now.late_answers} questions that came in are"
        )
        yield Step(f"{asked} past the time by which we answer.", "Look who asked", **here | {"verb": "tick"})  # type: ignore[arg-type]
    if now.forgotten:
        groups = "One group was" if now.forgotten == 1 else f"{now.forgotten} groups were"
        yield Step(f"{groups} to be told by now, and nothing has reached them.", "See who waits", **here)  # type: ignore[arg-type]
    if now.undecided:
        groups = "one group" if now.undecided == 1 else f"{now.undecided} groups"
        waits = "" if now.is_published else " The first public message waits for it."
        yield Step(f"Nobody has decided yet whether {groups} are told.{waits}", "Decide who is told", **here)  # type: ignore[arg-type]


def _overdue_report(now: Situation) -> Iterator[Step]:
    if now.duty and now.duty[2] <= now.now:
        clock, code, due_at = now.duty
        late = distance(due_at, now.now, "is due in")
        yield Step(f"The report by {code} {late}, unless it does not apply. Nothing is filed from here.",
                   "Open the legal clock", "desk:clock", (clock,), verb="note report")  # fmt: skip


def _assessment(now: Situation) -> Iterator[Step]:
    """What may have to be reported, and nobody has said whether."""
    if now.clocks_to_assess:
        clocks = "One legal clock waits" if now.clocks_to_assess == 1 else f"{now.clocks_to_assess} legal clocks wait"
        yield Step(f"{clocks} for somebody to say whether a report is due.", "Assess the legal clocks",
                   "desk:clocks", (now.incident,), verb="assess")  # fmt: skip


def _speech(now: Situation) -> Iterator[Step]:
    if now.is_public and not now.turn_waits:
        yield from _turn(now)
    for draft in now.drafts:
        if draft.kind not in ORDINARY:
            yield _finish(draft, "A statement has been begun.")
    for warning in now.too_late:
        yield Step("It has recovered, so there is no harm left to warn people of, and this warning cannot go out any more.",
                   "Discard the safety warning", "desk:statement", (warning.pk,), verb="write")  # fmt: skip


def _turn(now: Situation) -> Iterator[Step]:
    """What the public is told next, in its turn."""
    if not now.is_published:
        yield _words(now, Statement.Kind.HOLDING, "The public has read nothing from you yet.")
    elif now.state == Incident.State.RECOVERED and not now.is_resolved_in_public:
        yield _words(now, Statement.Kind.RESOLUTION, "It has recovered; the public does not know yet.")
    elif now.is_resolved_in_public and now.state == Incident.State.RECOVERED and not now.has_post_mortem:
        why = "It is over in public. Nobody has told yet in full why it happened and what prevents a repeat."
        yield _words(now, Statement.Kind.POST_MORTEM, why)
    elif now.turn:
        yield _finish(now.turn, "A statement has been begun.")


def _seats(now: Situation) -> Iterator[Step]:
    if now.state == Incident.State.RECOVERED:
        return
    for role, label in now.empty_seats:
        why = f"Nobody holds the seat {label.lower()}."
        yield Step(why, "Name somebody", "desk:incident", (now.incident,), f"seat-{role}", verb="command")
        yield Step(why, "Take this seat", "desk:role", (now.incident, role), posts=True, verb=f"seat-{role}")


def _progress(now: Situation) -> Iterator[Step]:
    if now.facts_to_confirm:
        facts = (
            "One reported fact waits" if now.facts_to_confirm == 1 else f"{now.facts_to_confirm} reported facts wait"
        )
        yield Step(f"{facts} for a second person.", "Confirm or retract",
                   "desk:incident", (now.incident,), "facts", verb="confirm")  # fmt: skip
    if now.state == Incident.State.OPEN and not now.owes_update:
        yield Step("Containment stands. Say so when the harm no longer spreads.", "Mark as contained",
                   "desk:contain", (now.incident,), posts=True, verb="command")  # fmt: skip
    if now.state == Incident.State.CONTAINED:
        yield from _recovery(now)
    if now.is_public and now.is_published and now.news and not now.turn_waits:
        facts = "One fact is" if now.news == 1 else f"{now.news} facts are"
        yield _words(now, Statement.Kind.UPDATE, f"{facts} newer than what the public reads.")


def _recovery(now: Situation) -> Iterator[Step]:
    if now.state_is_known:
        yield Step("The state now is confirmed. Note the point from which it was started again.", "Mark as recovered",
                   "desk:incident", (now.incident,), "recovery", verb="command")  # fmt: skip
    else:
        yield Step("Recovery needs a fact about the state now that a second person has confirmed.", "Report the state now",
                   "desk:fact_new", (now.incident,), query="?question=state_now", verb="report")  # fmt: skip


def _first_hour(now: Situation) -> Iterator[Step]:
    """The next step of the first hour, when nothing else is asked of the reader and it is near or late."""
    if now.hour_step and now.hour_due_at and now.hour_due_at - now.now <= SOON_IN_THE_HOUR:
        why = f"First hour: “{now.hour_step}” {distance(now.hour_due_at, now.now, 'is due in')}."
        yield Step(why, "See the first hour", "desk:incident", (now.incident,), "first-hour", verb="tick")


def _words(now: Situation, kind: str, why: str) -> Step:
    """Go on with what is told in its turn, if it is begun, else begin a statement of this kind."""
    if now.turn:
        return _finish(now.turn, why)
    if not now.is_published:  # the public has read a warning at most: what comes next is the holding statement
        kind = Statement.Kind.HOLDING
    label = f"Draft the {NAMES[Statement.Kind(kind)]}"
    return Step(why, label, "desk:statement_new", (now.incident, str(kind)), verb="write")


def _finish(draft: Words, why: str) -> Step:
    return Step(
        f"{why} The {draft.name} is a draft.", f"Finish the {draft.called}", "desk:statement", (draft.pk,), verb="write"
    )


def _why_speak(now: Situation) -> str:
    if now.owes_update:
        return "This was reopened after the public had read about it, and the public does not know that yet."
    return f"The promised update {distance(now.promise_due_at or now.now, now.now, 'is due in')}."


def _waiting(now: Situation, asked: Words) -> str:
    waited = span(now.now - asked.asked_at) if asked.asked_at else "some time"
    why = f"The {asked.name} has waited for approval {waited}."
    if not now.promise_due_at or asked.kind == Statement.Kind.DIRECT:  # which answers no promise
        return why
    return f"{why} The promise {distance(now.promise_due_at, now.now, 'breaks in')}."


def distance(due_at: datetime, now: datetime, ahead: str) -> str:
    """ "breaks in 14 min" or "is 6 min late", in the minutes that the clocks beside it show."""
    left = due_at - now.replace(second=0, microsecond=0)
    return f"{ahead} {span(left)}" if left > timedelta() else f"is {span(left)} late"


def _is_near(due_at: datetime | None, now: datetime) -> bool:
    return due_at is not None and due_at - now <= SOON


def _quiet(now: Situation) -> str:
    if now.state == Incident.State.DISMISSED:
        return "This was dismissed. Nothing is left to do."
    if now.turn and now.turn.scheduled_at:
        goes_out = distance(now.turn.scheduled_at, now.now, "goes out in")
        return f"Nothing is due from you. The {now.turn.name} is approved and {goes_out}."
    if now.promise_due_at:
        return f"Nothing is due from you. The next public update is promised in {span(now.promise_due_at - now.now)}."
    if now.state == Incident.State.RECOVERED:
        return "It has recovered. What was promised lives on under Commitments."
    return "Nothing is due from you."
