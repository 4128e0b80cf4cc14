"""Who may not be left out of the map because a law or a contract wants a report to them (domain 4.2, 4.3)."""

from collections.abc import Iterator, Sequence

from django.db.models import F, Prefetch, prefetch_related_objects

import clock as hand
from accounts.models import User
from incidents.actions import Action
from incidents.models import Incident, PlanNote, ReportingClock, StakeholderPlan
from incidents.operations import timeline
from refusals import Missing
from stakeholders.models import Addressee, Decision, GroupKind, Profile, ReportingRule

State = ReportingClock.State
GROUPS = {
    Addressee.AUTHORITY: GroupKind.REGULATOR,
    Addressee.PEOPLE: GroupKind.AFFECTED,
    Addressee.PARTY: GroupKind.PARTNERS,
}
ADDRESSEES = {kind: addressee for addressee, kind in GROUPS.items()}
WAITS_FOR_THEM = (Decision.IF_ASKED, Decision.NOT_APPLICABLE)


def not_looked_at(incident: Incident) -> list[ReportingRule]:
    """The rules that the profile switches on and that have no clock in this incident."""
    known = set(incident.clocks.values_list("code", flat=True))
    rules = ReportingRule.objects.to_assess(Profile.current(), on=incident.detected_at.date())
    return [rule for rule in rules if rule.code not in known]


def owed(incident: Incident) -> list[Missing]:
    """The reports that somebody said are due, and that did not go out."""
    return [_to_submit(clock) for clock in incident.clocks.filter(state=State.APPLIES)]


def owed_to(plan: StakeholderPlan) -> list[Missing]:
    """Those of them that go to this group: it can neither wait until asked nor be out of it."""
    return [_to_submit(clock) for clock in _clocks_for(plan) if clock.state == State.APPLIES]


def against_leaving_out(plan: StakeholderPlan) -> Iterator[Missing]:
    """Why this group may not be deliberately left out: a report to it is due, or to an authority may be, for all we know."""
    if plan.group.kind == GroupKind.REGULATOR:
        yield from _not_known(plan.incident)
    yield from owed_to(plan)
    if plan.group.kind == GroupKind.REGULATOR:
        for clock in _clocks_for(plan):
            if clock.state == State.TO_ASSESS:
                yield Missing(f"Say whether {clock.code} applies", "desk:clock", (clock.pk,))


def ask_again(clock: ReportingClock, *, by: User) -> None:
    """A report is due after all, or may be: what was decided for those it goes to is looked at again.

    Not telling them has to be confirmed again. Where it is said that the report is due, waiting until they ask, or that they
    are no part of this, is decided anew. Called with the incident locked, for which every decision about a group waits.
    """
    kinds = [GROUPS[Addressee(addressee)] for addressee in clock.rule.addressees]
    if not clock.is_open or not kinds:
        return
    applies = clock.state == State.APPLIES
    rows = StakeholderPlan.objects.filter(incident=clock.incident, group__kind__in=kinds).select_related("group")
    silent = rows.filter(decision=Decision.NOT_TOLD)
    if not applies:  # what may be due keeps an authority from being left out, and nobody else
        silent = silent.filter(group__kind=GroupKind.REGULATOR)
    silent.update(confirmed_in="", version=F("version") + 1)
    for plan in rows.filter(decision__in=WAITS_FOR_THEM) if applies else ():
        _open_again(plan, clock, by=by)


def _open_again(plan: StakeholderPlan, clock: ReportingClock, *, by: User) -> None:
    """Undecided, with the words that stood there, so that nobody has to type them again."""
    plan.incident = clock.incident
    plan.decision, plan.decided_by, plan.decided_at = "", None, None
    plan.version += 1
    plan.save(update_fields=["decision", "decided_by", "decided_at", "version"])
    words = f"A report by {clock.code} is due to them."
    note = PlanNote.of(plan, PlanNote.Verb.OPENED, by=by, at=hand.now(), words=words)
    line = f"Stakeholder map, {plan.group}: to be decided anew, since a report by {clock.code} is due."
    timeline.enter(clock.incident, line, Action.PLAN_OPENED, by=by, about=plan, keep=[note], code=clock.code)


def _not_known(incident: Incident) -> Iterator[Missing]:
    if not Profile.current().version:
        words = "Set the profile for legal clocks first: until then nobody knows here whether a report is due"
        yield Missing(words, "desk:legal_clock_profile")
    if codes := [rule.code for rule in not_looked_at(incident) if Addressee.AUTHORITY in rule.addressees]:
        words = (
            f"Look again at the legal clocks: {', '.join(codes)} {'has' if len(codes) == 1 else 'have'} no clock here"
        )
        yield Missing(words, "desk:clocks", (incident.pk,))


def with_clocks(incidents: Sequence[Incident]) -> None:
    """Fetch the clocks of incidents, of which many groups are asked about, in one query."""
    prefetch_related_objects(incidents, Prefetch("clocks", ReportingClock.objects.with_people()))


def _clocks_for(plan: StakeholderPlan) -> list[ReportingClock]:
    """Those open ones whose report goes to this group."""
    addressee = ADDRESSEES.get(GroupKind(plan.group.kind))
    if addressee is None:
        return []
    with_clocks([plan.incident])  # nothing to do where a page has done it for all its groups
    return [clock for clock in plan.incident.clocks.all() if clock.is_open and addressee in clock.rule.addressees]


def _to_submit(clock: ReportingClock) -> Missing:
    words = f"Note that the report by {clock.code} was submitted, or say that it does not apply"
    return Missing(words, "desk:clock", (clock.pk,))
