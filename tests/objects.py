"""Every object that an address can name, in every state: mine and others', open and over, written and published, unknown.

The doors of `tests.doors` stand at one object each. Here each is opened at all the others of its kind. The answers stand
in `objects.txt`, one line per door, object and method; a door or an object without a line fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from incidents.models import (
    Approval,
    Commitment,
    ContainmentAction,
    Evidence,
    Fact,
    RecordEntry,
    Redaction,
    StartMove,
    Submission,
)
from stakeholders.models import Outgoing
from tests.doors import DOORS, PEOPLE, Door

TABLE = Path(__file__).with_name("objects.txt")
UNKNOWN = 987_654_321

Find = Callable[[SimpleNamespace], Any]


def named(name: str) -> Find:
    return lambda w: getattr(w, name)


def first(model: Any, **which: Any) -> Find:
    return lambda w: model._base_manager.filter(**which).order_by("pk").first()


INCIDENTS: dict[str, Find] = {
    "draft": named("draft"),
    "dismissed": named("dismissed"),
    "open": named("quiet"),
    "open, commanded by somebody else": named("taken"),
    "public": named("live"),
    "public, not reviewed": lambda w: w.emergency.incident,
    "recovered": named("recovered"),
}
STATEMENTS: dict[str, Find] = {
    "draft": named("statement"),
    "submitted": lambda w: w.submission.statement,
    "returned": lambda w: Submission.objects.filter(outcome="returned").latest("pk").statement,
    "published": lambda w: w.approval.submission.statement,
    "submitted, of a direct message": lambda w: w.mailed.statement,
    "sent": lambda w: w.message.submission.statement,
}
ENTRIES: dict[str, Find] = {
    "of an incident that is written about": lambda w: w.approval.entry,
    "not reviewed": lambda w: w.emergency.entry,
    "of what is over": lambda w: w.recovered.entries.filter(body__statement="resolution").get(),
    "without words of a statement": first(RecordEntry, kind="masthead"),
}
SUBMISSIONS: dict[str, Find] = {
    "waiting": named("submission"),
    "approved for a time": named("scheduled"),
    "waiting, of a name": named("names"),
    "waiting, of a change": lambda w: w.change.submissions.get(),
    "returned": first(Submission, outcome="returned"),
    "approved": lambda w: w.approval.submission,
    "waiting, of a direct message": named("mailed"),
    "sent": lambda w: w.message.submission,
}
MESSAGES: dict[str, Find] = {
    "not so any more": named("message"),
    "of an incident that is written about": lambda w: w.mailed.statement.corrects_message,
    "of everybody": named("approval"),
}
TEMPLATES: dict[str, Find] = {"in use": named("template"), "retired": named("retired")}
REDACTIONS: dict[str, Find] = {
    "waiting": named("redaction"),
    "waiting, of a message": named("redaction_of_message"),
    "taken down": first(Redaction, state="confirmed"),
    "withdrawn": first(Redaction, state="withdrawn"),
}
SENT: dict[str, Find] = {
    "sent": named("to_group"),
    "asked about already": lambda w: w.redaction_of_message.message,
    "published": named("approval"),
}
APPROVALS: dict[str, Find] = {
    "not reviewed": named("emergency"),
    "reviewed": lambda w: Approval.objects.filter(basis="emergency").exclude(pk=w.emergency.pk).get(),
    "of two people": named("approval"),
}
FACTS: dict[str, Find] = {
    "reported": named("fact"),
    "confirmed": first(Fact, confidence="confirmed"),
    "retracted": first(Fact, confidence="retracted"),
}
ACTIONS: dict[str, Find] = {
    "planned": named("action"),
    "in force": named("in_force"),
    "failed": first(ContainmentAction, state="failed"),
}
COMMITMENTS: dict[str, Find] = {
    "open": named("commitment"),
    "reported done": lambda w: w.evidence.commitment,
    "disowned": lambda w: Commitment.objects.exclude(disowned_at=None).get(),
    "draft": named("commitment_draft"),
}
STEPS: dict[str, Find] = {"to do": named("step"), "done": named("ticked"), "left out": named("left_out")}
EVIDENCE: dict[str, Find] = {
    "waiting": named("evidence"),
    "refused": lambda w: Evidence.objects.filter(outcome="refused").get(),
}
OUTGOING: dict[str, Find] = {
    "failed": named("outgoing"),
    "queued": lambda w: Outgoing.objects.filter(state="queued").first(),
}
PLANS: dict[str, Find] = {
    "only if asked": named("plan"),
    "undecided": named("undecided"),
    "left out by one person": named("silent"),
    "left out by two": named("agreed"),
}
INQUIRIES: dict[str, Find] = {"waiting": named("inquiry"), "answered": named("answered")}
CLOCKS: dict[str, Find] = {
    "to be assessed": named("clock"),
    "does not apply": named("no_clock"),
    "submitted": named("filed_clock"),
    "held": named("held_clock"),
    "with an event of its own": named("own_clock"),
}
MOVES: dict[str, Find] = {"waiting": named("move"), "agreed": first(StartMove, state="agreed")}
CONTACTS: dict[str, Find] = {"current": named("contact"), "removed": named("gone_contact")}
GROUPS: dict[str, Find] = {"in use": named("group"), "retired": named("retired_group")}
ACCOUNTS: dict[str, Find] = {"active": named("rosa"), "Tom's own": named("tom"), "disabled": named("gone")}

# Which addresses name which kind of thing by the number in them.
NAMED_BY: tuple[tuple[dict[str, Find], str], ...] = (
    (
        INCIDENTS,
        (
            "incident describe open contain recover reopen dismiss note role role_leave handover take_over fact_new "
            "containment_new statement_new first_hour map proof proof_table map_confirm map_take_in clocks "
            "clocks_look clocks_assessor clock_start"
        ),
    ),
    (FACTS, "fact fact_confirm fact_retract"),
    (
        ACTIONS,
        "containment containment_done containment_review containment_end containment_failure containment_impossibility",
    ),
    (
        STATEMENTS,
        (
            "statement statement_email statement_submit statement_take_over statement_discard statement_reading "
            "finding_let_stand finding_fix finding_dismiss commitment_new commitment_reading"
        ),
    ),
    (ENTRIES, "correction_new take_down"),
    (MESSAGES, "message_correction_new"),
    (SENT, "take_down_message"),
    (REDACTIONS, "redaction redaction_confirm redaction_alone redaction_withdraw"),
    (
        SUBMISSIONS,
        (
            "submission submission_email preview preview_feed approve approve_emergency approve_alone send_back take_back "
            "schedule schedule_cancel"
        ),
    ),
    (TEMPLATES, "template template_retire template_restore"),
    (APPROVALS, "review"),
    (
        COMMITMENTS,
        (
            "commitment_draft commitment_drop commitment evidence_new commitment_change commitment_change_reading "
            "commitment_reassign"
        ),
    ),
    (PLANS, "plan plan_agree plan_agree_alone plan_confirm_again plan_ask plan_message telling_new inquiries"),
    (INQUIRIES, "inquiry"),
    (CLOCKS, "clock clock_assess clock_submit clock_take_back clock_hold clock_own_start"),
    (MOVES, "clock_move_agree clock_move_agree_alone clock_move_refuse"),
    (EVIDENCE, "evidence_accept evidence_refuse"),
    (OUTGOING, "outgoing outgoing_retry"),
    (CONTACTS, "contact contact_remove"),
    (
        GROUPS,
        "group group_details group_move group_retire group_return contact_new contacts_import contacts_import_confirm",
    ),
    (ACCOUNTS, "person role_grant role_revoke deactivate reactivate address_confirm second_step_reset"),
    (STEPS, "triage triage_done triage_exempt triage_reopen"),
    # One of each stands in the table of doors already.
    (
        {},
        (
            "handover_answer component component_audience key key_remove invitation_revoke team member_add member_remove "
            "agent"
        ),
    ),
)
KINDS: dict[str, dict[str, Find]] = {name: things for things, names in NAMED_BY for name in names.split()}


def doors() -> Iterator[tuple[str, Door]]:
    """Each door with a number in its address, at every object of its kind and at a number that nobody has."""
    for door in DOORS:
        kind = door.name.removeprefix("desk:")
        if kind not in KINDS:
            continue
        for what, find in KINDS[kind].items():
            yield what, replace(door, values=_at(door, find))
        yield "unknown", replace(door, values=_at(door, lambda w: SimpleNamespace(pk=UNKNOWN)))


def _at(door: Door, find: Find) -> Callable[[SimpleNamespace], dict[str, Any]]:
    return lambda w: door.values(w) | {"pk": find(w).pk}


def methods(door: Door) -> list[str]:
    """Those that the door takes at all; the others answer 405 wherever it stands."""
    return [name for name in ("get", "post") if any(getattr(door, name)[who] != 405 for who in PEOPLE[1:])]


def table() -> dict[str, str]:
    """What `objects.txt` says, by door, object and method."""
    lines = [line.partition(" = ") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {key.strip(): " ".join(answers.split()) for key, _, answers in lines}
