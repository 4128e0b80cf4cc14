"""Everything that somebody can try with words that everybody or one group will read, and what has to be so afterwards.

Each word that is typed is one of a kind (`Desk.word`), so that wherever it turns up, it is known who let it out. `Desk` keeps
its own books of who wrote what and who consented to what, and `check` holds the program to them: it asks no permission of
the program and trusts no column that says who approved.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

from django.db import transaction

import clock
from accounts import chain
from accounts.models import LogEntry, Organisation, Role, RoleGrant, User
from agents import operations as agents
from agents.models import Agent, Component
from incidents import markdown
from incidents.models import (
    FACTS_GATE,
    Approval,
    Commitment,
    EmergencyReview,
    Evidence,
    Fact,
    Incident,
    MastheadChange,
    RecordEntry,
    Redaction,
    Statement,
    StatementTemplate,
    Submission,
)
from incidents.operations import (
    approval,
    change,
    commitment,
    direct,
    evidence,
    fact,
    masthead,
    override,
    places,
    redaction,
    review,
    roles,
    schedule,
    statement,
    submission,
    template,
    verify,
)
from incidents.operations.sweep import sweep
from incidents.wording import texts_of
from refusals import Refused
from stakeholders.models import Outgoing, StakeholderGroup
from stakeholders.operations import contacts
from statuspage import source
from statuspage.edition import build
from statuspage.fold import extend
from statuspage.record import PublicRecord
from tests import states

WORD = re.compile(r"zoq[bcdfghjklmnprstvwxz]+a", re.IGNORECASE)  # as `Desk.word` makes them
LETTERS = "bcdfghjklmnprstvwxz"
APPROVERS = {Role.APPROVER, Role.COMMANDER, Role.COMMUNICATIONS_LEAD}
IN_EMERGENCY = {"holding", "warning", "update"}
PARTS_OF_A_COMMITMENT = ("text", "public_owner", "verification")


@dataclass(frozen=True)
class Consent:
    """What somebody let out: the words they were shown, who had written them, and by which right."""

    by: int
    basis: str
    shown: dict[str, Any]
    authors: frozenset[int]
    had: frozenset[str]
    commanded: bool
    alone: bool
    letter: dict[str, str] = field(default_factory=dict)
    receivers: frozenset[str] = frozenset()


def words_in(what: Any) -> set[str]:
    return {found.lower() for found in WORD.findall(what if isinstance(what, str) else repr(what))}


def texts_shown(shown: dict[str, Any]) -> dict[str, str]:
    """Every text of what was shown for approval, by the name that the approval gives it."""
    names = ("headline", "body", "affected", "what_to_do", "new_text", "public_reason")
    found = {name: shown.get(name, "") for name in names}
    for made in shown.get("commitments", ()):
        found |= {f"commitment.{made['id']}.{part}": made[part] for part in PARTS_OF_A_COMMITMENT}
    found |= {f"masthead.{name}": text for name, text in shown.get("texts", {}).items()}
    return {name: text for name, text in found.items() if text}


class Books:
    """Who wrote and who consented, as the desk saw it happen."""

    def __init__(self) -> None:
        self.authors: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        self.consents: dict[int, Consent] = {}  # by approval
        self.timed: dict[int, Consent] = {}  # by submission
        self.taken_down: dict[int, int] = {}  # by redaction, who did it
        for given in Approval.objects.all():  # what the incident begins with
            shown = given.submission.content
            self.consents[given.pk] = Consent(
                given.approved_by_id, given.basis, shown, frozenset(), frozenset(APPROVERS), True, False,
                *letter_of(given.submission, shown),
            )  # fmt: skip

    def copied(self) -> "Books":
        kept = copy(self)
        kept.authors = defaultdict(set, {key: set(found) for key, found in self.authors.items()})
        kept.consents, kept.timed, kept.taken_down = dict(self.consents), dict(self.timed), dict(self.taken_down)
        return kept


def letter_of(asked: Submission, shown: dict[str, Any]) -> tuple[dict[str, str], frozenset[str]]:
    """The mail of a direct message as it is shown before it is approved, and everybody who would get it."""
    about = asked.statement
    if about is None or about.is_public:
        return {}, frozenset()
    letter: dict[str, Any] = dict(direct.mail(about, shown).letter.message())
    sent = {key: letter[key] for key in ("subject", "text", "html")}
    if shown.get("corrects_messages"):
        keys = [one["id"] for one in shown["corrects_messages"]]
        got = {
            address for key in keys
            for address in Outgoing.objects.filter(key__startswith=f"direct:{key}:").values_list("to_address", flat=True)
        }  # fmt: skip
        return sent, frozenset(one.lower() for one in got)
    assert about.group
    return sent, frozenset(one.address.lower() for one in about.group.contacts.by_email())


def author_key(asked: Submission) -> tuple[str, int]:
    """What the books file its authors under."""
    if asked.statement_id:
        return "statement", asked.statement_id
    return ("change", asked.change_id) if asked.change_id else ("masthead", asked.masthead_id or 0)


class Desk:
    """One incident, its people, and all that they may try. A refusal is an answer too."""

    def __init__(self, incident: Incident, cast: SimpleNamespace, move: Callable[..., None]) -> None:
        self.incident, self.cast, self.move = incident, cast, move
        self.now, self.books = clock.now(), Books()
        self.spoken = 0
        self.happened: Counter[str] = Counter()
        self.refusals: list[str] = []
        self.random = Random(0)

    # Finding things

    def word(self) -> str:
        """A word that was never typed before."""
        self.spoken += 1
        number, letters = self.spoken + len(LETTERS), ""
        while number:
            number, digit = divmod(number, len(LETTERS))
            letters = LETTERS[digit] + letters
        return f"Zoq{letters}a"

    def said(self, text: str) -> str:
        return f"{text.removesuffix('.')}, {self.word()}."

    def one(self, found: Any) -> Any:
        """Any of them; IndexError where there is none."""
        return self.random.choice(list(found))

    def draft(self) -> Statement:
        return self.one(self.incident.statements.unpublished().order_by("pk"))

    def asked(self) -> Submission:
        """What waits; otherwise what was decided last, which is an answer too."""
        waiting = list(Submission.objects.waiting().order_by("pk"))
        return self.one(waiting or Submission.objects.order_by("-pk")[:1])

    def wrote(self, kind: str, row: Any, by: User) -> None:
        self.books.authors[kind, row.pk].add(by.pk)

    # Statements of every kind

    def begin(self, by: User, kind: str = "") -> None:
        kind = kind or self.one(Statement.Kind.values)
        more: dict[str, Any] = {}
        if kind == "correction":
            more["corrects"] = self.one(RecordEntry.objects.publications().filter(incident=self.incident))
        if kind == "direct":
            sent = list(Approval.objects.messages().filter(incident=self.incident))
            wrong = self.one([None, *sent])
            more |= (
                {"corrects_message": wrong} if wrong else {"group": StakeholderGroup.objects.get(slug="affected-users")}
            )
        fitting = list(StatementTemplate.objects.active().filter(kind=kind))
        if fitting and self.random.random() < 0.5:
            more["template"] = self.one(fitting)
        begun = statement.begin(self.incident, kind, by=by, **more)
        self.wrote("statement", begun, by)
        self._fill(begun, by)

    def _fill(self, begun: Statement, by: User) -> None:
        """All that this kind has to say; where a template said something, half of it stays."""
        told = states.words(self.incident, begun.kind)
        parts = texts_of(begun.kind)
        stands = [name for name in parts if getattr(begun, name) and "[" not in getattr(begun, name)]
        kept = [name for name in stands if self.random.random() < 0.5]
        texts: dict[str, Any] = {name: self.said(told.get(name) or "We say so") for name in parts if name not in kept}
        if begun.kind == "correction":
            texts["acknowledgement"] = self.said("We wrote that the letters named an order. That was our guess")
        same = ("disclosure_note", "withheld", "component_states", "impact", "public_status")
        rest = {name: told[name] for name in same}
        if begun.kind not in ("direct", "resolution", "post_mortem"):
            rest["next_update_at"] = told["next_update_at"]
        cites = list(self.incident.facts.confirmed())
        statement.edit(begun, by=by, seen_version=begun.version, cites=cites, **texts, **rest)

    def begin_holding(self, by: User) -> None:
        self.begin(by, "holding")

    def begin_update(self, by: User) -> None:
        self.begin(by, "update")

    def begin_warning(self, by: User) -> None:
        self.begin(by, "warning")

    def begin_correction(self, by: User) -> None:
        self.begin(by, "correction")

    def begin_resolution(self, by: User) -> None:
        self.begin(by, "resolution")

    def begin_post_mortem(self, by: User) -> None:
        self.begin(by, "post_mortem")

    def begin_message(self, by: User) -> None:
        self.begin(by, "direct")

    def edit(self, by: User) -> None:
        found = self.draft()
        name = self.one(texts_of(found.kind))
        text: dict[str, Any] = {name: self.said(states.words(self.incident, found.kind).get(name) or "We say so")}
        statement.edit(found, by=by, seen_version=found.version, **text)
        self.wrote("statement", found, by)

    def take_over(self, by: User) -> None:
        found = self.draft()
        statement.take_over(found, by=by, seen_version=found.version)
        self.wrote("statement", found, by)

    def release(self, by: User) -> None:
        """The commander says why people are warned before the facts are known."""
        found = self.one(self.incident.statements.unpublished().filter(kind="warning"))
        why = f"Letters still go out, {self.word()}."
        override.let_stand(found, FACTS_GATE, 0, by=by, seen_version=found.version, reason=why)

    def submit(self, by: User) -> None:
        states.submit(self.draft(), by=by)

    def discard(self, by: User) -> None:
        statement.discard(self.draft(), by=by)

    def take_back(self, by: User) -> None:
        submission.take_back(self.asked(), by=by)

    def send_back(self, by: User) -> None:
        submission.send_back(self.asked(), by=by, reason=f"No, {self.word()}.")

    # Consent

    def _consent(self, asked: Submission, by: User, basis: str) -> Consent:
        person = User.objects.get(pk=by.pk)
        approvers = User.objects.with_role(*APPROVERS).exclude(pk=by.pk)
        shown = deepcopy(asked.content)
        return Consent(
            by.pk, basis, shown, frozenset(self.books.authors[author_key(asked)]),
            frozenset(role for role in Role if person.is_active and person.has_role(role)),
            self.incident.commander == by, bool(Organisation.objects.get().solo_declared_by_id) and not approvers,
            *letter_of(asked, shown),
        )  # fmt: skip

    def _through(self, basis: str, door: Callable[..., Approval], by: User, **more: Any) -> None:
        asked = self.asked()
        before = asked.outcome
        consent = self._consent(asked, by, basis)
        given = door(asked, by=by, **({"seen_digest": asked.digest} | more))
        if before == Submission.Outcome.WAITING:  # a second click gives what there was
            self.books.consents[given.pk] = consent

    def approve(self, by: User) -> None:
        self._through("second_person", approval.approve, by)

    def approve_blindly(self, by: User) -> None:
        self._through("second_person", approval.approve, by, seen_digest="0" * 64)

    def emergency(self, by: User) -> None:
        self._through("emergency", approval.approve_in_emergency, by, reason=f"It cannot wait, {self.word()}.")

    def emergency_without_a_word(self, by: User) -> None:
        self._through("emergency", approval.approve_in_emergency, by, reason=" ")

    def alone(self, by: User) -> None:
        self._through("solo", approval.approve_alone, by)

    def found_again(self, by: User) -> None:
        """By the door that is there for the set-up alone."""
        self._through("founding", lambda asked, by, seen_digest: approval.approve_founding(asked, by=by), by)

    def schedule(self, by: User) -> None:
        asked = self.asked()
        consent = self._consent(asked, by, "")
        at = clock.now() + timedelta(minutes=2)
        made = schedule.consent(asked, by=by, seen_digest=asked.digest, publish_at=at)
        self.books.timed[asked.pk] = Consent(**(vars(consent) | {"basis": made.basis}))

    def cancel(self, by: User) -> None:
        asked = self.asked()
        schedule.cancel(asked, by=by)
        del self.books.timed[asked.pk]

    def let_time_pass(self, _by: User, minutes: int = 3) -> None:
        """Whoever does it: the clock takes what is due."""
        self.now += timedelta(minutes=minutes)
        self.move(self.now)
        sweep()
        for given in Approval.objects.exclude(pk__in=self.books.consents).select_related("submission"):
            self.books.consents[given.pk] = self.books.timed.pop(given.submission_id)  # KeyError: nobody consented

    def let_days_pass(self, by: User) -> None:
        self.let_time_pass(by, minutes=60 * 24 * 4)

    def review(self, by: User) -> None:
        published = self.one(Approval.objects.filter(basis="emergency"))
        verdict = self.one(EmergencyReview.Verdict.values)
        review.review(published, by=by, verdict=verdict, finding=f"As I see it: {self.word()}.")

    # Commitments and their changes

    def draft_commitment(self, by: User) -> None:
        found = self.draft()
        commitment.draft(
            found, by=by, seen_version=found.version, text=self.said("A person releases every letter before it leaves"),
            public_owner=f"Support team {self.word()}", owner=self.cast.tom, due_at=clock.now() + timedelta(days=5),
            verification=self.said("Each letter carries the name of the person who released it"),
        )  # fmt: skip
        self.wrote("statement", found, by)

    def redraft_commitment(self, by: User) -> None:
        made = self.one(Commitment.objects.filter(state="draft"))
        text = self.said("A person releases every second letter before it leaves")
        commitment.redraft(made, by=by, seen_version=made.statement.version, text=text)
        self.wrote("statement", made.statement, by)

    def drop_commitment(self, by: User) -> None:
        made = self.one(Commitment.objects.filter(state="draft"))
        commitment.drop(made, by=by, seen_version=made.statement.version)
        self.wrote("statement", made.statement, by)

    def change_commitment(self, by: User) -> None:
        made = self.one(Commitment.objects.filter(state__in=["open", "missed"]))
        kind = self.one(change.possible(made, clock.now()))
        new: dict[str, Any] = (
            {"new_text": self.said("A person releases every third letter before it leaves")}
            if kind == "amendment"
            else {}
        )
        proposed = change.propose(made, kind, by=by, public_reason=self.said("The printer is broken"), **new)
        self.wrote("change", proposed, by)

    def report_done(self, by: User) -> None:
        made = self.one(Commitment.objects.filter(state__in=["open", "missed"]))
        evidence.report_done(made, by=by, text=f"It is done, {self.word()}.", dated_at=clock.now())

    def accept(self, by: User) -> None:
        evidence.accept(self.one(Evidence.objects.filter(outcome="waiting")), by=by)

    def refuse(self, by: User) -> None:
        given = self.one(Evidence.objects.filter(outcome="waiting"))
        evidence.refuse(given, by=by, reason=f"It is not, {self.word()}.")

    # Names, templates, receivers, facts

    def rename(self, by: User) -> None:
        kind, about = self.one(
            [("organisation", None), *(("component_changed", one) for one in Component.objects.all())]
        )
        name = self.one(["name", "place" if about is None else "description"])
        self._renamed(masthead.propose(kind, {name: f"Northwind {self.word()}"}, about, by=by), by)

    def add_component(self, by: User) -> None:
        name = f"Letters {self.word()}"
        self._renamed(masthead.propose_component(name, f"Answers by letter, {self.word()}", by=by), by)

    def _renamed(self, proposed: MastheadChange, by: User) -> None:
        self.wrote("masthead", proposed, by)

    def rename_agent(self, by: User) -> None:
        """Inside at once. What goes out still says what was shown for approval."""
        agent = Agent.objects.get(pk=self.incident.agent_id)
        agents.change_agent(
            agent, by=by, public_name=f"Assistant {self.word()}", internal_name=self.word(), owner=agent.owner,
            deputy=agent.deputy, team=agent.team, component=agent.component,
        )  # fmt: skip

    def add_template(self, by: User) -> None:
        kind = self.one(Statement.Kind.values)
        told = states.words(self.incident, kind)
        texts = {name: self.said(told.get(name) or "We say so") for name in texts_of(kind)}
        template.add(by=by, name=self.word(), kind=kind, **texts)

    def change_template(self, by: User) -> None:
        found = self.one(StatementTemplate.objects.active().exclude(headline=""))
        template.change(found, by=by, seen_version=found.version, headline=self.said("Letters went astray"))

    def add_receiver(self, by: User) -> None:
        group = StakeholderGroup.objects.get(slug="affected-users")
        contacts.add(group, f"{self.word()}@example.net\n", by=by)

    def retract_fact(self, by: User) -> None:
        found = self.one(Fact.objects.filter(incident=self.incident).confirmed())
        fact.retract(found, by=by, seen_version=found.version, reason=f"Another list was meant, {self.word()}.")

    def confirm_cause(self, by: User) -> None:
        found = fact.report(
            self.incident, by=self.cast.rosa, question=Fact.Question.CIRCUMSTANCES, text=f"The import, {self.word()}.",
            source_kind=Fact.Source.LOG, source="run log", observed_at=clock.now(), is_cause=True,
        )  # fmt: skip
        fact.confirm(
            found,
            by=by,
            seen_version=found.version,
            confirmation_kind=Fact.Source.LOG,
            confirmation_source="the import",
        )

    # Taking words down

    def propose_redaction(self, by: User) -> None:
        entry = self.one(RecordEntry.objects.filter(approval__isnull=False))
        fields = self.one(redaction.choosable(entry.approval))
        note = f"It must go, {self.word()}."
        redaction.propose(entry, {entry.number: [fields]}, by=by, reason="secret", note=note)

    def propose_redaction_of_message(self, by: User) -> None:
        message = self.one(Approval.objects.messages())
        name = self.one(redaction.choosable(message))
        redaction.propose_of_message(message, [name], by=by, reason="secret", note=f"It must go, {self.word()}.")

    def confirm_redaction(self, by: User) -> None:
        self._take_down(redaction.confirm, by)

    def confirm_redaction_alone(self, by: User) -> None:
        self._take_down(redaction.confirm_alone, by)

    def confirm_redaction_blindly(self, by: User) -> None:
        self._take_down(redaction.confirm, by, seen="0" * 64)

    def _take_down(self, door: Callable[..., Redaction], by: User, seen: str = "") -> None:
        proposed = self.one(Redaction.objects.waiting())
        door(proposed, by=by, seen=seen or places.plan(proposed).seen)
        self.books.taken_down[proposed.pk] = by.pk

    def withdraw_redaction(self, by: User) -> None:
        redaction.withdraw(self.one(Redaction.objects.waiting()), by=by)

    # Who people are

    def take_over_command(self, by: User) -> None:
        roles.take_over(self.incident, by=by, reason=f"Nobody answers, {self.word()}.")

    def declare_solo(self, by: User) -> None:
        at = clock.now() - timedelta(days=1)
        Organisation.objects.update(solo_declared_by=by, solo_declared_at=at, solo_effective_at=at)

    def become_approver(self, by: User) -> None:
        RoleGrant.objects.get_or_create(user=by, role=Role.APPROVER)

    def become_commander(self, by: User) -> None:
        RoleGrant.objects.get_or_create(user=by, role=Role.COMMANDER)

    def administer(self, by: User) -> None:
        RoleGrant.objects.get_or_create(user=by, role=Role.ADMINISTRATOR)

    def leave(self, by: User) -> None:
        User.objects.filter(pk=by.pk).update(is_active=False)

    # Trying

    def attempt(self, verb: str, actor: str, seed: int) -> bool:
        self.random = Random(seed)
        person = User.objects.get(pk=getattr(self.cast, actor).pk)
        self.incident = states.fresh(self.incident)
        books = self.books.copied()
        try:
            with transaction.atomic():
                getattr(self, verb)(person)
        except (Refused, IndexError) as refusal:  # no, or nothing there to act upon
            self.refusals.append(f"{actor} {verb}: {refusal!r} {getattr(refusal, 'missing', '')}")
            self.books = books
            return False
        self.happened[verb] += 1
        return True


HELPERS = ("word", "said", "one", "draft", "asked", "wrote", "attempt", "begin")
VERBS = [name for name in vars(Desk) if not name.startswith("_") and name not in HELPERS]


# What has to be so


def check(desk: Desk) -> Counter[str]:
    """By which way how much of each kind went out. Fails if anything went out by none of them."""
    ways: Counter[str] = Counter()
    allowed: set[str] = set()  # in public
    mailed: set[str] = set()
    for given in Approval.objects.select_related("submission__statement", "submission__change"):
        consent = desk.books.consents[given.pk]
        _right(given, consent)
        _same_words(given, consent)
        left = words_in(list(given.texts().values()))
        if given.kind == Statement.Kind.DIRECT:
            _same_mail(given, consent)
            mailed |= words_in(list(consent.letter.values()))
            assert not RecordEntry.objects.filter(approval=given).exists()
        else:
            assert RecordEntry.objects.get(approval=given).body.get("basis", given.basis) == given.basis
            allowed |= left
        ways[f"{given.basis} {given.kind or _subject(given)}"] += 1
    _decided_by_somebody_else(desk)
    found = words_in(everything_public(desk.now))
    assert found <= allowed, f"public and approved by nobody: {found - allowed}"
    outside = words_in(everything_mailed_outside())
    if desk.books.taken_down:  # a mail that is rewritten is signed with the names of now, which two have approved
        mailed |= {
            word for consent in desk.books.consents.values() for word in words_in(consent.shown.get("texts", {}))
        }
    assert outside <= mailed, f"mailed and approved by nobody: {outside - mailed}"
    assert verify.first_fault() == ""
    return ways


def _subject(given: Approval) -> str:
    return given.submission.change.kind if given.submission.change else "names"


def _right(given: Approval, consent: Consent) -> None:
    """Two people, or an exception that is recorded."""
    assert (given.approved_by_id, given.basis) == (consent.by, consent.basis)
    if given.basis == "second_person":
        assert consent.by not in consent.authors, f"{given} was given by one of its authors"
        assert consent.had & APPROVERS, f"{given} was given by somebody without a role that approves"
    elif given.basis == "emergency":
        assert consent.commanded
        assert given.reason
        assert given.kind in IN_EMERGENCY
        assert EmergencyReview.objects.filter(approval=given).exists()
        assert _log_has(given.pk, "approval.approved_in_emergency")
    else:
        assert given.basis == "solo"
        assert consent.alone
        assert _log_has(given.pk, "approval.approved_solo")


def _same_words(given: Approval, consent: Consent) -> None:
    """Each text, and every time and state beside it, is what was shown; or it was taken down."""
    gone, shown = given.taken_down(), texts_shown(consent.shown)
    other = {name for name, text in given.texts().items() if shown.get(name) != text}
    assert not other, f"{given} says what was not shown: {other}"
    assert given.texts().keys() == shown.keys() - gone.keys(), f"{given} says less than was shown"
    for name in ("public_status", "impact", "component_states", "corrects"):
        assert getattr(given, name) == consent.shown.get(name, type(getattr(given, name))()), name
    for name in ("next_update_at", "began_at", "new_due_at"):
        at = getattr(given, name)
        assert (chain.instant(at) if at else None) == consent.shown.get(name), name
    if given.body and not gone:
        assert given.body_html == markdown.render(shown["body"])


def _same_mail(given: Approval, consent: Consent) -> None:
    """To each address that was shown, and to no other, the letter that was shown, to the byte."""
    sent = Outgoing.objects.filter(key__startswith=f"direct:{given.pk}:")
    assert {one.to_address.lower() for one in sent} == consent.receivers, "others than those shown"
    if not Redaction.objects.filter(state="confirmed").exists():
        for one in sent:
            assert {"subject": one.subject, "text": one.text, "html": one.html} == consent.letter


def _decided_by_somebody_else(desk: Desk) -> None:
    """Words are taken down, an emergency is reviewed and a report accepted by somebody who did not ask for it."""
    for done in Redaction.objects.filter(state="confirmed"):
        assert desk.books.taken_down[done.pk] == done.decided_by_id
        assert done.decided_by_id != done.proposed_by_id or done.basis == "solo"
    for seen in EmergencyReview.objects.exclude(reviewed_by=None).select_related("approval"):
        assert seen.reviewed_by_id not in desk.books.consents[seen.approval.pk].authors | {seen.approval.approved_by_id}
    for given in Evidence.objects.exclude(verified_by=None):
        assert given.verified_by_id not in (given.owner_id, given.submitted_by_id) or given.verified_solo


def _log_has(about: int, action: str) -> bool:
    return LogEntry.objects.filter(action=action, object_id=about).exists()


def everything_public(at: Any) -> str:
    """All that stands at the public addresses: pages, feed and data."""
    head = source.head()
    edition = build(extend(PublicRecord(), source.entries_after(0, head.number)), head.confirmed_at, at)
    return "\n".join(b"".join(page.identity.chunks).decode() for page in edition.hot.values())


def everything_mailed_outside() -> str:
    """Every mail to somebody who is not of the house, whatever became of it."""
    here = {one.lower() for one in User.objects.values_list("email", flat=True)}
    here |= {one.lower() for one in Agent.objects.exclude(team=None).values_list("team__alias", flat=True)}
    found = (one for one in Outgoing.objects.all() if one.to_address.lower() not in here)
    return "\n".join(f"{one.subject}\n{one.text}\n{one.html}" for one in found)
