"""Facts: reported by one person, confirmed by another, changed in the open, retracted with a reason.

Every change adds one to the version, because a submission is bound to the versions of the facts that it cites.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

import clock
from accounts.models import User
from incidents.actions import Action
from incidents.models import Approval, Fact, FactChange, Incident
from incidents.operations import timeline
from incidents.operations.correction import citing, correction_owed, told_in
from incidents.permissions import (
    can_confirm_fact,
    can_report_fact,
    confirm_fact_refusal,
    report_fact_refusal,
)
from refusals import (
    Change,
    Incomplete,
    Missing,
    NotAllowed,
    Stale,
    WrongState,
    require,
    require_nothing_missing,
    three_way,
)

Confidence = Fact.Confidence
Published = FactChange.Published

CHANGEABLE = ("question", "text", "source_kind", "source", "observed_at", "is_cause", "measure", "value")
SAID_IN_PUBLIC = ("question", "text", "is_cause", "measure", "value", "confidence")  # what published words may rest on
UNCONFIRMED: dict[str, Any] = {
    "confirmed_by": None,
    "confirmed_at": None,
    "confirmation_kind": "",
    "confirmation_source": "",
    "confirmed_solo": False,
}


@transaction.atomic
def report(
    incident: Incident,
    *,
    by: User,
    question: str,
    text: str,
    source_kind: str,
    source: str,
    observed_at: datetime,
    is_cause: bool = False,
    measure: str = "",
    value: int | None = None,
    not_known: bool = False,
) -> Fact:
    """File something under one of the four questions. What is not known yet has a source too: who finds it out.

    ``value`` is one of the five numbers of the blast radius, and ``measure`` says which (R51).
    """
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require(can_report_fact(by, incident), NotAllowed(report_fact_refusal()))
    _require_living(incident)
    now = clock.now()
    fact = Fact(
        incident=incident,
        question=question,
        text=text.strip(),
        source_kind=source_kind,
        source=source.strip(),
        observed_at=observed_at,
        is_cause=is_cause,
        measure=measure,
        value=value,
        confidence=Confidence.NOT_KNOWN if not_known else Confidence.REPORTED,
        reported_by=by,
        reported_at=now,
        changed_at=now,
    )
    require_nothing_missing("The fact is not complete.", _missing(fact, "desk:fact_new", (incident.pk,), now))
    fact.save()
    timeline.enter(
        incident,
        f"Fact {fact.pk} {fact.get_confidence_display().lower()}: {_short(fact.text)}",
        Action.FACT_REPORTED,
        by=by,
        about=fact,
        incident=incident.pk,
        question=question,
        confidence=fact.confidence,
    )
    return fact


@transaction.atomic
def change(
    fact: Fact,
    *,
    by: User,
    seen_version: int,
    seen: Mapping[str, str] | None = None,
    published: str = "",
    **fields: Any,
) -> Fact:
    """Say it differently. What was confirmed is reported again, by whoever changed it, so that nobody confirms themselves.

    Takes any of `CHANGEABLE`, and `not_known`. `seen` is what `as_seen` said when the person opened it: Stale then holds
    all three readings of each field, what they saw, what stands now and what they typed; without it, the latter two.

    Where published words rest on what is changed, `published` says whether they were true (`FactChange.Published`): if
    they were wrong, a correction is owed as after a retraction (R8).
    """
    if unknown := fields.keys() - {*CHANGEABLE, "not_known"}:
        raise TypeError(f"not part of a fact: {', '.join(sorted(unknown))}")
    fact = _locked(fact)
    require(can_report_fact(by, fact.incident), NotAllowed(report_fact_refusal()))
    _require_standing(fact)
    changed = _changes(fact, fields)
    require(fact.version == seen_version, Stale(_STALE, _difference(fact, changed, seen)))
    if not changed:
        return fact
    now = clock.now()
    unknown = changed.get("confidence", fact.confidence) == Confidence.NOT_KNOWN
    confidence = Confidence.NOT_KNOWN if unknown else Confidence.REPORTED
    for name, value in {**UNCONFIRMED, **changed, "confidence": confidence}.items():
        setattr(fact, name, value)
    require_nothing_missing("The fact is not complete.", _missing(fact, "desk:fact", (fact.pk,), now))
    of_words = any(name in SAID_IN_PUBLIC for name in changed)
    meant, meaning, said = _for_the_public(fact, published) if of_words else ("", "", {})
    line = f"Fact {fact.pk} changed: {_short(fact.text)} {meaning}".rstrip()
    fact.reported_by, fact.reported_at = by, now
    if meant == Published.WRONG:
        fact.wrong_at = now
    kept = _save(fact, now, by=by, published=meant)
    details = {"fields": sorted(changed), "version": fact.version, **said}
    timeline.enter(fact.incident, line, Action.FACT_CHANGED, by=by, about=fact, keep=[kept], **details)
    return fact


@transaction.atomic
def confirm(fact: Fact, *, by: User, seen_version: int, confirmation_kind: str, confirmation_source: str) -> Fact:
    """A second person checked it against a source, which is never the agent's own account (R113, R116)."""
    fact = _locked(fact)
    require(can_confirm_fact(by, fact), NotAllowed(confirm_fact_refusal(fact)))
    _require_standing(fact)
    require(
        fact.confidence != Confidence.NOT_KNOWN,
        WrongState("What is not known yet cannot be confirmed. Change it first."),
    )
    require(
        fact.confidence == Confidence.REPORTED, WrongState(f"This fact is confirmed already, by {fact.confirmed_by}.")
    )
    require(
        fact.version == seen_version,
        Stale("This fact was changed since you opened it. Read it again before you confirm it."),
    )
    missing = _missing_evidence(fact, confirmation_kind, confirmation_source)
    require_nothing_missing("The fact cannot be confirmed yet.", missing)
    fact.confidence, fact.confirmed_by, fact.confirmed_at = Confidence.CONFIRMED, by, clock.now()
    fact.confirmation_kind, fact.confirmation_source = confirmation_kind, confirmation_source.strip()
    fact.confirmed_solo = fact.reported_by == by
    kept = _save(fact, fact.confirmed_at, by=by)
    timeline.enter(
        fact.incident,
        f"Fact {fact.pk} confirmed against {fact.confirmation_source}.",
        Action.FACT_CONFIRMED,
        by=by,
        about=fact,
        keep=[kept],
        kind=confirmation_kind,
        solo=fact.confirmed_solo,
        version=fact.version,
    )
    return fact


@transaction.atomic
def retract(fact: Fact, *, by: User, seen_version: int, reason: str) -> Fact:
    """It is not so. It stays readable, struck through, with the reason. Whoever has read it is owed a correction."""
    fact = _locked(fact)
    require(can_report_fact(by, fact.incident), NotAllowed(report_fact_refusal()))
    _require_standing(fact)
    require(
        fact.version == seen_version,
        Stale("This fact was changed since you opened it. Read it again before you retract it."),
    )
    require(
        reason.strip(),
        Incomplete(
            "A retraction needs a reason.",
            [Missing("Say why it is not so", "desk:fact_retract", (fact.pk,), "id_reason")],
        ),
    )
    owed, sent = citing(fact)
    before, now = fact.confidence, clock.now()
    fact.confidence, fact.retraction_reason = Confidence.RETRACTED, reason.strip()
    fact.retracted_by, fact.retracted_at = by, now
    kept = _save(fact, now, by=by)
    line = f"Fact {fact.pk} retracted: {fact.retraction_reason.rstrip('.')}."
    timeline.enter(
        fact.incident,
        f"{line} {correction_owed(owed, sent)}".strip(),
        Action.FACT_RETRACTED,
        by=by,
        about=fact,
        keep=[kept],
        before=before,
        **_told(owed, sent),
        version=fact.version,
    )
    return fact


# Lock, when, still what was seen

_STALE = "Somebody changed this fact since you opened it."


def _locked(fact: Fact) -> Fact:
    """The incident first, then the fact: the order in which everything of an incident is locked."""
    Incident.objects.select_for_update(no_key=True).get(pk=fact.incident_id)
    locked = Fact.objects.select_for_update(of=("self",), no_key=True).select_related(
        "incident", "reported_by", "confirmed_by"
    )
    return locked.get(pk=fact.pk)


def _require_living(incident: Incident) -> None:
    require(
        incident.state != Incident.State.DISMISSED,
        WrongState("This incident was dismissed: nothing is added to it any more."),
    )


def _require_standing(fact: Fact) -> None:
    _require_living(fact.incident)
    require(not fact.is_retracted, WrongState("This fact was retracted. Report what is so as a new fact."))


def _save(fact: Fact, now: datetime, *, by: User, published: str = "") -> FactChange:
    """As its next version. Returns what the log is to keep of it: what the fact said until then."""
    before = Fact.objects.get(pk=fact.pk)
    fact.version += 1
    fact.changed_at = now
    fact.save()
    return FactChange(
        fact=fact,
        version=fact.version,
        by=by,
        at=now,
        said=before.in_words(),
        was=before.confidence,
        held_at=before.observed_at,
        published=published,
    )


def _told(entries: list[int], messages: list[Approval]) -> dict[str, Any]:
    """Who was told, for the log."""
    return {"entries": entries, **({"messages": [message.pk for message in messages]} if messages else {})}


def _for_the_public(fact: Fact, published: str) -> tuple[str, str, dict[str, Any]]:
    """What a change means for those who were told: the choice, in words for the timeline, and for the log.

    Raises Incomplete where somebody was told and no choice was made. Nothing where nobody was told.
    """
    entries, messages = citing(fact)
    if not entries and not messages:
        return "", "", {}
    what = "What was " + told_in(entries, messages)
    sentence = f"{what} rests on this fact. Say whether that was true."
    choose = Missing("Choose whether what we published was true or wrong", "desk:fact", (fact.pk,), "id_published_0")
    require(published in Published.values, Incomplete(sentence, [choose]))
    wrong = published == Published.WRONG
    meaning = f"{what} was wrong: a correction is owed." if wrong else f"{what} was true when it was said."
    return published, meaning, {"published": published, **_told(entries, messages)}


def _changes(fact: Fact, fields: dict[str, Any]) -> dict[str, Any]:
    """What differs from the row as it stands now, texts without the space around them."""
    given = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    was_unknown = fact.confidence == Confidence.NOT_KNOWN
    unknown = given.pop("not_known", was_unknown)
    changed = {name: value for name, value in given.items() if getattr(fact, name) != value}
    if unknown != was_unknown:
        changed["confidence"] = Confidence.NOT_KNOWN if unknown else Confidence.REPORTED
    return changed


def as_seen(fact: Fact) -> dict[str, str]:
    """Everything about it that can be changed, in the words in which a person reads it."""
    return {name: _said(fact, name, getattr(fact, name)) for name in (*CHANGEABLE, "confidence")}


def _difference(fact: Fact, changed: dict[str, Any], seen: Mapping[str, str] | None) -> list[Change]:
    typed = {name: _said(fact, name, value) for name, value in changed.items()}
    if seen and "confidence" in seen:
        typed.setdefault("confidence", seen["confidence"])  # nobody types it: only "not known yet" is theirs
    return three_way(as_seen(fact), typed, seen, _label)


def _field(name: str) -> "models.Field[Any, Any]":
    return next(field for field in Fact._meta.fields if field.name == name)


def _label(name: str) -> str:
    return str(_field(name).verbose_name)


def _said(fact: Fact, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M} UTC"
    return "" if value is None else str(dict(_field(name).flatchoices).get(value, value))


# Guards


def _missing(fact: Fact, view: str, args: tuple[int, ...], now: datetime) -> list[Missing]:
    missing = []
    if not fact.text:
        missing.append(Missing("Write what is so, or what is not known yet", view, args, "id_text"))
    if not fact.source:
        words = "Say who finds it out" if fact.confidence == Confidence.NOT_KNOWN else "Say where this comes from"
        missing.append(Missing(words, view, args, "id_source"))
    if fact.observed_at > now:
        missing.append(Missing("Enter an “as of” time that is not in the future", view, args, "id_observed_at"))
    if fact.is_cause and fact.confidence == Confidence.NOT_KNOWN:
        missing.append(
            Missing("Leave “this is the cause” open: what is not known cannot be the cause", view, args, "id_is_cause")
        )
    return [*missing, *_missing_number(fact, view, args)]


def _missing_number(fact: Fact, view: str, args: tuple[int, ...]) -> Iterator[Missing]:
    """A number says what it counts, and what is counted has a number, unless that is what nobody knows yet."""
    if fact.value is not None and not fact.measure:
        yield Missing("Say what the number counts", view, args, "id_measure")
    if fact.measure not in ("", *Fact.Measure.values):
        yield Missing("Choose what the number counts from the list", view, args, "id_measure")
    unknown = fact.confidence == Confidence.NOT_KNOWN
    if fact.measure and fact.value is None and not unknown:
        yield Missing("Enter the number, or say that it is not known yet", view, args, "id_value")
    if fact.value is not None and unknown:
        yield Missing("Leave the number empty: it is not known yet", view, args, "id_value")


def _missing_evidence(fact: Fact, kind: str, source: str) -> list[Missing]:
    place = ("desk:fact_confirm", (fact.pk,))
    missing = []
    if not kind:
        missing.append(Missing("Choose what kind of source you checked it against", *place, "id_confirmation_kind"))
    elif kind == Fact.Source.AGENT_ACCOUNT:
        words = "Name a source other than the agent’s own account, which is generated text and no evidence"
        missing.append(Missing(words, *place, "id_confirmation_kind"))
    if not source.strip():
        missing.append(Missing("Name the source you checked it against", *place, "id_confirmation_source"))
    return missing


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119].rstrip()}…"
