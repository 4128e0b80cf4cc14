"""Who is told about commitments, and in which words. Every notice is queued in the transaction that caused it.

One message per person. Only the owner's carries links that act; everybody else's leads to the desk, behind a sign-in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import clock
import moments
from accounts.models import Organisation, Role, Team, User
from incidents import hours
from incidents.letters import Letter, at_desk, late_by, rough, signed
from incidents.models import Commitment, CommitmentChange, Evidence, Reminder, Urgency
from incidents.permissions import VERIFIERS
from stakeholders import operations as stakeholders
from stakeholders.mail import LINK
from stakeholders.models import Outgoing

KIND = "commitment"
VERIFICATION = "verification"
LINKS_LAST = timedelta(days=14)
LATE_AFTER = timedelta(minutes=10)

Step = Reminder.Step


def key(made: Commitment) -> str:
    """What the keys of all messages about ``made`` begin with."""
    return f"commitment:{made.pk}:"


def verify_key(given: Evidence) -> str:
    """What the keys of all requests to verify ``given`` begin with."""
    return f"verify:{given.pk}:"


# Steps


def step(made: Commitment, reminder: Reminder, taken: Iterable[Reminder], now: datetime) -> None:
    """Tell the owner what stands at this step, and those above what the steps ``taken`` together ask for."""
    steps = {row.step for row in taken}
    to = reader_of(made)
    about = f"{key(made)}{reminder.step}:{reminder.about_due_at:%Y%m%dT%H%M%S}:{reminder.nth}"
    letter = owners_letter(made, now, zone=_zone(to), late=_lateness(reminder, now), to=to)
    _send(made, f"{about}:owner", to, letter, now, step_at=reminder.due_at)
    if steps & {Step.DAY_AFTER, Step.WEEKLY}:
        _copy(made, about, lead_of(made), now, "you lead the team.")
    if Step.THREE_DAYS_AFTER in steps:
        for person in User.objects.with_role(Role.EXECUTIVE):
            _copy(made, about, person, now, "you are an executive.")


def _copy(made: Commitment, about: str, person: User | None, now: datetime, because: str) -> None:
    if person is None or person == made.owner:
        return
    letter = copy_letter(made, now, person, because)
    at = now if made.incident.urgency == Urgency.ACT_NOW else hours.into_hours(now, person.zone)
    _send(made, f"{about}:copy:{person.pk}", person, letter, now, due_at=at)


def bounced(message: Outgoing, made: Commitment) -> None:
    """The owner's address did not take it: the team's alias gets the same, without the links."""
    now, alias = clock.now(), alias_of(made)
    letter = owners_letter(made, now, zone=_zone(alias), late="", to=alias)
    _send(made, f"{message.key}:alias", alias, letter, now)


# Events


def new_owner(made: Commitment) -> None:
    now = clock.now()
    to = reader_of(made)
    letter = owners_letter(made, now, zone=_zone(to), late="", to=to)
    _send(made, f"{key(made)}owner:{made.owner_id}:{now:%Y%m%dT%H%M%S%f}", to, letter, now)


def amended(made: Commitment, change: CommitmentChange) -> None:
    now = clock.now()
    to = reader_of(made)
    letter = owners_letter(made, now, zone=_zone(to), late="", to=to, amended=True)
    _send(made, f"{key(made)}amended:{change.pk}", to, letter, now)


def disowned(made: Commitment) -> None:
    """Tell the commander and the team's lead that it needs another owner."""
    for person in _others({made.incident.commander, lead_of(made)}, made):
        letter = _plain(
            made,
            person,
            subject=f"{made} needs another owner. {made.text}",
            opening=f"{_first(person)}, {made.owner} says that {made} is not theirs.",
            rows=(("They say", made.disowned_reason),),
            page="Give it to somebody",
            notes=(f"Until somebody does, it stays with {made.owner}, and its deadline keeps running.",),
            because="you command the incident or lead the team.",
        )
        _send(made, f"{key(made)}disowned:{made.disowned_at:%Y%m%dT%H%M%S%f}:{person.pk}", person, letter, clock.now())


def reported_done(given: Evidence, again: str = "") -> None:
    """Ask those who can verify. ``again`` is the step at which they are asked once more."""
    made = given.commitment
    for person in _verifiers(given):
        letter = _plain(
            made,
            person,
            subject=f"To verify: {made} was reported done. {made.text}",
            opening=f"{_first(person)}, {given.submitted_by} reports {made} done. Please look whether it is.",
            rows=(("Evidence", given.text), ("To check it", made.verification), ("By", _at(made.due_at, person.zone))),
            page="Verify it or send it back",
            notes=("The public page says that it was reported done and not yet verified.",),
            because="you may verify what others report done.",
        )
        _send(made, f"{verify_key(given)}{again}:{person.pk}", person, letter, clock.now(), kind=VERIFICATION)


def report_refused(given: Evidence) -> None:
    made, now = given.commitment, clock.now()
    to = reader_of(made)
    letter = owners_letter(made, now, zone=_zone(to), late="", to=to, refused=given.refusal_reason)
    _send(made, f"{key(made)}refused:{given.pk}", to, letter, now)


# Letters


def owners_letter(
    made: Commitment,
    now: datetime,
    *,
    zone: ZoneInfo,
    late: str,
    to: User | str,
    amended: bool = False,
    refused: str = "",
) -> Letter:
    """The mail with one question. Its three answers are links for the owner; an alias is led to the desk."""
    owner = to == made.owner
    return Letter(
        subject=f"{standing(made, now)}: {made}. {made.text}",
        opening=_opening(made, now, to=to, amended=amended, refused=bool(refused)),
        quote=made.text,
        rows=_rows(made, now, zone, refused),
        question="What is the state of it?",
        choices=_choices(made) if owner else (),
        page=("", "") if owner else ("Open it at the desk", _page(made)),
        notes=tuple(note for note in (late, _about_links(made) if owner else "", _if_nothing(made, zone, now)) if note),
        because=f"you own {made}." if owner else f"your address is the team’s, and {made.owner} owns {made}.",
        sender=signed(Organisation.current()),
    )


def copy_letter(made: Commitment, now: datetime, person: User, because: str) -> Letter:
    return _plain(
        made,
        person,
        subject=f"{standing(made, now)}: {made}, owned by {made.owner}. {made.text}",
        opening=f"{_first(person)}, {made} is overdue. {made.owner} owns it and was told as well.",
        rows=_rows(made, now, person.zone, ""),
        page=f"See {made} at the desk",
        notes=("It stays missed in public whatever happens now. Done late, it is shown as kept late.",),
        because=because,
    )


def standing(made: Commitment, now: datetime) -> str:
    """How late it is, or when it is due: what a subject begins with."""
    if made.state == Commitment.State.MISSED:
        return f"{late_by(now - made.due_at)}, missed in public"
    if made.due_at <= now:
        return "Due now"
    return f"Due in {rough(made.due_at - now)}"


def _opening(made: Commitment, now: datetime, *, to: User | str, amended: bool, refused: bool) -> str:
    name = f"{_first(to)}, " if isinstance(to, User) else ""
    whose = "this promise is yours" if to == made.owner else f"this promise is {made.owner}’s, who could not be reached"
    if refused:
        said = "and your report that it is done was not accepted."
    elif made.due_at <= now:
        said = "and its time has passed."
    elif amended:
        said = "and it was amended in public."
    else:
        said = "and it is public."
    sentence = f"{name}{whose}, {said}" if whose.endswith("reached") else f"{name}{whose} {said}"
    return sentence[0].upper() + sentence[1:]


def _rows(made: Commitment, now: datetime, zone: ZoneInfo, refused: str) -> tuple[tuple[str, str], ...]:
    entry = made.made_in
    rows = [("Promised to", f"everyone, in entry {entry.number} of {moments.day(entry.at)}")] if entry else []
    if made.first_due_at and made.first_due_at != made.due_at:
        rows.append(("First by", _at(made.first_due_at, zone)))
    rows += [("By", _at(made.due_at, zone)), ("Now", _now(made, now)), ("To check it", made.verification)]
    if refused:
        rows.append(("Not accepted", refused))
    return tuple(rows)


def _now(made: Commitment, now: datetime) -> str:
    if made.state == Commitment.State.MISSED:
        said = late_by(now - made.due_at)
        return f"{said[0].lower()}{said[1:]}, missed in public"
    if made.due_at <= now:
        return "it is due"
    return f"{rough(made.due_at - now)} left"


def _choices(made: Commitment) -> tuple[tuple[str, str], ...]:
    missed = made.state == Commitment.State.MISSED
    return (
        ("Done, and here is the evidence", f"{LINK}done/"),
        ("Not done, and here is why" if missed else "I need more time, and here is why", f"{LINK}more-time/"),
        ("This is not mine", f"{LINK}not-mine/"),
    )


def _about_links(made: Commitment) -> str:
    after = " Done after the deadline is shown as kept late; the first date stays visible."
    said = "Opening a link changes nothing. Each one leads to a page with a button."
    return said + (after if made.state == Commitment.State.MISSED else "")


def _if_nothing(made: Commitment, zone: ZoneInfo, now: datetime) -> str:
    """What the clock does next when nobody does anything."""
    if made.state != Commitment.State.MISSED:
        return f"If nothing happens by {_at(made.due_at, zone)}, the public page says by itself that it was missed."
    ahead = made.reminders.filter(state=Reminder.State.PENDING, about_due_at=made.due_at, due_at__gt=now)
    after = ahead.filter(step__in=(Step.DAY_AFTER, Step.THREE_DAYS_AFTER)).order_by("due_at").first()
    stays = "the public page goes on saying that it was missed."
    if after is None:
        return f"You are reminded once a week until it is settled, and {stays}"
    lead = lead_of(made)
    who = "the executives are" if after.step == Step.THREE_DAYS_AFTER or lead is None else f"{_seat(made, lead)} is"
    return f"If nothing happens, {who} told on {_at(after.due_at, zone)}, and {stays}"


def _seat(made: Commitment, person: User) -> str:
    team = team_of(made)
    return f"{person} ({'team lead' if team and team.lead == person else 'incident commander'})"


def _lateness(reminder: Reminder, now: datetime) -> str:
    if now - reminder.due_at < LATE_AFTER:
        return ""
    return f"This reminder is late: it was to come at {moments.phrase(reminder.due_at, 'UTC')}."


def _plain(
    made: Commitment,
    person: User,
    *,
    subject: str,
    opening: str,
    rows: tuple[tuple[str, str], ...],
    page: str,
    notes: tuple[str, ...],
    because: str,
) -> Letter:
    return Letter(
        subject=subject,
        opening=opening,
        quote=made.text,
        rows=rows,
        page=(page, _page(made)),
        notes=notes,
        because=because,
        sender=signed(Organisation.current()),
    )


# Sending


def _send(
    made: Commitment,
    message_key: str,
    to: User | str,
    letter: Letter,
    now: datetime,
    *,
    due_at: datetime | None = None,
    step_at: datetime | None = None,
    kind: str = KIND,
) -> None:
    links: dict[str, Any] = {}
    if letter.choices:
        until = max(step_at or now, now) + LINKS_LAST
        links = {"link_purpose": KIND, "link_subject": made.public_id, "link_valid_until": until}
    stakeholders.queue(
        key=message_key,
        kind=kind,
        to=to,
        **letter.message(),
        thread=stakeholders.message_id(key(made)),
        due_at=due_at,
        **links,
    )


# People


def team_of(made: Commitment) -> Team | None:
    """The team behind the agent, or else the owner's own."""
    return made.incident.agent.team or Team.objects.filter(members=made.owner).select_related("lead").first()


def lead_of(made: Commitment) -> User | None:
    """Who is told when a commitment is a day late: the team's lead, or who commands if the lead owns it themselves."""
    team = team_of(made)
    lead = team.lead if team and team.lead.is_active and team.lead != made.owner else made.incident.commander
    return lead if lead and lead.is_active else None


def reader_of(made: Commitment) -> User | str:
    """The owner, or whoever reads in their place: they have left, or no mail server knows their address (F20)."""
    return made.owner if made.owner.reads_mail else alias_of(made)


def alias_of(made: Commitment) -> User | str:
    """The address that still has a reader: the team's alias; without a team, the agent's deputy or the commander."""
    team, agent = team_of(made), made.incident.agent
    if team:
        return team.alias
    people = (agent.deputy, made.incident.commander, agent.owner)
    return next((person for person in people if person and person.reads_mail and person != made.owner), made.owner)


def _verifiers(given: Evidence) -> list[User]:
    """The seats of the incident that may verify; when nobody there may, everybody who may."""
    incident = given.commitment.incident
    may = User.objects.with_role(*VERIFIERS).exclude(pk__in=(given.owner_id, given.submitted_by_id))
    seated = [person for person in may if person in (incident.commander, incident.communications_lead)]
    return seated or list(may)


def _others(people: set[User | None], made: Commitment) -> list[User]:
    active = {person for person in people if person and person.is_active}
    return sorted(active - {made.owner}, key=lambda person: person.pk)


def _zone(to: User | str) -> ZoneInfo:
    if isinstance(to, User):
        return to.zone
    organisation = Organisation.current()
    return organisation.zone if organisation else ZoneInfo("UTC")


def _at(at: datetime, zone: ZoneInfo) -> str:
    return moments.phrase(at, zone)


def _first(person: User | str) -> str:
    return person.name.split()[0] if isinstance(person, User) else ""


def _page(made: Commitment) -> str:
    return at_desk("desk:commitment", made.pk)
