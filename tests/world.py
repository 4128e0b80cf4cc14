"""A small organisation in full swing: something in every state and at every address.

`MARK` stands in every text that only people inside may read, and in none that has been approved: the tests of the
public surface look for it. The objects are those whose addresses the tests of access go through.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client

import clock
from accounts.models import Organisation, Role, User
from accounts.operations import people, second_step, teams
from agents import operations as agents
from incidents import wording
from incidents.models import (
    Approval,
    Commitment,
    CommitmentChange,
    ContainmentAction,
    Fact,
    Incident,
    MastheadChange,
    Redaction,
    StakeholderPlan,
    Statement,
)
from incidents.operations import (
    allow_list,
    approval,
    approval_policy,
    assessor,
    change,
    clock_start,
    commitment,
    containment,
    evidence,
    fact,
    guards,
    incident,
    inquiry,
    legal_clock,
    masthead,
    override,
    places,
    plan,
    redaction,
    review,
    roles,
    schedule,
    statement,
    submission,
    telling,
    template,
    timeline,
    triage,
)
from incidents.operations.sweep import sweep
from stakeholders.models import Decision, Outgoing, StakeholderGroup, StartEvent
from stakeholders.operations import contacts, groups, links, rules
from tests import factories, states
from tests.accounts.two_step import passkey

MARK = "xqzkestrel"

CAST = {
    "ada": Role.COMMUNICATIONS_LEAD,
    "ben": Role.APPROVER,
    "cleo": Role.COMMANDER,
    "tom": Role.TECHNICAL_LEAD,
    "vic": Role.OBSERVER,
    "rosa": Role.RESPONDER,
    "max": Role.EXECUTIVE,
    "olga": Role.ADMINISTRATOR,
}


def marked(text: str) -> str:
    return f"{MARK} {text}"


def build(move: Any) -> SimpleNamespace:
    """Everything, made by calling operations. `move` sets the clock."""
    w = _people()
    _register(w)
    _templates(w)
    _legal_clocks(w)
    approval_policy.set_policy(
        by=w.olga, seen_version=0, target_minutes=60, in_hours=[w.ada, w.ben, w.cleo], out_of_hours=[w.ben]
    )
    w.draft = _declare(w, "a draft")
    w.dismissed = incident.dismiss(
        _declare(w, "nothing"), by=w.cleo, dismissal=Incident.Dismissal.FALSE, reason=marked("it was a drill")
    )
    w.quiet = _opened(w, "commanded elsewhere")
    _command(w)
    _decided(w)
    _clocks(w)
    _waiting_for_approval(w)
    _live(w)
    _in_emergency(w)
    _to_a_group(w)
    _recovered(w)
    _taken_down(w)
    _written_to(w)
    move(clock.now() + timedelta(minutes=50))
    sweep()
    _mail(w)
    w.sessions = {name: _session(getattr(w, name), marked(f"browser of {name}")) for name in CAST}
    return w


def _session(person: User, named: str) -> str:
    browser = Client()
    browser.force_login(person)
    session = browser.session
    session["browser"] = named
    session["confirmed_at"] = clock.now().isoformat()  # they have just given their password
    session.save()
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _people() -> SimpleNamespace:
    w = SimpleNamespace()
    for name, role in CAST.items():
        person = factories.UserFactory.create(
            name=marked(name.title()), email=f"{name}@{MARK}.example", roles=[role], time_zone="Europe/Berlin"
        )
        setattr(w, name, person)
    w.organisation = factories.OrganisationFactory.create()
    alone_until = clock.now() - timedelta(days=90)  # long over: somebody else came
    states.declare_alone(w.olga, at=alone_until, reason=marked("nobody else was here"))
    w.team = teams.form_team(
        marked("team"), f"team@{MARK}.example", w.tom, [w.rosa], by=w.olga, purpose=marked("looks after the assistant")
    )
    w.invitation = people.invite(f"guest@{MARK}.example", marked("Guest"), [Role.RESPONDER], by=w.olga)
    w.invitation_token = w.invitation.link.rstrip("/").rpartition("/")[2]
    w.gone = factories.UserFactory.create(name=marked("Gone"), email=f"gone@{MARK}.example")
    people.deactivate(w.gone, by=w.olga)
    second_step.add_key(w.rosa, marked("key"), passkey(), by=w.rosa, keep="")
    w.key = Authenticator.objects.get(user=w.rosa, type=Authenticator.Type.WEBAUTHN)
    return w


def _templates(w: SimpleNamespace) -> None:
    """One in use and one retired, in words that nobody has approved."""
    w.template = template.add(name=marked("template"), kind="holding", **_of_kind("holding"), by=w.ada)
    w.retired = template.retire(
        template.add(name=marked("retired"), kind="resolution", **_of_kind("resolution"), by=w.ada), by=w.ada
    )


def _legal_clocks(w: SimpleNamespace) -> None:
    """A profile, a rule of the operator's own and its first version."""
    told: dict[str, Any] = {
        "countries": ["DE", "US"],
        "roles": ["controller", "ai_deployer"],
        "has_personal_data": True,
    }
    rules.set_profile(by=w.cleo, seen_version=0, **told)
    words = ("regime", "reference", "who", "recipient", "starts_words", "counting", "checked_by", "notes")
    first = rules.add(
        "CONTRACT-WORLD", by=w.ada, addressees=["party"], starts=["aware"], length=24, unit="hours",
        sure_figures="high", sure_applies="high",
        checked_on=clock.now().date(), switch="always", **{name: marked(name.replace("_", " ")) for name in words},
    )  # fmt: skip
    w.rule = rules.revise(first, by=w.ada, seen=first.stands_at, length=48)


def _of_kind(kind: str) -> dict[str, str]:
    """A text for each part that a statement of this kind has."""
    return {name: marked(name.replace("_", " ")) for name in wording.texts_of(kind)}


def _register(w: SimpleNamespace) -> None:
    """Two components: one that the public knows, and one whose name waits for approval."""
    w.component = agents.add_component(public_name="Support replies", description="Answers by email", by=w.olga)
    masthead.found(Organisation.objects.get(pk=1), by=w.olga)
    allow_list.clear("jira.northwind.example", by=w.olga, reason=marked("our public tracker"))
    w.group = StakeholderGroup.objects.get(slug="affected-users")
    contacts.add(w.group, f"{marked('Reader')} <reader@{MARK}.example>", by=w.ada)
    groups.change(w.group, by=w.ada, seen_version=1, note_dispute=marked("note"), ready_answer=marked("answer"))
    noted: dict[str, Any] = {"organisation": marked("firm"), "reach": marked("telephone")}
    w.contact = contacts.change(w.group.contacts.get(), by=w.ada, seen_version=1, **noted)
    insurers = groups.add(by=w.ada, name=marked("Insurers"), needs=marked("Is it covered?"))
    w.gone_contact = contacts.add_one(
        insurers, by=w.ada, channel="phone", reach=marked("number"), name=marked("Broker")
    )
    contacts.remove(w.gone_contact, by=w.ada)
    w.retired_group = groups.retire(insurers, by=w.ada)
    w.agent = agents.add_agent(
        public_name=marked("assistant"),
        internal_name=marked("support-agent-7"),
        owner=w.tom,
        deputy=w.rosa,
        team=w.team,
        component=w.component,
        by=w.olga,
    )
    w.unnamed = agents.add_component(public_name=marked("secret pilot"), description=marked("a pilot"), by=w.olga)
    content = {"name": w.unnamed.public_name, "description": w.unnamed.description}
    proposed = masthead.propose(MastheadChange.Kind.COMPONENT_ADDED, content, w.unnamed, by=w.olga)
    w.names = proposed.submissions.get()


def _declare(w: SimpleNamespace, what: str) -> Incident:
    return states.declare(w.agent, by=w.cleo, title=marked(what))


def _opened(w: SimpleNamespace, what: str) -> Incident:
    return states.open_up(_declare(w, what), by=w.cleo, communications=w.ada, technical=w.tom)


def _ready(w: SimpleNamespace, what: str) -> Incident:
    """Opened, with the four questions answered and a containment in force, all in marked words."""
    told = _opened(w, what)
    for question in Fact.Question.values:
        said = _report(w, told, question)
        fact.confirm(
            said,
            by=w.tom,
            seen_version=said.version,
            confirmation_kind=Fact.Source.LOG,
            confirmation_source=marked("relay log"),
        )
    action = containment.plan(told, by=w.tom, scope=ContainmentAction.Scope.PROCESS, text=marked("letters wait"))
    containment.carry_out(action, by=w.tom, ends_when=marked("checked"), review_at=clock.now() + timedelta(hours=1))
    return states.fresh(told)


def _report(w: SimpleNamespace, told: Incident, question: str) -> Fact:
    return fact.report(
        told,
        by=w.rosa,
        question=question,
        text=marked("a fact"),
        source_kind=Fact.Source.LOG,
        source=marked("run log"),
        observed_at=clock.now(),
        is_cause=question == Fact.Question.CIRCUMSTANCES,
    )


def _command(w: SimpleNamespace) -> None:
    """In the incident that nobody has spoken about: a planned step, facts in each state, an offer that waits."""
    w.action = containment.plan(w.quiet, by=w.tom, scope=ContainmentAction.Scope.TOOL, text=marked("one tool"))
    failed = containment.plan(w.quiet, by=w.tom, scope=ContainmentAction.Scope.RUN, text=marked("one run"))
    containment.fail(failed, by=w.tom, reason=marked("it did not hold"))
    w.in_force = containment.plan(w.quiet, by=w.tom, scope=ContainmentAction.Scope.PROCESS, text=marked("letters"))
    w.in_force = containment.carry_out(
        w.in_force, by=w.tom, ends_when=marked("checked"), review_at=clock.now() + timedelta(hours=1)
    )
    w.fact = _report(w, w.quiet, Fact.Question.AGENT_DID)
    wrong = _report(w, w.quiet, Fact.Question.EXPERIENCED)
    fact.retract(wrong, by=w.tom, seen_version=wrong.version, reason=marked("a second account was found"))
    timeline.note(w.quiet, marked("a note"), by=w.tom)
    w.step, w.ticked, w.left_out = (w.quiet.triage.get(step=step) for step in ("evidence", "reach", "checkpoint"))
    triage.tick(w.ticked, by=w.tom, note=marked("where it lies"))
    triage.leave_out(w.left_out, by=w.cleo, reason=marked("does not apply"))
    w.taken = _opened(w, "taken over")
    roles.take_over(w.taken, by=factories.UserFactory.create(roles=[Role.COMMANDER]), reason=marked("nobody answers"))
    w.handover = roles.offer_command(w.quiet, w.tom, by=w.cleo, briefing=marked("briefing"))


def _decided(w: SimpleNamespace) -> None:
    """For whom was decided what, in marked words: only if asked, undecided, left out by one person, by two, and once more."""
    rows = {one.group.slug: one for one in w.quiet.plans.select_related("group", "incident")}
    w.plan, w.silent, agreed = rows["journalists"], rows["employees"], rows["partners"]
    w.plan = plan.decide(
        w.plan, by=w.ada, seen_version=w.plan.version, decision=Decision.IF_ASKED, ready_answer=marked("we say"),
        answer_within=60, owner=w.tom,
    )  # fmt: skip
    plan.ask(w.plan, marked("was anybody hurt"), by=w.ada)
    left_out = {"reason": marked("they are not told"), "review_at": clock.now() + timedelta(days=1)}
    w.silent, w.agreed = (
        plan.decide(one, by=w.ada, seen_version=one.version, decision=Decision.NOT_TOLD, **left_out)
        for one in (w.silent, agreed)
    )
    telling.note(
        w.plan, by=w.ada, told_at=clock.now(), told_by=w.tom, channel="phone", whom=marked("a desk"),
        what=marked("what we know"), evidence=marked("call log"), answers=[w.plan.questions.latest("pk")],
    )  # fmt: skip
    asked: dict[str, Any] = {"asked_by": marked("a reporter"), "channel": "phone"}
    w.inquiry, w.answered = (
        inquiry.note(w.plan, by=w.tom, question=marked(words), **asked) for words in ("how many", "since when")
    )
    said = {"words": marked("none so far"), "answered_by": w.ada}
    w.answered = inquiry.answer(w.answered, by=w.ada, seen_version=w.answered.version, **said)
    w.agreed = plan.agree(w.agreed, by=w.ben, seen_version=w.agreed.version)
    w.undecided = StakeholderPlan.objects.create(
        incident=w.quiet,
        group=StakeholderGroup.objects.create(
            slug="others", name=marked("others"), needs=marked("are we next"), relationship=marked("neighbours"),
            influence="low", interest="low", channel=marked("by call"), tone=marked("calm"), timing=marked("soon"),
        ),
        created_at=clock.now(),
    )  # fmt: skip


def _clocks(w: SimpleNamespace) -> None:
    """Of the incident that nobody has spoken about: clocks in each state, what started them, and a later time that waits."""
    found = {one.code: one for one in w.quiet.clocks.select_related("incident", "rule")}
    w.clock, w.own_clock, none, held, filed = (
        found[code] for code in ("GDPR-33", "AIA-26-5", "GDPR-34", "CONTRACT-WORLD", "CA-1798")
    )
    waiting = {"held_from": clock.now(), "held_until": clock.now() + timedelta(days=2), "by": w.ada, "seen_version": 1}
    w.no_clock = legal_clock.assess(none, by=w.ada, seen_version=1, applies=False, reason=marked("no people"))
    w.held_clock = legal_clock.hold(held, ground=marked("letter of the police"), **waiting)
    filed = legal_clock.hold(filed, ground=marked("police ask to wait"), **waiting)
    filed = legal_clock.assess(filed, by=w.ada, seen_version=2, applies=True, reason=marked("people of California"))
    w.filed_clock = legal_clock.submit(
        filed, by=w.ada, seen_version=3, submitted_at=clock.now(), reference=marked("receipt"), submitted_by=w.ada
    )
    for version, person in enumerate((w.ben, w.cleo), 1):
        given = {one.pk: version for one in (w.clock, w.own_clock)}
        assessor.name(w.quiet, by=w.ada, seen=given, assessor=person, clocks=list(given))
    for one in (w.clock, w.own_clock):
        one.refresh_from_db()
    _started(w, clock_start.Event(w.quiet, StartEvent.AWARE), minutes=10)
    about = clock_start.Event(w.quiet, StartEvent.OWN, w.own_clock)
    clock_start.agree(_started(w, about, minutes=10) and _started(w, about, minutes=5), by=w.ben)
    w.move = _started(w, about, minutes=0)


def _started(w: SimpleNamespace, about: clock_start.Event, *, minutes: int) -> Any:
    """That it happened so many minutes ago: recorded, or where that is later than before, proposed."""
    seen, at = about.current.pk if about.current else 0, clock.now() - timedelta(minutes=minutes)
    said = {"evidence": marked(f"call log {minutes}"), "reason": marked(f"a rumour until {minutes}")}
    return clock_start.record(about, by=w.ada, seen=seen, at=at, **said)


def _internal_words() -> dict[str, Any]:
    """Words that nobody has approved, with a promise that is still ahead when the world is looked at."""
    names = (*Statement.PUBLIC_TEXTS, "disclosure_note")
    said = {name: marked(name.replace("_", " ")) for name in names}
    said["acknowledgement"] = f"We know that our assistant sent {marked('acknowledgement')}."
    said["investigating"] = f"We are investigating {marked('what was sent')}."
    return said | {"withheld": ["privacy"], "next_update_at": clock.now() + timedelta(hours=3)}


def _waiting_for_approval(w: SimpleNamespace) -> None:
    told = _ready(w, "waits for approval")
    w.submission = states.submit(states.write(told, "holding", by=w.ada, **_internal_words()), by=w.ada)
    timed = _ready(w, "goes out at a time")
    w.scheduled = states.submit(states.write(timed, "holding", by=w.ada, **_internal_words()), by=w.ada)
    for _ in range(2):  # the first one was cancelled
        if w.scheduled.schedules.waiting().exists():
            schedule.cancel(w.scheduled, by=w.ada)
        at = clock.now() + timedelta(hours=2)
        schedule.consent(w.scheduled, by=w.ben, seen_digest=w.scheduled.digest, publish_at=at)
    other = _ready(w, "was returned")
    returned = states.submit(states.write(other, "holding", by=w.ada, **_internal_words()), by=w.ada)
    submission.send_back(returned, by=w.ben, reason=marked("shorter please"), comments={
        ("headline", 0): marked("say how many"), ("body", 1): marked("since when"),
    })  # fmt: skip
    w.stopped = _stopped(w, returned.statement)


def _stopped(w: SimpleNamespace, draft: Any) -> Statement:
    """Two findings stop it: one that the commander answers for, and one that nobody does. A third has better words."""
    mailbox = f"box@{MARK}.example"
    draft = statement.edit(
        states.fresh(draft), by=w.ada, seen_version=states.fresh(draft).version, body=f"Write to {mailbox}.",
        affected="Only a small number of customers.", what_to_do="The LLM waits.",
    )  # fmt: skip
    start = next(one.finding.start for one in guards.look(draft).checked.stopping if one.finding.rule == "PII")
    override.let_stand(
        draft, "PII", start, by=w.cleo, seen_version=draft.version, reason=marked("nobody else reads it")
    )
    return states.fresh(draft)


def _promise_in(w: SimpleNamespace, told: Incident) -> Commitment:
    return states.promise(told, writer=w.ada, approver=w.ben, owner=w.tom, due_at=clock.now() + timedelta(days=10))


def _live(w: SimpleNamespace) -> None:
    """Public, with commitments in several states, and a next draft that nobody outside may read."""
    w.live = _ready(w, "is public")
    affected = w.live.plans.select_related("group", "incident").get(group__slug="affected-users")
    asked = [plan.ask(affected, marked(text), by=w.ada).pk for text in ("did it reach me", "will it come again")]
    w.approval = states.publish(
        w.live, "holding", writer=w.ada, approver=w.ben, disclosure_note=marked("left out"), answers=asked[:1]
    )
    w.commitment = _promise_in(w, w.live)
    evidence_given = _promise_in(w, w.live)
    w.evidence = evidence.report_done(evidence_given, by=w.tom, text=marked("it is done"), dated_at=clock.now())
    refused = _promise_in(w, w.live)
    given = evidence.report_done(refused, by=w.tom, text=marked("is it done"), dated_at=clock.now())
    evidence.refuse(given, by=w.ben, reason=marked("no, it is not"))
    disowned = _promise_in(w, w.live)
    commitment.disown(disowned, by=w.tom, reason=marked("not mine"))
    changed = _promise_in(w, w.live)
    w.change = change.propose(
        changed,
        CommitmentChange.Kind.AMENDMENT,
        by=w.tom,
        public_reason=marked("a reason nobody has approved"),
        new_text=marked("words nobody has approved"),
        new_due_at=clock.now() + timedelta(days=20),
    )
    _amended(w, _promise_in(w, w.live))
    draft = statement.begin(w.live, Statement.Kind.UPDATE, by=w.ada)
    cited = w.live.facts.confirmed()
    draft = statement.edit(
        draft, by=w.ada, seen_version=draft.version, cites=cited, rests={cited[0].pk: [marked("body")]},
        answers=asked[1:], **_internal_words(),
    )  # fmt: skip
    w.commitment_draft = commitment.draft(
        draft,
        by=w.ada,
        seen_version=draft.version,
        text=marked("a promise nobody has approved"),
        public_owner=marked("an owner nobody has approved"),
        owner=w.tom,
        due_at=clock.now() + timedelta(days=5),
        verification=marked("a check nobody has approved"),
    )
    w.statement = states.fresh(draft)


def _amended(w: SimpleNamespace, made: Commitment) -> None:
    """In words that have been approved, so that the public reads them."""
    changed = change.propose(
        made,
        CommitmentChange.Kind.AMENDMENT,
        by=w.tom,
        public_reason="The supplier needs three more days.",
        new_text="Every refund letter over 100 euros is released by a person.",
        new_due_at=clock.now() + timedelta(days=13),
    )
    asked = changed.submissions.get()
    approval.approve(asked, by=w.ben, seen_digest=asked.digest)


def _in_emergency(w: SimpleNamespace) -> None:
    """Two: one that nobody has reviewed, and one with a finding."""
    w.emergency = _emergency(w, "could not wait")
    w.reviewed = review.review(
        _emergency(w, "was reviewed"), by=w.ben, verdict="approves", finding=marked("a word too many")
    )


def _to_a_group(w: SimpleNamespace) -> None:
    """Two direct messages in approved words, and one of them has words that somebody is asked to take down."""
    about = w.reviewed.approval.incident
    w.to_group, other = (
        states.send(
            states.write_to(w.group, about, by=w.ada, disclosure_note=marked("left out")), writer=w.ada, approver=w.ben
        )
        for _ in range(2)
    )
    w.redaction_of_message = redaction.propose_of_message(
        other, ["what_to_do"], by=w.ada, reason="secret", note=marked("it is one")
    )


def _emergency(w: SimpleNamespace, what: str) -> Approval:
    told = _ready(w, what)
    asked = states.submit(states.write(told, "holding", by=w.ada, disclosure_note=marked("left out")), by=w.ada)
    return approval.approve_in_emergency(
        asked, by=w.cleo, seen_digest=asked.digest, reason=marked("nobody else is awake")
    )


def _recovered(w: SimpleNamespace) -> None:
    told = _ready(w, "is over")
    triage.tick(told.triage.get(step="evidence"), by=w.tom, note=marked("where it lies"))
    states.publish(told, "holding", writer=w.ada, approver=w.ben, disclosure_note=marked("left out"))
    told = incident.contain(told, by=w.cleo)
    told = incident.recover(told, by=w.cleo, restart_point=marked("the state of this morning"))
    over = states.publish(told, "resolution", writer=w.ada, approver=w.ben, disclosure_note=marked("left out"))
    w.recovered = states.fresh(told)
    w.correction = states.correct(over.entry, writer=w.ada, approver=w.ben, disclosure_note=marked("left out"))
    w.post_mortem = statement.begin(states.fresh(told), Statement.Kind.POST_MORTEM, by=w.ada)
    answers = {field: text for field, text in _internal_words().items() if field != "next_update_at"}
    statement.edit(w.post_mortem, by=w.ada, seen_version=1, **answers)


def _taken_down(w: SimpleNamespace) -> None:
    """Words that were taken down, words that stay, and words that somebody is asked to take down."""
    gone = _to_take_down(w.correction, "what_to_do", by=w.ada)
    redaction.confirm(gone, by=w.ben, seen=places.plan(gone).seen)
    redaction.withdraw(_to_take_down(w.correction, "affected", by=w.ada), by=w.ada)
    w.redaction = _to_take_down(w.emergency, "what_to_do", by=w.ada)


def _to_take_down(published: Approval, field: str, *, by: User) -> Redaction:
    number = published.entry.number
    return redaction.propose(published.entry, {number: [field]}, by=by, reason="secret", note=marked("it is one"))


def _written_to(w: SimpleNamespace) -> None:
    """Two groups of people who were told by mail what is not so: of one nobody knows yet, a correction to the other waits."""
    w.message = _told_wrongly(w, "wrote to a group")
    corrected = states.correct_to(
        _told_wrongly(w, "corrects what it wrote"), by=w.ada, disclosure_note=marked("left out")
    )
    w.mailed = states.submit(corrected, by=w.ada)


def _told_wrongly(w: SimpleNamespace, what: str) -> Approval:
    about = _ready(w, what)
    draft = states.write_to(w.group, about, by=w.ada, disclosure_note=marked("left out"))
    message = states.send(draft, writer=w.ada, approver=w.ben)
    wrong = draft.facts.earliest("pk")
    fact.retract(wrong, by=w.tom, seen_version=wrong.version, reason=marked("another list was meant"))
    return message


def _mail(w: SimpleNamespace) -> None:
    w.outgoing = factories.OutgoingFactory.create(
        to_user=w.tom,
        state=Outgoing.State.FAILED,
        outcome=marked("the server said no"),
        subject=marked("subject"),
        text=marked("text"),
        html=marked("html"),
        reason=marked("reason"),
    )
    linked = Outgoing.objects.exclude(link_purpose="").filter(link_subject=w.commitment.public_id).latest("pk")
    w.token = links.mint(linked)
