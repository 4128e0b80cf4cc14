"""Everything that people and the machine do inside, tried at random, and which operations may change what the public reads.

`INSIDE` tries an operation in a world that has all kinds of things in all states. A refusal is an answer too.
"""

import itertools
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import clock
from accounts.models import Invitation, Organisation, Role, Team, User
from accounts.operations import language, password, people, sessions, solo, teams, throttle
from accounts.operations import second_step as step
from agents import operations as agents
from agents.models import Agent, Component
from incidents.models import (
    Approval,
    ApprovalPolicy,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    Fact,
    Handover,
    Harm,
    Incident,
    Inquiry,
    RecordEntry,
    Redaction,
    ReportingClock,
    RoleHeld,
    StakeholderPlan,
    StartMove,
    Statement,
    StatementTemplate,
    Submission,
    TriageEntry,
)
from incidents.operations import (
    allow_list,
    approval_policy,
    assessor,
    change,
    clock_start,
    commitment,
    containment,
    decision,
    fact,
    guards,
    incident,
    inquiry,
    legal_clock,
    masthead,
    mend,
    message,
    override,
    plan,
    redaction,
    roles,
    schedule,
    statement,
    submission,
    telling,
    template,
    timeline,
    triage,
)
from stakeholders import operations as stakeholders
from stakeholders.models import Contact, Decision, Outgoing, Profile, ReportingRule, Stage, StakeholderGroup
from stakeholders.operations import contacts, groups, imports, links, outbox, rules
from tests import states


class Hand:
    """Who does it, with what: all chosen by one seed, so that a failure can be repeated. `people` are those who acted."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.people: list[User] = []
        self._numbers = (f"{seed}-{number}" for number in itertools.count())

    def one(self, model: Any, **which: Any) -> Any:
        return self.random.choice(list(model._base_manager.filter(**which).order_by("pk")))

    @property
    def by(self) -> User:
        anybody = self.random.random() < 0.3
        self.people.append(self.random.choice(list(User.objects.active().order_by("pk"))) if anybody else self.able)
        return self.people[-1]

    @property
    def able(self) -> User:
        """Somebody who may do much, so that not everything is refused."""
        roles = (Role.COMMANDER, Role.TECHNICAL_LEAD, Role.COMMUNICATIONS_LEAD, Role.ADMINISTRATOR)
        return self.random.choice(list(User.objects.with_role(self.random.choice(roles)).order_by("pk")))

    def text(self, what: str = "words") -> str:
        return f"{what} inside {self.number}"

    @property
    def number(self) -> str:
        """Part of a name that nothing else has."""
        return next(self._numbers)

    def later(self) -> Any:
        return clock.now() + timedelta(hours=self.random.randint(1, 400))

    def choice(self, of: Any) -> Any:
        return self.random.choice(list(of))

    @property
    def draft(self) -> Statement:
        return self.one(Statement, state__in=["draft", "submitted"])


Do = Callable[[Hand], Any]


def _report(h: Hand) -> Any:
    return fact.report(
        h.one(Incident), by=h.by, question=h.choice(Fact.Question.values), text=h.text(),
        source_kind=Fact.Source.LOG, source=h.text("log"), observed_at=clock.now(), is_cause=h.choice([True, False]),
    )  # fmt: skip


def _describe(h: Hand) -> Any:
    about = h.one(Incident)
    return incident.describe(
        about, by=about.commander, seen_version=about.version, title=h.text("title"), worst_harm=h.choice(Harm.values)
    )


def _begin(h: Hand) -> Any:
    kind = h.choice(Statement.Kind.values)
    about, sent = h.one(Incident), Approval.objects.messages()
    if kind == Statement.Kind.DIRECT and sent and h.choice([True, False]):
        wrong = h.choice(sent)
        return statement.begin(h.choice([about, wrong.incident]), kind, by=h.by, corrects_message=wrong)
    group = h.one(StakeholderGroup) if kind == Statement.Kind.DIRECT else None
    return statement.begin(about, kind, by=h.by, group=group)


def _edit(h: Hand) -> Any:
    draft = h.draft
    texts: dict[str, Any] = {name: h.text(name) for name in Statement.PUBLIC_TEXTS if h.choice([True, False])}
    return statement.edit(draft, by=h.by, seen_version=draft.version, next_update_at=h.later(), **texts)


def _let_stand(h: Hand) -> Any:
    """What the check finds in a draft, or what it does not find."""
    draft = h.draft
    found = [(one.finding.rule, one.finding.start) for one in guards.look(draft).checked.stopping]
    rule, start = h.choice([*found, ("MINIMISE", 4711)])
    by = draft.incident.commander if h.choice([True, False]) and draft.incident.commander else h.by
    return override.let_stand(draft, rule, start, by=by, seen_version=draft.version, reason=h.text())


def _dismiss(h: Hand) -> Any:
    """What the check leaves to the author, or what it does not find."""
    draft = h.draft
    found = [(one.finding.rule, one.field, one.at) for one in guards.look(draft).checked.passages]
    rule, field, at = h.choice([*found, ("JARGON", "body", 4711)])
    return override.dismiss(draft, rule, field, at, by=h.by, seen_version=draft.version)


def _mend(h: Hand) -> Any:
    """What the check offers better words for, or what it does not."""
    draft = h.draft
    found = [(one.finding.rule, one.field, one.at) for one in guards.look(draft).checked.passages if one.fix]
    rule, field, at = h.choice([*found, ("JARGON", "body", 4711)])
    return mend.mend(draft, rule, field, at, by=h.by, seen_version=draft.version)


def _draft_commitment(h: Hand) -> Any:
    at = h.draft
    return commitment.draft(
        at, by=h.by, seen_version=at.version, text=h.text(), public_owner=h.text("owner"), owner=h.by, due_at=h.later(),
        verification=h.text("check"),
    )  # fmt: skip


def _redraft(h: Hand) -> Any:
    made = h.one(Commitment, state="draft")
    return commitment.redraft(made, by=h.by, seen_version=made.statement.version, text=h.text())


def _drop(h: Hand) -> Any:
    made = h.one(Commitment, state="draft")
    return commitment.drop(made, by=h.by, seen_version=made.statement.version)


def _propose(h: Hand) -> Any:
    made, kind = h.one(Commitment, state__in=["open", "missed"]), h.choice(CommitmentChange.Kind.values)
    new = {"new_text": h.text(), "new_due_at": h.later()} if kind == "amendment" else {}
    return change.propose(made, kind, by=h.choice([made.owner, h.by]), public_reason=h.text("reason"), **new)


def _take_down(h: Hand) -> Any:
    """Proposed only: the words stay public until somebody else takes them down."""
    entry = h.one(RecordEntry, kind="publication")
    return redaction.propose(entry, {entry.number: ["headline"]}, by=h.by, reason="secret", note=h.text())


def _take_down_message(h: Hand) -> Any:
    message = h.one(Approval, kind="direct")
    return redaction.propose_of_message(message, ["headline"], by=h.by, reason="secret", note=h.text())


def _change_agent(h: Hand) -> Any:
    agent = h.one(Agent)
    return agents.change_agent(agent, by=h.by, **_agent(h))


def _agent(h: Hand) -> dict[str, Any]:
    return {
        "public_name": h.text("agent"), "internal_name": h.text("agent"), "owner": h.by, "deputy": h.by, "team": None,
        "component": h.one(Component),
    }  # fmt: skip


def _queue(h: Hand) -> Any:
    return stakeholders.queue(
        key=h.text("key"), kind="commitment", to=h.by, subject=h.text(), text=h.text(), reason="Inside."
    )


def _on(model: Any, operation: Any, **given: str) -> Do:
    """An operation on a row, with texts for what it asks."""
    return lambda h: operation(h.one(model), by=h.by, **{name: h.text(kind) for name, kind in given.items()})


def _carry_out(h: Hand) -> Any:
    return containment.carry_out(
        h.one(ContainmentAction), by=h.by, ends_when=h.text(), review_at=h.later(), reason=h.text()
    )


def _prolong(h: Hand) -> Any:
    action = h.one(ContainmentAction)
    return containment.prolong(action, by=h.by, review_at=h.later(), seen_review_at=action.review_at)


def _seen(model: Any, operation: Any, **given: Any) -> Do:
    """An operation that asks which version was seen."""

    def do(h: Hand) -> Any:
        row = h.one(model)
        return operation(row, by=h.by, seen_version=row.version, **{name: make(h) for name, make in given.items()})

    return do


def _decide(h: Hand) -> Any:
    row = h.one(StakeholderPlan)
    return plan.decide(
        row, by=h.by, seen_version=row.version, decision=h.choice(Decision.values), stage=h.choice(Stage.values),
        tell_within=h.random.randint(1, 900), due_at=h.later(), reason=h.text("reason"), review_at=h.later(),
        must_act=h.choice([True, False]), ready_answer=h.text("answer"), answer_within=60, owner=h.able,
    )  # fmt: skip


def _record_start(h: Hand) -> Any:
    about = clock_start.Event(h.one(Incident), h.choice(["aware", "discovered", "determined"]))
    seen = about.current.pk if about.current else 0
    at = clock.now() - timedelta(minutes=h.random.randint(0, 300))
    return clock_start.record(about, by=h.by, seen=seen, at=at, evidence=h.text("evidence"), reason=h.text("reason"))


def _confirm_defaults(h: Hand) -> Any:
    about = h.one(Incident)
    rows = StakeholderPlan.objects.filter(incident=about).for_map()
    seen = {row.pk: (row.version, decision.proposed(row)) for row in rows if decision.may_confirm(row)}
    return plan.confirm_defaults(about, by=h.by, seen=seen)


def _text(h: Hand) -> str:
    return h.text()


def _import(h: Hand) -> Any:
    typed = f"name;address\n{h.text('name')};reader{h.number}@inside.example\nnobody;nowhere\n"
    shown = imports.look_through(group := h.one(StakeholderGroup), typed)
    return imports.carry_out(
        group, typed, by=h.by, seen_digest=shown.digest, seen_verdicts=shown.verdicts, leave_out=h.choice([True, False])
    )


def _words(h: Hand) -> str:
    return h.text()


INSIDE: dict[str, Do] = {
    "accounts.password.make_password_link": lambda h: password.make_password_link(h.by, by=h.by),
    "accounts.password.set_password": lambda h: password.set_password(
        who := h.by, h.text("a long pass phrase"), by=who, keep=""
    ),
    "accounts.people.accept_invitation": lambda h: people.accept_invitation(h.text("token"), h.text("phrase"), "UTC"),
    "accounts.people.change_own_account": lambda h: people.change_own_account(
        who := h.by, by=who, name=h.text("Name"), time_zone="UTC"
    ),
    "accounts.people.confirm_address": _on(User, people.confirm_address),
    "accounts.people.deactivate": _on(User, people.deactivate),
    "accounts.people.grant_role": lambda h: people.grant_role(h.one(User), h.choice(Role.values), by=h.by),
    "accounts.people.invite": lambda h: people.invite(
        f"guest{h.number}@inside.example", h.text("Guest"), [h.choice(Role.values)], by=h.by
    ),
    "accounts.people.reactivate": _on(User, people.reactivate),
    "accounts.people.refuse_address": lambda h: people.refuse_address(who := h.by, who.email),
    "accounts.people.revoke_invitation": _on(Invitation, people.revoke_invitation),
    "accounts.people.revoke_role": lambda h: people.revoke_role(h.one(User), h.choice(Role.values), by=h.by),
    "accounts.second_step.add_app": lambda h: step.add_app(who := h.by, "JBSWY3DPEHPK3PXP", "123456", by=who, keep=""),
    "accounts.second_step.renew_codes": lambda h: step.renew_codes(who := h.by, by=who, keep=""),
    "accounts.second_step.reset": _on(User, step.reset),
    "accounts.second_step.use_code": lambda h: step.use_code(who := h.by, h.text("code"), by=who),
    "accounts.sessions.end": lambda h: sessions.end(h.by, keep=""),
    "accounts.sessions.end_others": lambda h: sessions.end_others(who := h.by, by=who, keep=""),
    "accounts.solo.declare_solo": lambda h: solo.declare_solo(by=h.by, reason=h.text()),
    "accounts.solo.end_solo": lambda h: solo.end_solo(by=h.by),
    "accounts.solo.end_unless_alone": lambda h: solo.end_unless_alone(by=h.by),
    "accounts.teams.add_member": lambda h: teams.add_member(h.one(Team), h.one(User), by=h.by),
    "accounts.teams.change_team": lambda h: teams.change_team(
        h.one(Team), by=h.by, name=h.text("team"), alias=f"t{h.number}@inside.example", lead=h.by
    ),
    "accounts.teams.form_team": lambda h: teams.form_team(
        h.text("team"), f"t{h.number}@inside.example", h.by, [h.by, h.by], by=h.by
    ),
    "accounts.teams.remove_member": lambda h: teams.remove_member(h.one(Team), h.one(User), by=h.by),
    "accounts.throttle.take_code": lambda h: throttle.take_code(h.by),
    "accounts.throttle.take_password_again": lambda h: throttle.take_password_again(h.by),
    "agents.add_agent": lambda h: agents.add_agent(by=h.by, **_agent(h)),
    "agents.add_component": lambda h: agents.add_component(h.text("component"), h.text(), by=h.by),
    "agents.change_agent": _change_agent,
    "agents.set_audience": lambda h: agents.set_audience(h.one(Component), technical=h.choice([True, False]), by=h.by),
    "accounts.language.set_public_language": lambda h: language.set_public_language(h.choice(["en", "de"]), by=h.by),
    "incidents.allow_list.clear": lambda h: allow_list.clear(
        f"jira-{h.number}.northwind.example", by=h.by, reason=h.text()
    ),
    "incidents.allow_list.take_off": lambda h: allow_list.take_off(
        h.choice([1, len(Organisation.objects.get(pk=1).cleared)]), by=h.by
    ),
    "incidents.change.propose": _propose,
    "incidents.commitment.disown": lambda h: commitment.disown(
        made := h.one(Commitment), by=h.choice([made.owner, h.by]), reason=h.text()
    ),
    "incidents.commitment.draft": _draft_commitment,
    "incidents.commitment.drop": _drop,
    "incidents.commitment.reassign": lambda h: commitment.reassign(
        h.one(Commitment, state="open"), h.by, by=h.by, reason=h.text()
    ),
    "incidents.commitment.redraft": _redraft,
    "incidents.containment.carry_out": _carry_out,
    "incidents.containment.end": _on(ContainmentAction, containment.end),
    "incidents.containment.fail": _on(ContainmentAction, containment.fail, reason="reason"),
    "incidents.containment.plan": lambda h: containment.plan(
        h.one(Incident), by=h.by, scope=h.choice(ContainmentAction.Scope.values), text=h.text()
    ),
    "incidents.containment.prolong": _prolong,
    "incidents.containment.rule_out": _on(ContainmentAction, containment.rule_out, reason="reason"),
    "incidents.fact.change": _seen(Fact, fact.change, text=_words),
    "incidents.fact.confirm": _seen(
        Fact, fact.confirm, confirmation_kind=lambda h: Fact.Source.LOG, confirmation_source=_words
    ),
    "incidents.fact.report": _report,
    "incidents.fact.retract": _seen(Fact, fact.retract, reason=_words),
    "incidents.incident.contain": lambda h: incident.contain(about := h.one(Incident), by=about.commander),
    "incidents.incident.declare": lambda h: incident.declare(
        h.text("title"), h.one(Agent), h.choice(Harm.values), by=h.by
    ),
    "incidents.incident.describe": _describe,
    "incidents.incident.dismiss": lambda h: incident.dismiss(
        about := h.one(Incident), by=about.commander, dismissal="false", reason=h.text()
    ),
    "incidents.incident.open_incident": lambda h: incident.open_incident(about := h.one(Incident), by=about.commander),
    "incidents.incident.recover": lambda h: incident.recover(
        about := h.one(Incident), by=about.commander, restart_point=h.text()
    ),
    "incidents.incident.reopen": lambda h: incident.reopen(
        about := h.one(Incident), by=about.commander, reason=h.text()
    ),
    "incidents.plan.agree": _seen(StakeholderPlan, plan.agree),
    "incidents.plan.agree_alone": _seen(StakeholderPlan, plan.agree_alone),
    "incidents.plan.ask": lambda h: plan.ask(h.one(StakeholderPlan), h.text("question"), by=h.by),
    "incidents.plan.confirm_again": _seen(StakeholderPlan, plan.confirm_again),
    "incidents.plan.confirm_defaults": _confirm_defaults,
    "incidents.plan.decide": _decide,
    "incidents.plan.take_in": _on(Incident, plan.take_in),
    "incidents.inquiry.note": lambda h: inquiry.note(
        h.one(StakeholderPlan),
        by=h.by,
        asked_by=h.text("who asked"),
        channel="phone",
        question=h.text("question"),
    ),
    "incidents.inquiry.answer": lambda h: inquiry.answer(
        asked := h.one(Inquiry),
        by=h.by,
        seen_version=asked.version,
        words=h.text("answer"),
        answered_by=h.able,
    ),
    "incidents.message.begin": _on(StakeholderPlan, message.begin),
    "incidents.clock_start.record": _record_start,
    "incidents.clock_start.agree": _on(StartMove, clock_start.agree),
    "incidents.clock_start.agree_alone": _on(StartMove, clock_start.agree_alone),
    "incidents.clock_start.refuse": _on(StartMove, clock_start.refuse),
    "incidents.assessor.name": lambda h: assessor.name(
        (one := h.one(ReportingClock, state="to_assess")).incident,
        by=h.by,
        seen={one.pk: one.version},
        assessor=h.able,
        clocks=[one.pk],
    ),
    "incidents.legal_clock.assess": _seen(
        ReportingClock, legal_clock.assess, applies=lambda h: h.choice([True, False]), reason=_words
    ),
    "incidents.legal_clock.hold": _seen(
        ReportingClock,
        legal_clock.hold,
        held_from=lambda h: clock.now(),
        held_until=lambda h: h.later(),
        ground=_words,
    ),
    "incidents.legal_clock.look_again": _on(Incident, legal_clock.look_again),
    "incidents.legal_clock.submit": _seen(
        ReportingClock,
        legal_clock.submit,
        submitted_at=lambda h: clock.now(),
        reference=_words,
        submitted_by=lambda h: h.able,
    ),
    "incidents.legal_clock.take_back": _seen(ReportingClock, legal_clock.take_back, reason=_words),
    "incidents.telling.note": lambda h: telling.note(
        row := h.one(StakeholderPlan),
        by=h.by,
        told_at=clock.now(),
        told_by=h.able,
        channel="phone",
        whom=h.text("whom"),
        what=h.text("what"),
        evidence=h.text("evidence"),
        answers=list(row.questions.filter(answered_at=None)[:1]),
    ),
    "incidents.masthead.propose": lambda h: masthead.propose(
        "component_changed", {"name": h.text("name"), "description": ""}, h.one(Component), by=h.by
    ),
    "incidents.masthead.propose_component": lambda h: masthead.propose_component(h.text("name"), h.text(), by=h.by),
    "incidents.redaction.propose": _take_down,
    "incidents.redaction.propose_of_message": _take_down_message,
    "incidents.redaction.withdraw": _on(Redaction, redaction.withdraw),
    "incidents.roles.accept_command": lambda h: roles.accept_command(offer := h.one(Handover), by=offer.offered_to),
    "incidents.roles.decline_command": lambda h: roles.decline_command(offer := h.one(Handover), by=offer.offered_to),
    "incidents.roles.give_up_role": lambda h: roles.give_up_role(
        h.one(Incident), h.choice(RoleHeld.Role.values), by=h.by
    ),
    "incidents.roles.offer_command": lambda h: roles.offer_command(
        about := h.one(Incident), h.by, by=about.commander, briefing=h.text()
    ),
    "incidents.roles.take_over": _on(Incident, roles.take_over, reason="reason"),
    "incidents.roles.take_role": lambda h: roles.take_role(h.one(Incident), h.choice(RoleHeld.Role.values), by=h.by),
    "incidents.statement.begin": _begin,
    "incidents.statement.take_over": _seen(Statement, statement.take_over),
    "incidents.statement.discard": lambda h: statement.discard(h.draft, by=h.by),
    "incidents.schedule.consent": lambda h: schedule.consent(
        asked := h.one(Submission), by=h.by, seen_digest=asked.digest, publish_at=h.later()
    ),
    "incidents.schedule.cancel": _on(Submission, schedule.cancel),
    "incidents.template.add": lambda h: template.add(
        by=h.by, name=f"Template {h.number}", kind="update", body=h.text(), headline=h.text()
    ),
    "incidents.template.change": lambda h: template.change(
        row := h.one(StatementTemplate), by=h.by, seen_version=row.version, name=f"Template {h.number}"
    ),
    "incidents.template.retire": _on(StatementTemplate, template.retire),
    "incidents.template.restore": _on(StatementTemplate, template.restore),
    "incidents.mend.mend": _mend,
    "incidents.override.dismiss": _dismiss,
    "incidents.override.let_stand": _let_stand,
    "incidents.statement.edit": _edit,
    "incidents.submission.send_back": lambda h: submission.send_back(
        h.one(Submission), by=h.by, reason=h.text("reason"), comments={("headline", 0): h.text("comment")}
    ),
    "incidents.approval_policy.set_policy": lambda h: approval_policy.set_policy(
        by=h.by,
        seen_version=ApprovalPolicy.current().version,
        target_minutes=h.random.randint(1, 90),
        in_hours=[h.by],
        out_of_hours=[h.able],
    ),
    "incidents.submission.submit": lambda h: states.submit(h.draft, by=h.by),
    "incidents.submission.take_back": _on(Submission, submission.take_back),
    "incidents.timeline.note": lambda h: timeline.note(h.one(Incident), h.text(), by=h.by),
    "incidents.triage.leave_out": lambda h: triage.leave_out(
        entry := h.one(TriageEntry), by=entry.incident.commander, reason=h.text()
    ),
    "incidents.triage.reopen": _on(TriageEntry, triage.reopen, reason="reason"),
    "incidents.triage.tick": _on(TriageEntry, triage.tick, note="note"),
    "stakeholders.contacts.add": lambda h: contacts.add(
        h.one(StakeholderGroup), f"reader{h.number}@inside.example", by=h.by
    ),
    "stakeholders.contacts.add_one": lambda h: contacts.add_one(
        h.one(StakeholderGroup), by=h.by, name=h.text("name"), channel="phone", reach=h.text("number")
    ),
    "stakeholders.contacts.change": _seen(Contact, contacts.change, organisation=_text),
    "stakeholders.contacts.remove": _on(Contact, contacts.remove),
    "stakeholders.groups.add": lambda h: groups.add(by=h.by, name=f"Group {h.number}", needs=h.text("question")),
    "stakeholders.groups.bring_back": _on(StakeholderGroup, groups.bring_back),
    "stakeholders.groups.change": _seen(
        StakeholderGroup,
        groups.change,
        ready_answer=_text,
        note_dispute=_text,
        default_dispute=lambda h: h.choice(groups.CHOICES),
    ),
    "stakeholders.groups.move": lambda h: groups.move(h.one(StakeholderGroup), by=h.by, up=h.choice([True, False])),
    "stakeholders.groups.retire": _on(StakeholderGroup, groups.retire),
    "stakeholders.imports.carry_out": _import,
    "stakeholders.links.mint": lambda h: links.mint(h.one(Outgoing)),
    "stakeholders.outbox.queue": _queue,
    "stakeholders.outbox.retry": _on(Outgoing, outbox.retry),
    "stakeholders.outbox.supersede": lambda h: outbox.supersede(h.one(Outgoing).key[:8], h.text()),
    "stakeholders.rules.add": lambda h: rules.add(
        f"OWN-{h.number}".upper(),
        by=h.by,
        regime=h.text(),
        reference=h.text(),
        who=h.text(),
        recipient=h.text(),
        addressees=["authority"],
        starts=["aware"],
        length=24,
        unit="hours",
        sure_figures="high",
        sure_applies="high",
        checked_on=clock.now().date(),
        checked_by=h.text("counsel"),
        switch="always",
    ),
    "stakeholders.rules.revise": lambda h: rules.revise(
        row := h.one(ReportingRule, superseded_at=None), by=h.by, seen=row.stands_at, notes=h.text("notes")
    ),
    "stakeholders.rules.confirm_checked": lambda h: rules.confirm_checked(
        row := h.one(ReportingRule, superseded_at=None),
        by=h.by,
        seen=row.stands_at,
        checked_on=clock.now().date(),
        checked_by=h.text("counsel"),
    ),
    "stakeholders.rules.retire": lambda h: rules.retire(
        row := h.one(ReportingRule, superseded_at=None), by=h.by, seen=row.stands_at
    ),
    "stakeholders.rules.set_profile": lambda h: rules.set_profile(
        by=h.by,
        seen_version=Profile.current().version,
        countries=[h.choice(["DE", "US", "GB"])],
        has_personal_data=h.choice([True, False]),
    ),
    "stakeholders.outbox.take_back": lambda h: outbox.take_back(
        Outgoing.objects.filter(pk=h.one(Outgoing).pk), h.text()
    ),
}

# These make entries of the record, or move what the public is told by the clock: that is what they are for.
PUBLIC = {
    "accounts.setup.found", "incidents.founding.found", "incidents.masthead.found", "incidents.approval.approve",
    "incidents.approval.approve_alone", "incidents.approval.approve_founding",
    "incidents.approval.approve_in_emergency", "incidents.change.apply", "incidents.commitment.enter",
    "incidents.commitment.enter_missed", "incidents.commitment.miss", "incidents.commitment.publish_drafts",
    "incidents.evidence.accept", "incidents.evidence.report_done", "incidents.evidence.refuse", "incidents.names.apply",
    "incidents.promise.answer", "incidents.promise.make", "incidents.promise.miss", "incidents.record.enter",
    "incidents.redaction.confirm", "incidents.redaction.confirm_alone", "incidents.review.review",
    "incidents.schedule.take", "incidents.sweep.sweep",
}  # fmt: skip

# Parts of operations above, which take what those have locked and checked, and the steps of the sweep and the sender.
PARTS = {
    "accounts.password": "send_link",  # after the answer, in a thread; an account mail is never stored
    "accounts.second_step": "add_key rename_key remove", "accounts.setup": "issue_setup_token",
    "accounts.throttle": "take give_back take_sign_in",
    "incidents.alert": "promise containment", "incidents.alert_approval": "approval",
    "incidents.alert_review": "published review",
    "incidents.alert_inquiry": "inquiry",
    "incidents.alert_clock": "clock named", "incidents.clock_ladder": "plan supersede take", "incidents.reckon": "reckon",
    "incidents.steps": "plan skip settle", "incidents.duty": "ask_again",
    "incidents.legal_clock": "begin locked locked_incident require_living",
    "incidents.clearing": "clear", "incidents.rewriting": "rewrite",
    "incidents.commitment": "locked", "incidents.schedule": "give_up warn",
    "incidents.erasure": "erase",
    "incidents.notice": "step bounced new_owner amended disowned reported_done report_refused",
    "incidents.record": "lock_head", "incidents.questions": "answer choose keep",
    "incidents.reminder": "plan_commitment plan_next_week plan_promise plan_containment plan_review plan_submission "
    "plan_submission_again plan_inquiry supersede_inquiry "
    "supersede_commitment supersede_promise supersede_containment supersede_review supersede_submission take",
    "incidents.statement": "lock put touch version_of void_submission",
    "incidents.submission": "lock submit_change submit_masthead",
    "incidents.direct": "send", "incidents.plan": "begin locked require_living",
    "incidents.timeline": "enter", "incidents.triage": "begin",
    "stakeholders.erasing": "rewrite remove_files",
    "stakeholders.links": "open_link void_links", "stakeholders.sending": "begin_nothing_more drain claim deliver",
}  # fmt: skip

# These only ask.
QUESTIONS = {
    "accounts.second_step": "apps_time digits letters", "accounts.setup": "opens_setup",
    "accounts.throttle": "code_key again_key", "accounts.verify": "verify_log faults",
    "incidents.alert": "promise_key", "incidents.alert_approval": "approval_key incident_of",
    "incidents.alert_review": "review_key whom_to_ask",
    "incidents.alert_inquiry": "inquiry_key", "incidents.inquiry": "answered_within ready_answer",
    "incidents.alert_clock": "clock_key", "incidents.reckon": "dues",
    "incidents.legal_clock": "wrong_time", "incidents.duty": "not_looked_at owed owed_to against_leaving_out with_clocks",
    "incidents.approval": "body_of preview require_as_seen", "incidents.bearing": "missing mixed_up to_look_at without_zone",
    "incidents.template": "words label require_usable", "incidents.change": "possible put", "incidents.commitment": "missing",
    "incidents.checking": "case_of cases check is_of_an_empty_field known let_stand said_by",
    "incidents.commitment_words": "in_statement let_stand missing missing_in_change of_change of_commitment",
    "incidents.correction": "begins_at why owed unreviewed objected_to outstanding put_right_by messages_put_right_by "
    "outstanding_messages awaited corrected_by named_in group_of citing citing_entries citing_messages correction_owed told_in",
    "incidents.dossier": "of as_now of_statement of_change of_masthead commitments_of instant differences said warned_of",
    "incidents.direct": "audience missing owed plan looked_up got subject anew bare content mail draft written_at",
    "incidents.known": "of", "incidents.never_public": "names", "incidents.text_check": "check", "incidents.why": "missing",
    "incidents.fact": "as_seen",
    "incidents.guards": "look missing read warnings stage_refusal wording_trouble too_long says_it_is_over",
    "incidents.incident": "missing_to_open missing_to_contain missing_to_recover publications owes_public_update as_seen",
    "incidents.names": "public snapshot",
    "incidents.notice": "key verify_key owners_letter copy_letter standing team_of lead_of reader_of alias_of",
    "incidents.override": "require_somebody_else",
    "incidents.passages": "mended placed with_fix", "incidents.elsewhere": "approved in_entries in_messages inside look_through",
    "incidents.cells": "joined one_by_one quotes", "incidents.clearing": "copies_before copy_of_now",
    "incidents.rewriting": "tables is_done by_hand",
    "incidents.plan": "undecided",
    "incidents.decision": "may_confirm proposed of_default terms due said missing against_silence wanted_of as_it_stands "
    "difference label history",
    "incidents.places": "plan", "incidents.questions": "content", "incidents.redaction": "choosable label left",
    "incidents.replaced": "told last_correction at_hand content began_at last_of_corrections",
    "incidents.promise": "will_be_kept", "incidents.reminder": "keeps_hours zone_of_aliases",
    "incidents.start": "being_written from_template receivers require_kind require_something_to_correct require_stage "
    "unfinished words",
    "incidents.taken": "flat", "incidents.submission": "decided_sentence",
    "incidents.schedule": "lacks_state_now wants_state_now enter_from", "incidents.template_words": "read message",
    "incidents.triage": "of know stamps", "incidents.warning": "begin_refusal missing",
    "incidents.withheld": "in_order missing unknown",
    "incidents.verify": "first_fault taken_down_of_messages",
    "stakeholders.erasing": "in_hand", "stakeholders.links": "token_of", "stakeholders.outbox": "message_id not_left",
    "stakeholders.contacts": "as_seen locked require_in_use",
    "stakeholders.groups": "as_it_stands as_seen label", "stakeholders.imports": "look_through",
    "stakeholders.rule_guards": "label said missing missing_in_code missing_in_check",
}  # fmt: skip


def spelled(table: dict[str, str]) -> set[str]:
    return {f"{module}.{name}" for module, names in table.items() for name in names.split()}
