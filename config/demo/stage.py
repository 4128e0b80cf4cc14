"""The clock of the demo, and the steps that its incidents have in common."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import clock
from accounts.models import User
from config.demo.cast import Cast
from incidents.draft_check import sentences_of
from incidents.models import (
    Approval,
    Commitment,
    Fact,
    Incident,
    Promise,
    RecordEntry,
    Reminder,
    RoleHeld,
    StakeholderPlan,
    Statement,
    Submission,
)
from incidents.operations import approval, decision, evidence, fact, incident, plan, roles, statement, submission
from incidents.operations.sweep import sweep
from stakeholders.models import Decision
from stakeholders.operations.sending import drain

A_MOMENT = timedelta(seconds=2)


class Stage:
    """Moves the clock on, and lets everything happen that falls due on the way."""

    def __init__(self, *, now: datetime, move: Callable[[datetime], None]) -> None:
        self.now = now
        self._move = move

    def wait_until(self, then: datetime) -> None:
        while (due := self._next_due()) is not None and due + A_MOMENT < then:
            self._move(due + A_MOMENT)
            sweep()
            drain()
        self._move(then)
        sweep()
        drain()

    def day(self, days_ago: int, hour: int, minute: int = 0) -> None:
        """Wait until a time of day (UTC), so many days ago."""
        self.wait_until(self.on(days_ago, hour, minute))

    def on(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        that_day = self.now - timedelta(days=days_ago)
        return that_day.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def minutes_ago(self, minutes: float) -> None:
        self.wait_until(self.now - timedelta(minutes=minutes))

    def _next_due(self) -> datetime | None:
        """The next moment after now at which the clock by itself has something to do."""
        waiting = (
            Reminder.objects.filter(state="pending"),
            Promise.objects.open(),
            Commitment.objects.filter(state="open"),
        )
        times = (
            rows.filter(due_at__gt=clock.now()).order_by("due_at").values_list("due_at", flat=True) for rows in waiting
        )
        return min((first for due in times if (first := due.first()) is not None), default=None)


def open_public_incident(cast: Cast, agent: str, title: str, harm: str, **description: Any) -> Incident:
    """Declared and opened by Mara; Ines and Jun take their seats."""
    told = incident.declare(title=title, agent=cast.agents[agent], worst_harm=harm, by=cast.mara)
    asked = {"is_visible": True, "draws_attention": True, "needs_answer": True} | description
    told = incident.describe(told, by=cast.mara, seen_version=told.version, **asked)
    told = incident.open_incident(told, by=cast.mara)
    roles.take_role(told, RoleHeld.Role.COMMUNICATIONS_LEAD, by=cast.ines)
    roles.take_role(told, RoleHeld.Role.TECHNICAL_LEAD, by=cast.jun)
    return told


def decide_for_groups(about: Incident, *, by: User, authorities: str = Decision.NOT_APPLICABLE) -> None:
    """As proposed, in one action; and by itself whoever has to be decided alone."""
    rows = list(StakeholderPlan.objects.filter(incident=about).for_map())
    shown = {row.pk: (row.version, decision.proposed(row)) for row in rows if decision.may_confirm(row)}
    if shown:
        plan.confirm_defaults(about, by=by, seen=shown)
    for row in rows:
        if row.pk not in shown:
            fields: dict[str, Any] = {"reason": "Looked at with counsel: nothing here asks for it."}
            if authorities == Decision.NOW:
                fields = {"due_at": decision.due(row)}
            plan.decide(row, by=by, seen_version=row.version, decision=authorities, **fields)


def report(about: Incident, question: str, text: str, source: str, *, by: User, **more: Any) -> Fact:
    more.setdefault("source_kind", Fact.Source.LOG)
    more.setdefault("observed_at", clock.now())
    return fact.report(about, by=by, question=question, text=text, source=source, **more)


def confirm(said: Fact, source: str, *, by: User, kind: str = Fact.Source.LOG) -> Fact:
    return fact.confirm(said, by=by, seen_version=said.version, confirmation_kind=kind, confirmation_source=source)


def draft(
    about: Incident,
    kind: str,
    *,
    by: User,
    cites: Iterable[Fact] | None = None,
    corrects: RecordEntry | None = None,
    named: Mapping[str, Iterable[str]] | None = None,
    **words: Any,
) -> Statement:
    """A complete draft that rests on every confirmed fact, unless told otherwise.

    ``named`` says how a fact begins, and the words by which the sentences are known that rest on it.
    """
    begun = statement.begin(about, kind, by=by, corrects=corrects)
    cited = list(Fact.objects.filter(incident=about).confirmed() if cites is None else cites)
    said = [text for field in Statement.PUBLIC_TEXTS for text in sentences_of(words.get(field, ""))]
    rests = {
        one.pk: [text for text in said if any(part in text for part in parts)]
        for one in cited
        for start, parts in (named or {}).items()
        if one.text.startswith(start)
    }
    return statement.edit(begun, by=by, seen_version=begun.version, cites=cited, rests=rests, **words)


def submit(written: Statement, *, by: User) -> Submission:
    current = Statement.objects.get(pk=written.pk)
    return submission.submit(current, by=by, seen_version=current.version)


def approve(asked: Submission, *, by: User) -> Approval:
    return approval.approve(asked, by=by, seen_digest=asked.digest)


def settle(stage: Stage, made: Commitment, *, owner: User, verifier: User, text: str) -> None:
    """The owner reports it done, and an hour and a half later somebody else has verified it."""
    given = evidence.report_done(made, by=owner, text=text, dated_at=clock.now())
    stage.wait_until(clock.now() + timedelta(minutes=95))
    evidence.accept(given, by=verifier)
