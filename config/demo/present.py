"""The open incident: in its fortieth minute, a promised update is late, the next one waits, two steps are overdue."""

from datetime import timedelta

import clock
from accounts.models import User
from config.demo import duties
from config.demo import stage as desk
from config.demo import told as telling
from config.demo.cast import Cast
from config.demo.stage import Stage
from incidents.models import (
    Category,
    ContainmentAction,
    Fact,
    FailureMode,
    Harm,
    Impact,
    Incident,
    PublicStatus,
    Scenario,
    ServiceState,
    Statement,
)
from incidents.operations import commitment, containment, incident, inquiry, timeline, triage
from stakeholders.models import Decision

Ask = Fact.Question
MINUTE = 40


def refunds_outside_the_policy(stage: Stage, cast: Cast) -> None:
    stage.minutes_ago(MINUTE)
    told = desk.open_public_incident(
        cast, "refunds", "Refund agent approved refunds outside our policy", Harm.RIGHTS,
        failure_mode=FailureMode.VISIBLE, category=Category.OTHER, scenario=Scenario.SHARED_REPLY,
        failure_started_at=stage.now - timedelta(minutes=247),
    )  # fmt: skip
    desk.decide_for_groups(told, by=cast.mara, authorities=Decision.NOW)
    duties.to_be_assessed(cast, told)
    stage.minutes_ago(39)
    _tick(told, "decision", by=cast.mara, note="Refunds over the limit: the tool is switched off first")
    stage.minutes_ago(36)
    timeline.note(told, "A screenshot of a refund of €312 is being shared. Karim has the link.", by=cast.mara)
    _facts(stage, cast, told)
    stage.minutes_ago(33)
    _tick(told, "evidence", by=cast.jun, note="Read-only copy in evidence/refunds-31: logs, prompt, policy folder")
    stage.minutes_ago(32)
    _containment(cast, told)
    stage.minutes_ago(29)
    _holding_statement(stage, cast, told)
    incident.contain(told, by=cast.mara)
    stage.minutes_ago(24)
    _tick(told, "reach", by=cast.karim, note="214 refunds, 187 people, 21 of them more than once; strays not known yet")
    triage.leave_out(
        told.triage.get(step="checkpoint"), by=cast.mara, reason="It decides one refund at a time and keeps no state"
    )
    _questions(stage, cast, told)
    stage.minutes_ago(12)
    telling.about_refunds(cast, told)
    _tick(told, "executives", by=cast.mara, note="Five lines to Helene")
    stage.minutes_ago(11)
    _what_was_found(cast, told)
    stage.minutes_ago(4)
    _update_that_waits(stage, cast, told)


def _tick(told: Incident, step: str, *, by: User, note: str) -> None:
    triage.tick(told.triage.get(step=step), by=by, note=note)


def _facts(stage: Stage, cast: Cast, told: Incident) -> None:
    did = desk.report(
        told, Ask.AGENT_DID, "Approved 214 refunds over €100 without a person", "Run log", by=cast.jun,
        observed_at=stage.now - timedelta(minutes=37),
    )  # fmt: skip
    seen = desk.report(
        told, Ask.EXPERIENCED, "187 people were told that their refund is decided; 21 of them had more than one",
        "Payments ledger", by=cast.karim,
    )  # fmt: skip
    desk.report(
        told, Ask.AGENT_DID, "Told customers that the decision was final", "4 customers", by=cast.karim,
        source_kind=Fact.Source.USER_REPORT,
    )  # fmt: skip
    desk.report(
        told, Ask.CIRCUMSTANCES, "It read a draft of next year’s refund policy", "The agent, asked why", by=cast.jun,
        source_kind=Fact.Source.AGENT_ACCOUNT,
    )  # fmt: skip
    desk.report(
        told, Ask.STATE_NOW, "How many of the refunds have been paid", "Karim asks the bank", by=cast.karim,
        source_kind=Fact.Source.PERSON, not_known=True,
    )  # fmt: skip
    desk.confirm(did, "Payments ledger, counted by hand", by=cast.karim)
    desk.confirm(seen, "Ledger compared with the customer list", by=cast.jun)


def _containment(cast: Cast, told: Incident) -> None:
    stopped = containment.plan(told, by=cast.jun, scope=ContainmentAction.Scope.RUN, text="The run that was under way")
    containment.fail(stopped, by=cast.jun, reason="The next run began three minutes later.")
    off = containment.plan(
        told, by=cast.jun, scope=ContainmentAction.Scope.TOOL, text="The agent may no longer approve a refund"
    )
    containment.carry_out(
        off, by=cast.jun, ends_when="The policy folder is locked and 50 decisions were read",
        review_at=clock.now() + timedelta(hours=3),
    )  # fmt: skip
    containment.plan(told, by=cast.jun, scope=ContainmentAction.Scope.AGENT, text="Refund agent off")


def _holding_statement(stage: Stage, cast: Cast, told: Incident) -> None:
    written = desk.draft(
        told, Statement.Kind.HOLDING, by=cast.ines,
        headline="Refund agent approved refunds outside our policy",
        acknowledgement="Today our Refund agent approved refunds that our policy does not allow, and told customers "
        "that "
        "the decision was final.",
        body="We have stopped it: a person now decides every refund.",
        investigating="We are investigating which refunds are concerned and who was told what.",
        affected="Customers whose refund the agent approved today. We do not know yet how many of them have been "
        "paid.",
        what_to_do="Nothing, and do not send money back. If somebody asks you to repay, it is not us.",
        public_status=PublicStatus.INVESTIGATING, impact=Impact.MAJOR,
        component_states={cast.component("refunds").public_id: ServiceState.DEGRADED},
        began_at=told.failure_started_at,
        next_update_at=_minute(stage, 5),
        withheld=["unverified"],
        disclosure_note="The number of refunds is left out until a second count has confirmed who is concerned.",
    )  # fmt: skip
    asked = desk.submit(written, by=cast.ines)
    stage.minutes_ago(26)
    desk.approve(asked, by=cast.tomas)


def _questions(stage: Stage, cast: Cast, told: Incident) -> None:
    """Two journalists ask: one has an answer, the other waits for it."""
    press = told.plans.get(group__kind="press")
    stage.minutes_ago(22)
    first = inquiry.note(
        press, by=cast.karim, asked_by="Harbour Courier, the news desk", channel="phone",
        question="Were these refunds decided by a machine?",
    )  # fmt: skip
    stage.minutes_ago(19)
    said = "Yes, by our Refund agent. It is switched off for refunds; the public page says what we know."
    inquiry.answer(first, by=cast.ines, seen_version=first.version, words=said, answered_by=cast.ines)
    stage.minutes_ago(15)
    inquiry.note(
        press, by=cast.karim, asked_by="A reporter of Radio Kessel, by way of the switchboard", channel="phone",
        question="Do customers have to pay money back?",
    )  # fmt: skip


def _what_was_found(cast: Cast, told: Incident) -> None:
    cause = desk.report(
        told, Ask.CIRCUMSTANCES, "It read the draft policy for next year, which had been placed in its folder",
        "File history",
        by=cast.jun, is_cause=True,
    )  # fmt: skip
    desk.confirm(cause, "File history, read on another account", by=cast.karim)
    desk.report(
        told, Ask.EXPERIENCED, "A screenshot of a refund of €312 was seen 4,100 times", "The forum’s own counter",
        by=cast.jun,
        source_kind=Fact.Source.USER_REPORT,
    )  # fmt: skip


def _update_that_waits(stage: Stage, cast: Cast, told: Incident) -> None:
    """Five minutes after its time was promised it still waits for somebody to approve it."""
    written = desk.draft(
        told, Statement.Kind.UPDATE, by=cast.ines,
        headline="Refund agent approved refunds outside our policy",
        body="Today our Refund agent approved 214 refunds outside our policy, for 187 customers.\n\nIt was reading"
        " a draft of next year’s refund policy, which allows refunds up to €400 without a person. The policy "
        "in force stops at €100. The draft has been taken out, and refunds are still decided by people "
        "only.\n\nWe are investigating how many of these refunds have been paid.",
        affected="187 customers whose refund the agent approved today.",
        what_to_do="Nothing, and do not send money back. If somebody asks you to repay, it is not us. We will write "
        "to you.",
        public_status=PublicStatus.IDENTIFIED, impact=Impact.MAJOR,
        component_states={cast.component("refunds").public_id: ServiceState.DEGRADED},
        began_at=told.failure_started_at,
        next_update_at=_minute(stage, -90),
        withheld=["privacy"],
        disclosure_note="The customers’ names and single amounts are left out: they concern nobody else.",
        named={
            "Approved 214": ["214 refunds", "outside our policy"], "187 people": ["187 customers"],
            "It read the draft policy": ["was reading a draft", "policy in force"],
        },
    )  # fmt: skip
    commitment.draft(
        written, by=cast.ines, seen_version=written.version,
        text="We write to each of the 187 customers and say whether their refund stands.",
        public_owner="Head of Customer Care", owner=cast.karim, due_at=stage.on(-1, 17),
        verification="The number written to is published here, and you have a letter.",
    )  # fmt: skip
    desk.submit(written, by=cast.ines)


def _minute(stage: Stage, minutes_ago: int) -> object:
    return (stage.now - timedelta(minutes=minutes_ago)).replace(second=0, microsecond=0)
