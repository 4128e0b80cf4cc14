"""The rules of legal clocks: revised in versions, confirmed as checked, added and retired, and the profile that chooses."""

from typing import Any

from django.db import transaction

import clock
from accounts import log
from accounts.models import LogAction, User
from refusals import Change, Missing, NotAllowed, Stale, WrongState, require, require_nothing_missing, three_way
from stakeholders import countries, permissions
from stakeholders.models import LegalRole, Profile, ReportingRule, Sector
from stakeholders.operations import rule_guards as guards

FIELDS = (
    "regime", "reference", "who", "recipient", "addressees", "starts", "starts_words", "length", "unit", "also_prompt",
    "after_year_end", "cap_hours", "cap_start", "counting", "calendar", "closes", "zone", "may_move", "after_code",
    "status", "in_force_on", "sure_figures", "sure_applies", "checked_on", "checked_by", "switch", "countries", "sectors",
    "roles", "needs_listed", "needs_personal_data", "needs_cards", "notes",
)  # fmt: skip
# Whom it concerns is the operator's to say. Whoever changes more than that answers for the figures from then on.
CONDITIONS = ("switch", "countries", "sectors", "roles", "needs_listed", "needs_personal_data", "needs_cards")
PROFILE_FIELDS = ("countries", "sectors", "roles", "is_listed", "has_personal_data", "takes_cards")
_STALE = "Somebody changed this rule after you opened it."


class Action(LogAction):
    RULE_ADDED = "rules.added"
    RULE_REVISED = "rules.revised"
    RULE_CHECKED = "rules.checked"
    RULE_RETIRED = "rules.retired"
    PROFILE_SET = "rules.profile_set"


@transaction.atomic
def add(code: str, *, by: User, **fields: Any) -> ReportingRule:
    """A rule of the operator's own, such as a contract. Its code is taken for good, also by older versions."""
    _require_keeper(by)
    rule = ReportingRule(code=code.strip().upper(), made_by=by, made_at=clock.now())
    _set(rule, fields)
    missing = [*guards.missing_in_code(rule.code), *guards.missing(rule)]
    require_nothing_missing("The rule was not added.", missing)
    rule.save(force_insert=True)
    log.write(Action.RULE_ADDED, by=by, about=rule, code=rule.code)
    return rule


@transaction.atomic
def revise(rule: ReportingRule, *, by: User, seen: str, **fields: Any) -> ReportingRule:
    """The next version, which counts from now on. Clocks that run keep the version they were started with.

    ``seen``: ``stands_at`` of what the person looked at. Nothing changed: the same version comes back, and nothing is logged.
    Raises ``Stale`` with the differing fields when somebody revised or confirmed it in between.
    """
    rule = _lock(rule, by=by)
    before = {name: getattr(rule, name) for name in FIELDS}
    new = _next(rule, by)
    _set(new, fields)
    changed = [name for name in FIELDS if getattr(new, name) != before[name]]
    require(rule.stands_at == seen, Stale(_STALE, _difference(rule, new, changed, seen)))
    require_nothing_missing("The rule was not revised.", guards.missing(new))
    if not changed:
        return rule
    if set(changed) - set(CONDITIONS):
        new.source = ReportingRule.Source.OPERATOR
    _replace(rule, new)
    log.write(Action.RULE_REVISED, by=by, about=new, code=new.code, version=new.version, fields=changed)
    return new


@transaction.atomic
def confirm_checked(rule: ReportingRule, *, by: User, seen: str, checked_on: Any, checked_by: str) -> ReportingRule:
    """Somebody who knows the law has read this version on that day and found it right. The figures stay as they are."""
    rule = _lock(rule, by=by)
    require(rule.stands_at == seen, Stale(_STALE))
    rule.checked_on, rule.checked_by = checked_on, " ".join(checked_by.split())
    require_nothing_missing("This was not recorded.", guards.missing_in_check(rule))
    rule.source, rule.checks = ReportingRule.Source.OPERATOR, rule.checks + 1
    rule.save(update_fields=["checked_on", "checked_by", "source", "checks"])
    log.write(
        Action.RULE_CHECKED, by=by, about=rule, code=rule.code, version=rule.version, checked_on=str(rule.checked_on)
    )
    return rule


@transaction.atomic
def retire(rule: ReportingRule, *, by: User, seen: str) -> ReportingRule:
    """A version that says: do not use. No profile switches it on; revising its status takes that back."""
    rule = _lock(rule, by=by)
    require(rule.stands_at == seen, Stale(_STALE))
    require(rule.status != ReportingRule.Status.RETIRED, WrongState("This rule is retired already."))
    new = _next(rule, by)
    new.status = ReportingRule.Status.RETIRED
    _replace(rule, new)
    log.write(Action.RULE_RETIRED, by=by, about=new, code=new.code, version=new.version)
    return new


@transaction.atomic
def set_profile(*, by: User, seen_version: int, **fields: Any) -> Profile:
    """What the operator is from now on. Clocks of incidents that have begun stay.

    Raises ``Stale`` when somebody set it in between.
    """
    Profile.objects.get_or_create(pk=1)
    profile = Profile.objects.select_for_update(no_key=True).get(pk=1)
    require(permissions.can_keep_rules(by), NotAllowed(permissions.keep_rules_refusal()))
    _require_known(fields, PROFILE_FIELDS)
    changed = [name for name, value in fields.items() if getattr(profile, name) != value]
    difference = [
        Change(guards.label(name), "", guards.said(getattr(profile, name)), typed=guards.said(fields[name]), field=name)
        for name in changed
    ]
    require(profile.version == seen_version, Stale("Somebody set the profile after you opened it.", difference))
    for name, value in fields.items():
        setattr(profile, name, value)
    require_nothing_missing("The profile was not set.", _missing_in_profile(profile))
    profile.version, profile.set_by, profile.set_at = profile.version + 1, by, clock.now()
    profile.save()
    log.write(Action.PROFILE_SET, by=by, about=profile, version=profile.version, fields=changed)
    return profile


def _require_keeper(by: User) -> None:
    require(permissions.can_keep_rules(by), NotAllowed(permissions.keep_rules_refusal()))


def _lock(rule: ReportingRule, *, by: User) -> ReportingRule:
    """The current version. All versions of a code are locked by the first, which is always there."""
    ReportingRule.objects.select_for_update(no_key=True).get(code=rule.code, version=1)
    _require_keeper(by)
    return ReportingRule.objects.current().get(code=rule.code)


def _next(rule: ReportingRule, by: User) -> ReportingRule:
    new = ReportingRule.objects.get(pk=rule.pk)
    new.pk, new.version, new.checks, new.made_by, new.made_at = None, rule.version + 1, 0, by, clock.now()
    new._state.adding = True
    return new


def _replace(rule: ReportingRule, new: ReportingRule) -> None:
    """The old one first: only one version of a code may be current."""
    rule.superseded_at = new.made_at
    rule.save(update_fields=["superseded_at"])
    new.save(force_insert=True)


def _set(rule: ReportingRule, fields: dict[str, Any]) -> None:
    _require_known(fields, FIELDS)
    for name, value in fields.items():
        setattr(rule, name, _tidy(name, value))


def _tidy(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return value.strip() if name == "notes" else " ".join(value.split())


def _require_known(fields: dict[str, Any], known: tuple[str, ...]) -> None:
    if unknown := fields.keys() - set(known):
        raise TypeError(f"There is no {', '.join(sorted(unknown))}.")


def _difference(rule: ReportingRule, new: ReportingRule, changed: list[str], seen: str) -> list[Change]:
    """What the person saw, what stands now and what they typed, wherever those differ."""
    number = seen.partition(".")[0]
    looked_at = ReportingRule.objects.filter(code=rule.code, version=number if number.isdecimal() else 0).first()
    typed = {name: guards.said(getattr(new, name)) for name in changed}
    return three_way(_said(rule), typed, _said(looked_at) if looked_at else None, guards.label)


def _said(rule: ReportingRule) -> dict[str, str]:
    return {name: guards.said(getattr(rule, name)) for name in FIELDS}


def _missing_in_profile(profile: Profile) -> list[Missing]:
    found = []
    if trouble := countries.problem(profile.countries, unions=False):
        found.append(Missing(trouble, anchor="id_countries"))
    if set(profile.sectors) - set(Sector.values):
        found.append(Missing("Choose sectors from the list", anchor="id_sectors"))
    if set(profile.roles) - set(LegalRole.values):
        found.append(Missing("Choose roles from the list", anchor="id_roles"))
    return found
