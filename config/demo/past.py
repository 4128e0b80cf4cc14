"""Two incidents that are over, and what became of what was promised in them."""

from datetime import datetime, timedelta
from typing import Any

import clock
from accounts.models import User
from config.demo import duties
from config.demo import stage as desk
from config.demo import told as telling
from config.demo.cast import Cast
from config.demo.stage import Stage
from incidents.models import (
    Category,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    Fact,
    FailureMode,
    Harm,
    Impact,
    Incident,
    PublicStatus,
    RecordEntry,
    Scenario,
    ServiceState,
    Statement,
)
from incidents.operations import change, commitment, containment, fact, incident

Ask = Fact.Question


def repeated_answers(stage: Stage, cast: Cast) -> None:
    """Seven weeks ago: the same answer, up to six times. Promises: kept, kept late, amended and kept."""
    stage.day(48, 8, 41)
    told = desk.open_public_incident(
        cast, "warranty", "Triage agent answered 412 people up to six times", Harm.NUISANCE,
        failure_mode=FailureMode.VISIBLE, category=Category.MEMORY_LOOP, scenario=Scenario.MASS_FAILURE,
        failure_started_at=stage.on(48, 8, 5),
    )  # fmt: skip
    _decide(cast, told)
    stage.day(48, 8, 47)
    _facts_about_repeats(cast, told)
    stage.day(48, 8, 55)
    _stop(
        cast, told, ContainmentAction.Scope.PROCESS, "Warranty answers wait for a person",
        ends_when="The agent remembers whom it has answered, seen in 50 conversations",
    )  # fmt: skip
    stage.day(48, 9, 3)
    _say(
        stage, cast, told, Statement.Kind.HOLDING, cites=told.facts.filter(question=Ask.EXPERIENCED),
        headline="Some warranty questions were answered several times",
        acknowledgement="Since 08:05 UTC today our Triage agent has sent the same answer again and again to people "
        "who "
        "asked about a warranty.",
        body="We stopped it at 08:55 UTC. A person now reads every warranty answer before it leaves.",
        investigating="We are investigating why it forgot whom it had answered, and how many people this reached.",
        affected="People who wrote to us about a warranty since yesterday evening. We do not know yet how many.",
        what_to_do="The first answer you had is the one that counts. You can delete the others.",
        public_status=PublicStatus.INVESTIGATING, impact=Impact.MINOR,
        component_states={cast.component("warranty").public_id: ServiceState.DEGRADED},
        next_update_at=stage.on(48, 10, 0), withheld=["nothing"], disclosure_note="Nothing is left out.",
    )  # fmt: skip
    incident.contain(told, by=cast.mara)
    telling.about_repeats(stage, cast, told)
    stage.day(48, 9, 48)
    made = _promises_about_repeats(stage, cast, told)
    telling.about_repeats_later(stage, cast, told)
    stage.day(48, 12, 20)
    _resolve_repeats(stage, cast, told)
    _correct_a_number(stage, cast, told)
    _what_became_of_repeats(stage, cast, made)


def _what_became_of_repeats(stage: Stage, cast: Cast, made: dict[str, Commitment]) -> None:
    stage.day(46, 14, 12)
    desk.settle(
        stage, made["notes"], owner=cast.karim, verifier=cast.tomas,
        text="412 notes were sent since the day before yesterday; the list of deliveries is in the support folder.",
    )  # fmt: skip
    stage.day(39, 10, 5)
    desk.settle(
        stage, made["report"], owner=cast.jun, verifier=cast.ines,
        text="The report is on the status page, with the times and the number of messages for each hour.",
    )  # fmt: skip
    stage.day(37, 11, 30)
    _amend(
        cast, made["limit"], by=cast.jun, approver=cast.tomas, new_due_at=stage.on(21, 16),
        reason="The limit also has to hold when two copies of the agent run. Testing that takes two weeks more.",
    )  # fmt: skip
    stage.day(23, 9, 40)
    desk.settle(
        stage, made["limit"], owner=cast.jun, verifier=cast.mara,
        text="Two copies were run side by side on 500 recorded conversations; neither sent a third message.",
    )  # fmt: skip


def _facts_about_repeats(cast: Cast, told: Incident) -> None:
    did = desk.report(
        told, Ask.AGENT_DID, "Sent the same answer up to six times, 1,340 messages in all", "Mail relay", by=cast.jun
    )
    seen = desk.report(
        told, Ask.EXPERIENCED, "412 people had two or more copies; 31 wrote back to ask which one counts",
        "Support inbox", by=cast.karim,
    )  # fmt: skip
    desk.report(
        told, Ask.CIRCUMSTANCES, "The agent was restarted with an empty memory at 08:04 UTC", "Deployment log",
        by=cast.jun, is_cause=True,
    )  # fmt: skip
    desk.report(
        told, Ask.STATE_NOW, "Whether anybody acted on a repeated answer", "Karim asks the support team",
        by=cast.karim,
        source_kind=Fact.Source.PERSON, not_known=True,
    )  # fmt: skip
    desk.confirm(did, "Count of deliveries by address", by=cast.karim)
    desk.confirm(seen, "Support inbox, read by a second person", by=cast.jun, kind=Fact.Source.PERSON)


def _promises_about_repeats(stage: Stage, cast: Cast, told: Incident) -> dict[str, Commitment]:
    cause = Fact.objects.get(incident=told, question=Ask.CIRCUMSTANCES)
    desk.confirm(cause, "Restart seen in the platform’s own log", by=cast.karim)
    desk.report(told, Ask.STATE_NOW, "A person reads every warranty answer; 38 wait", "Support inbox", by=cast.karim)
    written = desk.draft(
        told, Statement.Kind.UPDATE, by=cast.ines,
        headline="412 people had the same warranty answer more than once",
        body="Our Triage agent sent 1,340 messages where 412 would have been right.\n\nIt was restarted at 08:04 "
        "UTC without its memory of earlier conversations, and answered them again. What the answers say is "
        "correct; only their number was wrong. A person still reads each answer before it leaves.\n\nWe are "
        "checking that its memory survives a restart before it answers by itself again.",
        affected="412 people who asked about a warranty between yesterday evening and 08:55 UTC today.",
        what_to_do="The first answer you had is the one that counts. You will have a short note from a person.",
        public_status=PublicStatus.IDENTIFIED, impact=Impact.MINOR,
        component_states={cast.component("warranty").public_id: ServiceState.DEGRADED},
        next_update_at=stage.on(48, 12, 30), withheld=["privacy"],
        disclosure_note="The name of the platform is left out: it did not cause this.",
    )  # fmt: skip
    made = {
        "notes": _promise(
            cast, written, cast.karim, "Head of Customer Care", stage.on(46, 16),
            "Each of the 412 people has a short note from a person that says which answer counts.",
            "You have the note; the number sent is published here.",
        ),
        "report": _promise(
            cast, written, cast.jun, "Head of Engineering", stage.on(41, 11),
            "We publish how the repeats came about, with the times.",
            "The report is linked from this page.",
        ),
        "limit": _promise(
            cast, written, cast.jun, "Head of Engineering", stage.on(35, 16),
            "The Triage agent stops by itself before a third message to the same person on one day.",
            "Write to it three times on one day: the third answer comes from a person and says so.",
        ),
    }  # fmt: skip
    stage.day(48, 9, 55)
    desk.approve(desk.submit(written, by=cast.ines), by=cast.tomas)
    return {key: Commitment.objects.get(pk=row.pk) for key, row in made.items()}


def _resolve_repeats(stage: Stage, cast: Cast, told: Incident) -> None:
    _known_to_work(
        cast, told, "50 conversations were answered once each after a restart on purpose", "Test run, 12:10 UTC"
    )
    _end_containment(cast, told)
    incident.recover(told, by=cast.mara, restart_point="Memory of 07:50 UTC, restored and read back")
    _say(
        stage, cast, told, Statement.Kind.RESOLUTION,
        cites=told.facts.filter(question__in=[Ask.EXPERIENCED, Ask.STATE_NOW]).confirmed(),
        headline="Warranty questions are answered once again",
        body="Our Triage agent answers warranty questions by itself again since 12:15 UTC, each of them once.",
        what_happened="Between 08:05 and 08:55 UTC today it sent the same warranty answers several times.",
        why_it_happened="Its memory of what it had answered was lost at a restart, and nothing outside it kept count.",
        what_changes="Its memory survives a restart since 12:05 UTC. We restarted it on purpose and watched 50 "
        "conversations: each was answered once.",
        affected="412 people who asked about a warranty.",
        what_to_do="Nothing. If an answer reaches you twice from now on, please tell us.",
        public_status=PublicStatus.RESOLVED, impact=Impact.NONE,
        component_states={cast.component("warranty").public_id: ServiceState.OPERATIONAL},
        next_update_at=None, withheld=["nothing"], disclosure_note="Nothing is left out.",
    )  # fmt: skip


def _correct_a_number(stage: Stage, cast: Cast, told: Incident) -> None:
    """A day later: the number counted attempts. The fact is retracted, and what the public read of it is corrected."""
    stage.day(47, 9, 20)
    wrong = Fact.objects.get(incident=told, question=Ask.AGENT_DID)
    fact.retract(wrong, by=cast.jun, seen_version=wrong.version, reason="1,340 counts attempts, 127 of which bounced.")
    right = desk.report(
        told, Ask.AGENT_DID, "Sent the same answer up to six times, 1,213 messages in all", "Mail relay, delivered only",
        by=cast.jun,
    )  # fmt: skip
    stage.day(47, 9, 31)
    desk.confirm(right, "Count of deliveries by address, bounces left out", by=cast.karim)
    said = RecordEntry.objects.owing_correction().get(incident=told)
    _say(
        stage, cast, told, Statement.Kind.CORRECTION, corrects=said,
        cites=told.facts.confirmed(),
        headline="Warranty questions are answered once again",
        acknowledgement="We wrote that our Triage agent sent 1,340 messages. That number counted attempts: 127 of them did "
        "not arrive.",
        body="1,213 messages arrived, at 412 people. The number of people was right, and so is what we said of the cause.",
        affected="412 people who asked about a warranty.",
        what_to_do="Nothing. If an answer reaches you twice from now on, please tell us.",
        public_status=PublicStatus.RESOLVED, impact=Impact.NONE, component_states={},
        next_update_at=None, withheld=["nothing"], disclosure_note="Nothing is left out.",
    )  # fmt: skip


def unconfirmed_dates(stage: Stage, cast: Cast) -> None:
    """Sixteen days ago: dates no carrier had given. One promise kept, one missed, one amended and still open."""
    stage.day(16, 13, 2)
    told = desk.open_public_incident(
        cast, "dates", "Delivery agent named dates that no carrier had confirmed", Harm.MISLED,
        failure_mode=FailureMode.SILENT, category=Category.OTHER, scenario=Scenario.DISPUTE,
        failure_started_at=stage.on(19, 6),
    )  # fmt: skip
    _decide(cast, told)
    stage.day(16, 13, 10)
    _facts_about_dates(cast, told)
    stage.day(16, 13, 16)
    _stop(
        cast, told, ContainmentAction.Scope.TOOL, "The agent names no date; it sends the carrier’s link instead",
        ends_when="Every date comes from a carrier’s answer, seen in 200 messages",
    )  # fmt: skip
    stage.day(16, 13, 24)
    _say(
        stage, cast, told, Statement.Kind.HOLDING,
        headline="Some delivery dates were guesses",
        acknowledgement="Our Delivery agent has told people dates on which their parcel would arrive, although no "
        "carrier "
        "had confirmed them.",
        body="Since 13:16 UTC it names no date and sends the carrier’s own link instead.",
        investigating="We are investigating which dates were wrong, and since when.",
        affected="People who asked for a delivery date in the last three days. At least 96 parcels came later than "
        "we said.",
        what_to_do="Please go by the carrier’s link. If you took a day off for a date of ours, write to us and keep "
        "the receipt.",
        public_status=PublicStatus.INVESTIGATING, impact=Impact.MAJOR,
        component_states={cast.component("dates").public_id: ServiceState.PARTIAL_OUTAGE},
        next_update_at=stage.on(16, 15), withheld=["unverified"],
        disclosure_note="The name of the carrier is left out until they have answered us.",
    )  # fmt: skip
    incident.contain(told, by=cast.mara)
    telling.about_dates(stage, cast, told)
    stage.day(16, 14, 40)
    made = _promises_about_dates(stage, cast, told)
    telling.about_dates_later(stage, cast, told)
    stage.day(15, 10, 30)
    _resolve_dates(stage, cast, told)
    _what_became_of_dates(stage, cast, made)


def _what_became_of_dates(stage: Stage, cast: Cast, made: dict[str, Commitment]) -> None:
    stage.day(10, 9, 15)
    desk.settle(
        stage, made["carrier"], owner=cast.karim, verifier=cast.tomas,
        text="Every date of the last three days names its carrier; 200 messages were read.",
    )  # fmt: skip
    stage.day(3, 10, 20)
    _amend(
        cast, made["count"], by=cast.jun, approver=cast.tomas, new_due_at=stage.on(-6, 16),
        reason="One carrier sends its arrival times a week late. With them the count is complete, without them it "
        "flatters us.",
    )  # fmt: skip


def _facts_about_dates(cast: Cast, told: Incident) -> None:
    did = desk.report(
        told, Ask.AGENT_DID, "Named a date in 1,905 messages; for 611 of them no carrier had given one", "Message log",
        by=cast.jun,
    )  # fmt: skip
    seen = desk.report(
        told, Ask.EXPERIENCED, "96 parcels came later than the date we named", "Arrival times of two carriers",
        by=cast.karim,
        source_kind=Fact.Source.SUPPLIER,
    )  # fmt: skip
    desk.report(
        told, Ask.CIRCUMSTANCES, "One carrier’s interface has answered with empty dates for three days",
        "Interface log",
        by=cast.jun, is_cause=True,
    )  # fmt: skip
    desk.report(
        told, Ask.STATE_NOW, "How many of the 611 dates turned out right", "Jun asks the third carrier", by=cast.jun,
        source_kind=Fact.Source.PERSON, not_known=True,
    )  # fmt: skip
    desk.report(
        told, Ask.AGENT_DID, "Says that it “estimated responsibly”", "Asked in its own console", by=cast.jun,
        source_kind=Fact.Source.AGENT_ACCOUNT,
    )  # fmt: skip
    desk.confirm(did, "Message log, counted a second time", by=cast.karim)
    desk.confirm(seen, "Parcel numbers compared one by one", by=cast.jun)


def _promises_about_dates(stage: Stage, cast: Cast, told: Incident) -> dict[str, Commitment]:
    empty = Fact.objects.get(incident=told, question=Ask.CIRCUMSTANCES)
    desk.confirm(empty, "Interface log, read by a second person", by=cast.karim)
    desk.report(told, Ask.STATE_NOW, "No message since 13:16 UTC names a date", "Message log", by=cast.jun)
    written = desk.draft(
        told, Statement.Kind.UPDATE, by=cast.ines,
        headline="611 delivery dates were guesses",
        body="Of 1,905 dates that our Delivery agent named in three days, 611 had no answer from a carrier behind "
        "them.\n\nWhen a carrier’s answer was empty, the agent wrote a likely date as if it were a promised "
        "one. 96 parcels have already come later than we said. The agent still names no dates.\n\nWe are "
        "checking the remaining dates against the arrival times that the carriers send us.",
        affected="People who were told one of 611 dates in the three days before 13:16 UTC today.",
        what_to_do="Please go by the carrier’s link. If you took a day off for a date of ours, write to us and keep "
        "the receipt.",
        public_status=PublicStatus.IDENTIFIED, impact=Impact.MAJOR,
        component_states={cast.component("dates").public_id: ServiceState.PARTIAL_OUTAGE},
        next_update_at=stage.on(15, 11), withheld=["unverified"],
        disclosure_note="The name of the carrier is left out until they have answered us.",
    )  # fmt: skip
    made = {
        "carrier": _promise(
            cast, written, cast.karim, "Head of Delivery", stage.on(9, 16),
            "Every date the agent names says which carrier confirmed it.",
            "Ask for a date: the answer names the carrier.",
        ),
        "letters": _promise(
            cast, written, cast.karim, "Head of Customer Care", stage.on(12, 16),
            "We write to the 96 people whose parcel came later than we said, and say what we do for them.",
            "You have a letter; the number sent is published here.",
        ),
        "count": _promise(
            cast, written, cast.jun, "Head of Delivery", stage.on(-1, 16),
            "We publish how many of the 611 dates turned out right.",
            "The count is on this page, with how it was made.",
        ),
    }  # fmt: skip
    stage.day(16, 14, 52)
    desk.approve(desk.submit(written, by=cast.ines), by=cast.tomas)
    return {key: Commitment.objects.get(pk=row.pk) for key, row in made.items()}


def _resolve_dates(stage: Stage, cast: Cast, told: Incident) -> None:
    _known_to_work(
        cast, told, "200 messages in a row named no date without a carrier’s answer", "Message log, 10:00 UTC"
    )
    _end_containment(cast, told)
    incident.recover(told, by=cast.mara, restart_point="Version of 2 weeks ago, which knows “no date yet”")
    _say(
        stage, cast, told, Statement.Kind.RESOLUTION,
        headline="Delivery dates come from the carriers again",
        body="Our Delivery agent names a date only when a carrier has given one, since 10:10 UTC today.",
        what_happened="For three days it named dates that no carrier had confirmed, 611 in all.",
        why_it_happened="When a carrier answered with an empty date, the agent filled it from older deliveries.",
        what_changes="An empty answer from a carrier leads to “no date yet” and the carrier’s link since 09:40 UTC. We "
        "read 200 messages in a row: none named a date without a carrier behind it.",
        affected="People who were told one of 611 dates.",
        what_to_do="If you had costs because of a date of ours, write to us and keep the receipt.",
        public_status=PublicStatus.RESOLVED, impact=Impact.NONE,
        component_states={cast.component("dates").public_id: ServiceState.OPERATIONAL},
        next_update_at=None, withheld=["nothing"], disclosure_note="Nothing is left out.",
    )  # fmt: skip


# Steps that both have in common


def _decide(cast: Cast, told: Incident) -> None:
    duties.nothing_to_report(told, by=cast.mara)
    desk.decide_for_groups(told, by=cast.mara)


def _stop(cast: Cast, told: Incident, scope: str, what: str, *, ends_when: str) -> None:
    action = containment.plan(told, by=cast.jun, scope=scope, text=what)
    containment.carry_out(action, by=cast.jun, ends_when=ends_when, review_at=clock.now() + timedelta(hours=4))


def _end_containment(cast: Cast, told: Incident) -> None:
    for action in told.containment_actions.filter(state=ContainmentAction.State.DONE):
        containment.end(action, by=cast.jun)


def _known_to_work(cast: Cast, told: Incident, text: str, source: str) -> None:
    works = desk.report(told, Ask.STATE_NOW, text, source, by=cast.jun)
    desk.confirm(works, "Read by a second person", by=cast.karim, kind=Fact.Source.PERSON)


def _say(stage: Stage, cast: Cast, told: Incident, kind: str, **words: Any) -> None:
    """Ines writes, and four minutes later Tomas approves."""
    asked = desk.submit(desk.draft(told, kind, by=cast.ines, **words), by=cast.ines)
    stage.wait_until(clock.now() + timedelta(minutes=4))
    desk.approve(asked, by=cast.tomas)


def _promise(
    cast: Cast, written: Statement, owner: User, public_owner: str, due_at: datetime, text: str, verification: str
) -> Commitment:
    current = Statement.objects.get(pk=written.pk)
    return commitment.draft(
        current, by=cast.ines, seen_version=current.version, text=text, public_owner=public_owner, owner=owner,
        due_at=due_at, verification=verification,
    )  # fmt: skip


def _amend(cast: Cast, made: Commitment, *, by: User, approver: User, new_due_at: datetime, reason: str) -> None:
    proposed = change.propose(made, CommitmentChange.Kind.AMENDMENT, by=by, public_reason=reason, new_due_at=new_due_at)
    desk.approve(proposed.submissions.get(), by=approver)
