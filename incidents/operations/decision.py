"""What is decided for one group: what is proposed, what each decision needs, and how it is said (domain 4.2)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import clock
import moments
from incidents.models import PlanNote, StakeholderPlan
from incidents.operations import duty
from refusals import Change, Missing
from stakeholders.models import Decision, GroupDefault, GroupKind, Stage

NOTICE = timedelta(minutes=15)  # who is decided late is not told late at once
LOOK_AGAIN = timedelta(days=1)  # after which it is proposed to look again at not telling somebody
LONGEST_TERM = 366 * 24 * 60  # minutes
DECIDED = (
    "decision",
    "stage",
    "tell_within",
    "due_at",
    "reason",
    "review_at",
    "must_act",
    "ready_answer",
    "answer_within",
    "owner",
)
# What each decision says beside itself. Everything else is emptied when it is taken.
SAYS = {
    Decision.NOW: {"due_at", "owner"},
    Decision.AT_STAGE: {"stage", "tell_within", "owner"},
    Decision.IF_ASKED: {"ready_answer", "answer_within", "owner"},
    Decision.NOT_TOLD: {"reason", "review_at", "must_act"},
    Decision.NOT_APPLICABLE: {"reason"},
}
EMPTY: Mapping[str, Any] = {
    "stage": "",
    "tell_within": None,
    "due_at": None,
    "reason": "",
    "review_at": None,
    "must_act": None,
    "ready_answer": "",
    "answer_within": None,
    "owner": None,
}
ALONE = (GroupKind.REGULATOR,)  # decided one by one, whatever the default


def may_confirm(plan: StakeholderPlan) -> bool:
    """Whether the one action may take what is proposed: it is a full decision, and not one to be taken by itself."""
    default = plan.group.default_for(plan.incident.scenario)
    if plan.decision or default is None or plan.group.kind in ALONE:
        return False
    return default.decision not in ("", Decision.NOT_TOLD) and not list(missing(plan, of_default(plan)))


def proposed(plan: StakeholderPlan) -> str:
    """What stands in an undecided row: the default of its scenario, with its note."""
    default = plan.group.default_for(plan.incident.scenario)
    if default is None:
        return "Decide"
    return f"{default.said}, {default.note}" if default.note else default.said


def of_default(plan: StakeholderPlan) -> dict[str, Any]:
    """The default of the scenario as the fields of a decision."""
    default: GroupDefault | None = plan.group.default_for(plan.incident.scenario)
    if default is None:
        return wanted_of(plan, "", {})
    left_out = default.decision in (Decision.NOT_TOLD, Decision.NOT_APPLICABLE)
    reason = default.note[:1].upper() + default.note[1:] if left_out else ""
    if default.decision == Decision.NOT_APPLICABLE and not reason:
        reason = "By default of this kind of incident"
    return wanted_of(plan, default.decision, {"stage": default.stage, "reason": reason, **terms(plan)})


def terms(plan: StakeholderPlan) -> dict[str, Any]:
    """How soon, and in which words, as it stands with the group. Minutes; UTC."""
    group = plan.group
    return {
        "tell_within": group.tell_within,
        "due_at": due(plan),
        "ready_answer": group.ready_answer,
        "answer_within": group.answer_within,
        "review_at": clock.now() + LOOK_AGAIN,
    }


def due(plan: StakeholderPlan) -> datetime:
    """By when a group is told that is told now: its term from detection, and a quarter of an hour from now at least."""
    return max(plan.incident.detected_at + timedelta(minutes=plan.group.tell_within), clock.now() + NOTICE)


def said(plan: StakeholderPlan | PlanNote) -> str:
    """The decision in words, with its stage."""
    if plan.decision == Decision.AT_STAGE:
        return f"Tell them when {plan.get_stage_display().lower()}"
    return plan.get_decision_display() if plan.decision else "Undecided"


def history(plan: StakeholderPlan) -> list[tuple[PlanNote, str]]:
    """Every decision for this group with its words, newest first. One query."""
    return [(note, said(note)) for note in plan.notes.select_related("said_by", "owner")]


def missing(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    """What a decision needs and does not have, each with its field."""
    needs = NEEDS.get(wanted["decision"])
    if needs is None:
        yield _at(plan, "Choose what is decided", "decision_0")
    else:
        yield from needs(plan, wanted)


def _now(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    if not wanted["due_at"]:
        yield _at(plan, "Say by when they are told", "due_at")
    elif wanted["due_at"] <= clock.now() and wanted["due_at"] != plan.due_at:
        yield _at(plan, "Enter a time that lies ahead", "due_at")


def _at_stage(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    if wanted["stage"] not in Stage.values:
        yield _at(plan, "Choose at which stage", "stage_0")
    yield from _term(plan, wanted["tell_within"], "tell_within", "Say how soon after that they are told")


def _if_asked(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    yield from duty.owed_to(plan)
    if not wanted["ready_answer"]:
        yield _at(plan, "Write what we say when they ask", "ready_answer")
    yield from _term(plan, wanted["answer_within"], "answer_within", "Say how soon a question is answered")


def _not_told(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    yield from against_silence(plan, wanted)
    if not wanted["reason"]:
        yield _at(plan, "Say why they are not told", "reason")
    if not wanted["review_at"] or wanted["review_at"] <= clock.now():
        yield _at(plan, "Say when somebody looks at this again, ahead of now", "review_at")


def _not_applicable(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    yield from duty.owed_to(plan)
    if not wanted["reason"]:
        yield _at(plan, "Say why this group does not apply", "reason")


NEEDS = {
    Decision.NOW: _now,
    Decision.AT_STAGE: _at_stage,
    Decision.IF_ASKED: _if_asked,
    Decision.NOT_TOLD: _not_told,
    Decision.NOT_APPLICABLE: _not_applicable,
}


def against_silence(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> Iterator[Missing]:
    """Who can never be deliberately left out: the harmed who must act, and those to whom a report is due."""
    yield from duty.against_leaving_out(plan)
    if plan.group.kind != GroupKind.AFFECTED:
        return
    if wanted["must_act"] is None:
        yield _at(plan, "Answer whether they have to do something to protect themselves", "must_act_0")
    elif wanted["must_act"]:
        yield _at(plan, "Tell them: they have to do something to protect themselves", "decision_0")


def _term(plan: StakeholderPlan, minutes: int | None, field: str, sentence: str) -> Iterator[Missing]:
    if minutes is None or not 0 < minutes <= LONGEST_TERM:
        yield _at(plan, f"{sentence}, within a year", field)


def _at(plan: StakeholderPlan, sentence: str, field: str) -> Missing:
    return Missing(sentence, "desk:plan", (plan.pk,), f"id_{field}")


def wanted_of(plan: StakeholderPlan, decision: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a decision: what it says of those given, and everything else emptied."""
    if unknown := fields.keys() - set(DECIDED):
        raise TypeError(f"not part of a decision: {', '.join(sorted(unknown))}")
    takes = SAYS.get(Decision(decision), set()) if decision in Decision.values else set()
    given = {name: fields[name] for name in takes & fields.keys()}
    tidied = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    return {"decision": decision, **EMPTY, **tidied}


def as_it_stands(plan: StakeholderPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in DECIDED}


def difference(plan: StakeholderPlan, wanted: Mapping[str, Any]) -> list[Change]:
    stands = as_it_stands(plan)
    return [
        Change(label(name), _shown(value), _shown(stands[name]))
        for name, value in wanted.items()
        if _shown(value) != _shown(stands[name])
    ]


def label(field: str) -> str:
    """A field of a decision as people read it."""
    return LABELS[field]


LABELS = {
    "decision": "Decision",
    "stage": "Stage",
    "tell_within": "Told within",
    "due_at": "Told by",
    "reason": "Reason",
    "review_at": "Looked at again",
    "must_act": "They have to act",
    "ready_answer": "What we say",
    "answer_within": "Answered within",
    "owner": "Who does it",
}


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M} UTC"
    if isinstance(value, int) and not isinstance(value, bool):
        return moments.exact_term(value)
    if value in Decision.values:
        return Decision(value).label
    return "" if value is None else str(value)
