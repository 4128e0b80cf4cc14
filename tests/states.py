"""How an incident comes to be where a test wants it: by the same operations that people use, never by writing rows.

Each function goes one step from the state it is given. ``conftest`` offers the usual ones as fixtures.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.actions import Action as Solo
from accounts.models import LogEntry, Organisation, SoloDeclaration, User
from agents.models import Agent
from incidents.models import (
    Approval,
    Category,
    ClockStart,
    Commitment,
    ContainmentAction,
    Fact,
    FailureMode,
    Harm,
    Impact,
    Incident,
    PublicStatus,
    RecordEntry,
    ReportingClock,
    RoleHeld,
    Scenario,
    ServiceState,
    StakeholderPlan,
    StartMove,
    Statement,
    Submission,
    Telling,
)
from incidents.operations import (
    approval,
    clock_start,
    commitment,
    containment,
    decision,
    fact,
    guards,
    incident,
    legal_clock,
    plan,
    rewriting,
    roles,
    statement,
    submission,
    sweep,
    telling,
)
from stakeholders.models import Decision, StakeholderGroup, StartEvent
from stakeholders.operations import rules


def rounds(done: Callable[[], object]) -> None:
    """Of both tasks that clear what was taken down, until it is done. Other tests use the same server, where their transactions
    are in the way for a moment."""
    for _ in range(100):
        rewriting.rewrite()
        sweep.sweep()
        if done():
            return
        time.sleep(0.1)


def last_log() -> LogEntry:
    """What was written to the log last."""
    return LogEntry.objects.latest("number")


def declare(agent: Agent, *, by: User, title: str = "Refund letters went to the wrong customers") -> Incident:
    return incident.declare(title=title, agent=agent, worst_harm=Harm.RIGHTS, by=by)


def open_up(
    declared: Incident,
    *,
    by: User,
    communications: User,
    technical: User,
    scenario: Scenario = Scenario.MASS_FAILURE,
    decided: bool = True,
) -> Incident:
    """Triage as public, open, give the two leads their seats and, unless told otherwise, decide for every group."""
    incident.describe(
        declared,
        by=by,
        seen_version=declared.version,
        failure_mode=FailureMode.VISIBLE,
        category=Category.BULK_SEND,
        scenario=scenario,
        is_visible=True,
        draws_attention=True,
        needs_answer=True,
    )
    declared.refresh_from_db()
    incident.open_incident(declared, by=by)
    roles.take_role(declared, RoleHeld.Role.COMMUNICATIONS_LEAD, by=communications)
    roles.take_role(declared, RoleHeld.Role.TECHNICAL_LEAD, by=technical)
    if decided:
        decide_for_everybody(fresh(declared), by=by)
    return fresh(declared)


def decide_for_everybody(about: Incident, *, by: User) -> None:
    """As proposed, and what has to be decided by itself: tell them now."""
    rows = StakeholderPlan.objects.filter(incident=about).for_map()
    shown = {row.pk: (row.version, decision.proposed(row)) for row in rows if decision.may_confirm(row)}
    if shown:
        plan.confirm_defaults(about, by=by, seen=shown)
    for row in StakeholderPlan.objects.filter(incident=about, decision="").select_related("group", "incident"):
        plan.decide(row, by=by, seen_version=row.version, decision=Decision.NOW, due_at=decision.due(row))


def establish_facts(opened: Incident, *, reporter: User, confirmer: User) -> list[Fact]:
    """One fact for each of the four questions: two confirmed, one reported, one not known yet."""
    said = {
        Fact.Question.AGENT_DID: "The assistant sent 212 refund letters between 14:36 and 14:52 UTC.",
        Fact.Question.EXPERIENCED: "Customers received letters that named other people’s orders.",
        Fact.Question.CIRCUMSTANCES: "A nightly address import had ended half-way.",
    }
    found = []
    for question, text in said.items():
        found.append(
            fact.report(
                opened,
                by=reporter,
                question=question,
                text=text,
                source_kind=Fact.Source.LOG,
                source="run log of 19 November",
                observed_at=clock.now(),
            )
        )
    found.append(
        fact.report(
            opened,
            by=reporter,
            question=Fact.Question.STATE_NOW,
            text="How many letters were opened.",
            source_kind=Fact.Source.PERSON,
            source="support desk",
            observed_at=clock.now(),
            not_known=True,
        )
    )
    for certain in found[:2]:
        fact.confirm(
            certain,
            by=confirmer,
            seen_version=certain.version,
            confirmation_kind=Fact.Source.LOG,
            confirmation_source="mail relay, list of deliveries",
        )
    return [fresh(one) for one in found]


def contain(opened: Incident, *, by: User) -> ContainmentAction:
    """A containment action in force, with its end condition and its review in an hour."""
    action = containment.plan(
        opened, by=by, scope=ContainmentAction.Scope.PROCESS, text="Refund letters wait for a person"
    )
    containment.carry_out(
        action, by=by, ends_when="The addresses have been checked", review_at=clock.now() + timedelta(hours=1)
    )
    return fresh(action)


def recover(about: Incident, *, commander: User, reporter: User, confirmer: User) -> Incident:
    """Contained, the state now confirmed, recovered."""
    incident.contain(about, by=commander)
    now = fact.report(
        about,
        by=reporter,
        question=Fact.Question.STATE_NOW,
        text="Letters reach the right people.",
        source_kind=Fact.Source.LOG,
        source="mail relay",
        observed_at=clock.now(),
    )
    fact.confirm(
        now,
        by=confirmer,
        seen_version=now.version,
        confirmation_kind=Fact.Source.LOG,
        confirmation_source="fifty letters read",
    )
    return incident.recover(fresh(about), by=commander, restart_point="The import of Monday")


def tell_by_hand(about: Incident, *, by: User, kind: str = "employees", what: str = "Letters are stopped.") -> Telling:
    """A call to one group that ``by`` made when the failure was noticed, noted now."""
    told = StakeholderPlan.objects.get(incident=about, group__kind=kind)
    return telling.note(
        told,
        by=by,
        told_at=about.detected_at,
        told_by=by,
        channel="phone",
        whom="Their desk",
        what=what,
        evidence="Call log",
    )


def record_start(about: Incident, *, by: User, event: str = StartEvent.AWARE) -> ClockStart:
    """When something happened that clocks run from: when the failure was noticed."""
    made = clock_start.record(
        clock_start.Event(about, event), by=by, seen=0, at=about.detected_at, evidence="The first call"
    )
    assert isinstance(made, ClockStart)
    return made


def record_later_start(about: Incident, *, by: User, agreed_by: User) -> ClockStart:
    """That we became aware only now, as two people say."""
    aware = clock_start.Event(about, StartEvent.AWARE)
    move = clock_start.record(
        aware, by=by, seen=0, at=clock.now(), evidence="The minutes", reason="A rumour until then"
    )
    assert isinstance(move, StartMove)
    return clock_start.agree(move, by=agreed_by)


def note_on_a_clock(about: Incident, *, by: User) -> ReportingClock:
    """The profile switches clocks on; one is held, found to apply, and its report noted as submitted."""
    rules.set_profile(
        by=by, seen_version=0, countries=["DE"], sectors=["software"], roles=["controller"], has_personal_data=True
    )
    first, *_ = legal_clock.look_again(about, by=by)
    waits = {"held_from": about.detected_at, "held_until": clock.now() + timedelta(days=1)}
    held = legal_clock.hold(fresh(first), by=by, seen_version=1, ground="Letter of the police", **waits)
    said = legal_clock.assess(held, by=by, seen_version=held.version, applies=True, reason="It reached people.")
    return legal_clock.submit(
        said, by=by, seen_version=said.version, submitted_at=clock.now(), reference="Receipt 12", submitted_by=by
    )


def declare_alone(person: User, *, at: datetime, reason: str) -> SoloDeclaration:
    """A declaration as it is kept, whoever else is there: the operation makes none beside a second person."""
    declared = SoloDeclaration(declared_by=person, declared_at=at, effective_at=at, reason=reason)
    with transaction.atomic():
        log.write(Solo.SOLO_DECLARED, by=person, about=Organisation.objects.get(pk=1), keep=[declared], at_setup=False)
    return declared


def words(about: Incident, kind: str, **changes: Any) -> dict[str, Any]:
    """Everything that a statement of this kind needs before it can be submitted."""
    component = about.agent.component.public_id
    said: dict[str, Any] = {
        "headline": "Refund letters reached the wrong people",
        "acknowledgement": "Our support assistant sent 212 refund letters to the wrong addresses.",
        "body": "The letters named a person and an order. We have stopped all letters.",
        "investigating": "We are investigating how the addresses were mixed up.",
        "affected": "Customers who asked for a refund since Monday.",
        "what_to_do": "Please delete a letter that is not addressed to you.",
        "public_status": PublicStatus.INVESTIGATING,
        "impact": Impact.MAJOR,
        "component_states": {component: ServiceState.PARTIAL_OUTAGE},
        "next_update_at": clock.now() + timedelta(minutes=45),
        "disclosure_note": "The name of the address supplier is left out until they have answered.",
        "withheld": ["unverified"],
    }
    if kind in Statement.SAYING_IT_IS_OVER:
        said |= {
            "headline": "Refund letters go to the right people again",
            "body": "Since 16:40 UTC refund letters reach the right people.",
            "what_happened": "Between 14:36 and 14:52 UTC 212 refund letters went to the wrong addresses.",
            "why_it_happened": "An import of addresses had ended half-way, and nothing checked that it was whole.",
            "what_changes": "Since 16:40 UTC no letter leaves before an import is counted.",
            "public_status": PublicStatus.RESOLVED,
            "component_states": {component: ServiceState.OPERATIONAL},
            "next_update_at": None,
        }
    return said | changes


def write(about: Incident, kind: str, *, by: User, cites: list[Fact] | None = None, **changes: Any) -> Statement:
    """A complete draft."""
    draft = statement.begin(about, kind, by=by)
    cited = list(about.facts.confirmed()) if cites is None else cites
    statement.edit(draft, by=by, seen_version=draft.version, cites=cited, **words(about, kind, **changes))
    return fresh(draft)


def submit(draft: Statement, *, by: User) -> Submission:
    return submission.submit(draft, by=by, seen_version=draft.version)


def publish(about: Incident, kind: str, *, writer: User, approver: User, **changes: Any) -> Approval:
    """Written by one, approved and thereby published by the other."""
    asked = submit(write(about, kind, by=writer, **changes), by=writer)
    return approval.approve(asked, by=approver, seen_digest=asked.digest)


def correct(entry: RecordEntry, *, writer: User, approver: User, **changes: Any) -> Approval:
    """A published correction of that entry."""
    assert entry.incident is not None
    begun = statement.begin(entry.incident, Statement.Kind.CORRECTION, by=writer, corrects=entry)
    said = {
        "acknowledgement": "We wrote that the letters named an order. That was our guess.",
        "body": "The letters named a person and a street, and no order.",
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
    }
    promise = {} if guards.says_it_is_over(begun) else {"next_update_at": clock.now() + timedelta(minutes=45)}
    statement.edit(begun, by=writer, seen_version=begun.version, **(said | promise | changes))
    asked = submit(fresh(begun), by=writer)
    return approval.approve(asked, by=approver, seen_digest=asked.digest)


def write_to(
    group: StakeholderGroup, about: Incident, *, by: User, cites: list[Fact] | None = None, **changes: Any
) -> Statement:
    """A complete draft of a direct message."""
    begun = statement.begin(about, Statement.Kind.DIRECT, by=by, group=group)
    said = {
        "headline": "A refund letter of ours may have reached you by mistake",
        "body": "On 19 November our assistant sent you a letter that was meant for somebody else. We have stopped it.",
        "what_to_do": "Please delete the letter. You need not do anything else.",
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
    }
    cited = list(about.facts.confirmed()) if cites is None else cites
    statement.edit(begun, by=by, seen_version=begun.version, cites=cited, **(said | changes))
    return fresh(begun)


def send(draft: Statement, *, writer: User, approver: User) -> Approval:
    asked = submit(draft, by=writer)
    return approval.approve(asked, by=approver, seen_digest=asked.digest)


def correct_to(message: Approval, *, by: User, **changes: Any) -> Statement:
    """A complete draft of a direct message that corrects that one."""
    assert message.incident is not None
    begun = statement.begin(message.incident, Statement.Kind.DIRECT, by=by, corrects_message=message)
    said = {
        "body": "We wrote that the letter was meant for somebody else. It was yours, with a wrong amount in it.",
        "what_to_do": "Please keep the letter and wait for the new amount.",
        "disclosure_note": "Nothing is left out.",
        "withheld": ["nothing"],
    }
    return statement.edit(begun, by=by, seen_version=begun.version, **(said | changes))


def promise(
    about: Incident, *, writer: User, approver: User, owner: User, due_at: datetime, text: str = ""
) -> Commitment:
    """A published commitment, made by an update."""
    draft = write(about, Statement.Kind.UPDATE, by=writer)
    made = commitment.draft(
        draft,
        by=writer,
        seen_version=draft.version,
        text=text or "Every refund letter is released by a person before it leaves.",
        public_owner="Support team",
        owner=owner,
        due_at=due_at,
        verification="The letters carry the name of the person who released them.",
    )
    asked = submit(fresh(draft), by=writer)
    approval.approve(asked, by=approver, seen_digest=asked.digest)
    return fresh(made)


def fresh(row: Any) -> Any:
    """The row as the database has it now, with nothing remembered."""
    return type(row)._base_manager.get(pk=row.pk)
