"""“Waiting for you”: what one reader, and nobody without their roles, can move on. Asks the database nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.models import User
from incidents import breaking, permissions, permissions_map
from incidents.models import Incident, Submission
from incidents.next_action import distance
from incidents.operations.correction import Awaited, awaited
from incidents.operations.correction import why as why_owed
from incidents.operations.schedule import wants_state_now
from incidents.views.dashboard_rows import Rows
from incidents.wording import in_a_sentence, listed
from moments import span

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """One line: what, why now, and the button that leads there."""

    title: str
    why: str
    label: str
    view: str
    pk: int
    anchor: str = ""

    @property
    def href(self) -> str:
        """Looked up when the line is shown: most of a long list are not."""
        return reverse(self.view, args=[self.pk]) + self.anchor


def tasks(user: User, found: Rows, at: datetime) -> list[Task]:
    """Most pressing kinds first."""
    return [
        *_offers(user, found),
        *_redactions(user, found),
        *_corrections(user, found),
        *_overtaken(user, found),
        *_approvals(user, found, at),
        *_states_now(user, found, at),
        *_reviews(user, found, at),
        *_reports(user, found, at),
        *_questions(user, found),
        *_groups(user, found),
        *_left_out(user, found),
        *_drafts(user, found, at),
        *_looks(user, found, at),
        *_facts(user, found),
        *_scheduled(user, found, at),
        *_evidence(user, found),
    ]


def subject_of(submission: Submission) -> str:
    """What waits, and of which agent."""
    if submission.statement:
        return f"{submission.statement.incident.agent}, {in_a_sentence(submission.statement.title)}"
    if submission.change:
        return f"{submission.change.commitment}, {submission.change.get_kind_display().lower()}"
    return "Public names"


def _offers(user: User, found: Rows) -> Iterator[Task]:
    for incident in found.offered:
        if incident.open_offer.offered_to_id == user.pk:
            why = f"{incident.open_offer.offered_by} offers it to you"
            yield Task(f"Take command: {incident.title}", why, "Answer", "desk:incident", incident.pk, "#handover")


def _redactions(user: User, found: Rows) -> Iterator[Task]:
    """Before all else that is written: they are read meanwhile."""
    if not user.has_role(*permissions.APPROVERS):
        return
    for proposed, by in found.redacting.items():
        if user.pk not in by:
            why = "Somebody asks you to look. They can be read until a second person takes them down"
            yield Task("Take words down, or leave them", why, "Look", "desk:redaction", proposed)


def _corrections(user: User, found: Rows) -> Iterator[Task]:
    if not permissions.can_write_statement(user):
        return
    waits = awaited(
        (one.pk, one.statement.corrects_id, {"corrects": one.corrects, "corrects_messages": one.corrects_messages})
        for one in found.waiting
        if one.statement
    )
    yield from _corrections_in_public([said for said in found.wrong if said.number], waits)
    for said in found.wrong:
        if not said.number:
            why = "A fact behind what they got was wrong, and nobody has told them"
            title, asked = f"Write to {said.group} again: {said.title}", waits.messages.get(said.pk)
            yield _correction(title, why, asked, "desk:message_correction_new", said.pk)


def _corrections_in_public(wrong: list[Any], waits: Awaited) -> Iterator[Task]:
    """One task for what one correction settles. An objection is settled by nothing but a correction that names its entry."""
    together: dict[tuple[int, int, int | None], list[Any]] = {}
    for said in wrong:
        asked = waits.of_entry(said.number, is_objected=said.is_objected)
        alone = said.number if said.is_objected else 0
        together.setdefault((said.incident_id, alone, asked), []).append(said)
    for (*_, asked), entries in together.items():
        numbers = sorted(said.number for said in entries)
        named = listed([str(number) for number in numbers], "and")
        called = f"entry {named}" if len(numbers) == 1 else f"entries {named}"
        why = f"{why_owed(entries[0]).capitalize()}, and the public still reads it"
        if len(numbers) > 1:
            why += ". One correction settles all that rest on the same fact"
        yield _correction(f"Correct {called}: {entries[0].title}", why, asked, "desk:correction_new", numbers[0])


def _correction(title: str, why: str, waits: int | None, view: str, pk: int) -> Task:
    if waits:
        return Task(title, f"{why}. The correction waits for approval", "See it", "desk:submission", waits)
    return Task(title, why, "Write the correction", view, pk)


def _approvals(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    if not user.has_role(*permissions.APPROVERS):
        return
    for asked in found.waiting:
        if asked.scheduled_at or _is_author(user, asked, found):
            continue
        if asked.pk in found.overtaken:
            why = f"{found.overtaken[asked.pk]}. {asked.submitted_by} has to look at it again first"
            yield Task(f"Not yet to be approved: {subject_of(asked)}", why, "See it", "desk:submission", asked.pk)
        else:
            yield Task(f"Approve: {subject_of(asked)}", _asks(asked, at), "Read it", "desk:submission", asked.pk)


def _asks(asked: Submission, at: datetime) -> str:
    breaks = breaking.of(asked)
    late = f". {breaks.standing(at)}" if breaks else ""
    due = f". The decision {distance(asked.decide_by, at, 'is due in')}" if asked.decide_by else ""
    return f"{asked.submitted_by} asked {span(at - asked.asked_at)} ago{due}{late}"


def _overtaken(user: User, found: Rows) -> Iterator[Task]:
    """Whoever wrote or submitted it: nobody can approve it as it stands."""
    for asked in found.waiting:
        if asked.pk in found.overtaken and user.pk in (asked.submitted_by_id, asked.statement.edited_by_id):
            why = f"{found.overtaken[asked.pk]}. Nobody can approve it before you have looked at it and submitted it again"
            title = f"Look at your words again: {subject_of(asked)}"
            yield Task(title, why, "Look again", "desk:statement", asked.statement_id)


def _scheduled(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    """What goes out by itself, for whoever may still hold it back. Nothing else has to be done about it."""
    if not user.has_role(*permissions.APPROVERS, *permissions.WRITERS):
        return
    for asked in found.waiting:
        if asked.scheduled_at:
            why = f"It is approved and {distance(asked.scheduled_at, at, 'goes out in')}, unless somebody cancels it"
            yield Task(f"Goes out by itself: {subject_of(asked)}", why, "See it", "desk:submission", asked.pk)


def _states_now(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    """What comes back at its time unless somebody says how it stands now. From when on that helps."""
    if not user.has_role(*permissions.FACT_FINDERS, *permissions.APPROVERS):
        return
    for asked in found.waiting:
        if not asked.scheduled_at or not asked.statement:
            continue
        if wants_state_now(asked.statement.kind, asked.scheduled_at, asked.state_now_at, at):
            title = f"Enter how it stands now: {subject_of(asked)}"
            why = f"It {distance(asked.scheduled_at, at, 'goes out in')}, and comes back if nothing says that by then"
            if user.has_role(*permissions.FACT_FINDERS):
                incident = asked.statement.incident_id
                yield Task(title, why, "Enter it", "desk:fact_new", incident, "?question=state_now")
            else:
                yield Task(title, why, "See it", "desk:submission", asked.pk)


def _is_author(user: User, asked: Submission, found: Rows) -> bool:
    """As `permissions.is_author`."""
    if asked.statement:
        return user.pk in found.wrote.get(asked.statement.incident_id, ())
    return bool(asked.subject.proposed_by_id == user.pk)


def _reviews(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    """Whoever may review it, until it is done; and the commander and the deputy once it is late, or if nobody can."""
    if not permissions.can_read_drafts(user):
        return
    able = user.has_role(*permissions.APPROVERS)
    for review in found.reviews:
        approval = review.approval
        due = f"in {span(review.due_at - at)}" if review.due_at > at else f"{span(at - review.due_at)} ago"
        if able and approval.approved_by_id != user.pk and user.pk not in found.under_review.get(approval.pk, ()):
            title = f"Review what was published in an emergency: {approval.headline}"
            yield Task(title, f"Published by {approval.approved_by}, due {due}", "Review", "desk:review", approval.pk)
        elif user.pk in (review.commander, review.deputy) and (review.due_at <= at or not review.has_reviewer):
            title = f"Find somebody who reviews what was published in an emergency: {approval.headline}"
            nobody = "" if review.has_reviewer else "Nobody here can do it. "
            yield Task(title, f"{nobody}The review is due {due}" if review.due_at > at else f"{nobody}It was due {due}",
                       "See who can", "desk:review", approval.pk)  # fmt: skip


def _reports(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    """What is due at once, within a day or overdue, for whoever works here; else what is to be assessed, for who is named."""
    if not permissions_map.can_read_map(user):
        return
    for incident in found.reporting:
        if incident.at_once_pk:
            why = f"{incident.title}. The rule names no number: it is due now"
            title = f"Report without delay, or note that it went out: {incident.at_once_code}"
            yield Task(title, why, "Open the clock", "desk:clock", incident.at_once_pk)
        if incident.duty_pk and incident.duty_due_at - at <= A_DAY:
            why = f"{incident.title}. It {distance(incident.duty_due_at, at, 'is due in')}"
            title = f"Report, or say that it does not apply: {incident.duty_code}"
            yield Task(title, why, "Open the clock", "desk:clock", incident.duty_pk)
        elif number := _to_assess(user, incident, found):
            title = f"Say whether {_number(number, 'legal clock')} {'applies' if number == 1 else 'apply'}"
            yield Task(title, incident.title, "Open the clocks", "desk:clocks", incident.pk)


def _to_assess(user: User, incident: Any, found: Rows) -> int:
    """For how many clocks this person is to say whether they apply: those given to them, and those given to nobody."""
    named = found.assessing.get(incident.pk, {})
    nobody = (incident.clocks_to_assess or 0) - sum(named.values())
    return named.get(user.pk, 0) + (nobody if user.has_role(*permissions.APPROVERS) else 0)


def _questions(user: User, found: Rows) -> Iterator[Task]:
    """Whoever was named to answer a group, whatever else they may do here: what came in and waits."""
    for incident in found.incidents:
        if number := found.asked.get(incident.pk, {}).get(user.pk, 0):
            title = f"Answer {_number(number, 'question')} that came in: {incident.title}"
            why = "You were named to answer them. The map shows the group, and what we say when they ask"
            yield Task(title, why, "Open the map", "desk:map", incident.pk)


def _groups(user: User, found: Rows) -> Iterator[Task]:
    """Whoever decides who is told: who waits for an answer, who was forgotten, who is undecided. One line for each incident."""
    for incident in found.incidents:
        if not incident.is_public or not permissions_map.can_decide_for_groups(user, incident):
            continue
        said = list(_of_the_map(incident))
        if said:
            title = f"{said[0]}: {incident.title}"
            why = ". ".join([*said[1:], "The map says who, and what they want to know"])
            yield Task(title, why, "Open the map", "desk:map", incident.pk)


def _of_the_map(incident: Any) -> Iterator[str]:
    if incident.late_answers:
        yield f"Answer {_number(incident.late_answers, 'question')} that {_is(incident.late_answers)} overdue"
    if incident.forgotten:
        yield f"Tell {_number(incident.forgotten, 'group')} that nothing has reached in time"
    if incident.undecided:
        yield f"Decide for {_number(incident.undecided, 'group')}"


def _left_out(user: User, found: Rows) -> Iterator[Task]:
    """Not telling somebody takes two people: what others decided alone."""
    if not user.has_role(*permissions.APPROVERS):
        return
    for incident in found.incidents:
        alone = found.left_out.get(incident.pk, {})
        number = sum(alone.values()) - alone.get(user.pk, 0)
        if number:
            title = f"Agree that {_number(number, 'group')} {_is(number)} not told, or not: {incident.title}"
            why = "One person decided it. It counts once a second one has agreed"
            yield Task(title, why, "Read why", "desk:map", incident.pk)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _drafts(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    for incident in found.incidents:
        if incident.state == Incident.State.DRAFT and incident.commander == user:
            why = f"Declared {span(at - incident.declared_at)} ago, and yours to command"
            yield Task(f"Open or dismiss: {incident.title}", why, "Decide", "desk:incident", incident.pk)


def _looks(user: User, found: Rows, at: datetime) -> Iterator[Task]:
    """Containment past its time to look again is put to whoever decided it (R86)."""
    for action in found.actions:
        if action.decider_id == user.pk and action.review_at and action.review_at <= at:
            title, why = (
                f"Look again at: {action.text}",
                f"{action.incident.title}. Due {span(at - action.review_at)} ago",
            )
            yield Task(title, why, "Look", "desk:incident", action.incident_id, "#containment")


def _facts(user: User, found: Rows) -> Iterator[Task]:
    """What others reported. One line for each incident, not for each fact."""
    if not user.has_role(*permissions.FACT_FINDERS):
        return
    for incident in found.incidents:
        reported = found.reported.get(incident.pk, {})
        number = sum(reported.values()) - reported.get(user.pk, 0)
        if number:
            title = f"Confirm or retract {_number(number, 'fact')}: {incident.title}"
            why = "Reported by somebody else, and not yet checked against a source"
            yield Task(title, why, "Decide", "desk:incident", incident.pk, "#facts")


def _evidence(user: User, found: Rows) -> Iterator[Task]:
    if not user.has_role(*permissions.VERIFIERS):
        return
    for report in found.evidence:
        if not permissions.is_involved(user, report):
            title, why = (
                f"Verify {report.commitment}: {report.commitment.text}",
                f"{report.submitted_by} reported it done",
            )
            yield Task(title, why, "Verify", "desk:commitment", report.commitment_id)


def _number(count: int, noun: str) -> str:
    return f"one {noun}" if count == 1 else f"{count} {noun}s"
