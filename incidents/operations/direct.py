"""A direct message: approved like everything else that is said, and sent by email to one group. It is not public.

It takes no number of the record. Its receivers are part of what is approved: if the group changes, nobody has approved that.
One that corrects others goes to whoever got those, whoever is in the group by now.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

import moments
from accounts import chain
from accounts.models import Organisation
from incidents import letters, wording
from incidents.letters import Earlier, Letter, signed
from incidents.models import Approval, Commitment, Statement
from incidents.operations.correction import PutRight, group_of, messages_put_right_by, named_in
from refusals import Missing
from stakeholders import addresses
from stakeholders import mail as mails
from stakeholders import operations as stakeholders
from stakeholders.models import Contact, Outgoing, StakeholderGroup

FIRST = 5  # receivers that an approver sees before anything is sent to many
PREFIX = "Correction: "
LONGEST_SUBJECT = letters.SUBJECT  # what is longer would be cut in the mail
CORRECTED = "Corrected by a later message before this one had left."

_PREFIXED = re.compile(r"(?:correction\s*:\s*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Audience:
    """Whom it reaches: how many, the first of them, and what stands for all of their addresses.

    Of those who got a message: how many ``left`` the group since, and how many ``joined`` it.
    """

    group: str
    number: int
    first: tuple[str, ...]
    digest: str
    left: int = 0
    joined: int = 0

    @property
    def said(self) -> str:
        return f"{self.group}, {addresses.counted(self.number)}"


class Plan:
    """What a direct message does if it goes out now: which ones it puts right, and whom it reaches. Each is asked for once."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement

    @cached_property
    def put_right(self) -> PutRight:
        return messages_put_right_by(self.statement)

    @cached_property
    def audience(self) -> Audience:
        keys = [one.pk for one in self.put_right.told]
        return got(self.statement, keys) if keys else _audience(self.statement, _current(self.statement))


@dataclass(frozen=True)
class Mail:
    """The message as each receiver gets it: from whom, and what it says."""

    sender: str
    letter: Letter


def plan(statement: Statement) -> Plan:
    """As it is now. A statement that was ``looked_up`` remembers what it was asked."""
    at_hand: Plan | None = getattr(statement, "plan_at_hand", None)
    return at_hand or Plan(statement)


def looked_up(statement: Any) -> None:
    """For a page, which asks for the plan several times. An operation asks the database each time."""
    statement.plan_at_hand = Plan(statement)


def audience(statement: Statement) -> Audience:
    """As it would be now: the group as it is, or whoever got the messages that it corrects."""
    return plan(statement).audience


def got(statement: Statement, messages: Collection[int]) -> Audience:
    """Whoever one of these messages to the group of the statement was addressed to."""
    everybody = _contacts(statement, messages)
    receivers = _once(one for one in everybody if one.got)
    reached = {one.address.lower() for one in receivers}
    current = {one.address.lower() for one in everybody if one.is_mailed}
    return _audience(statement, receivers, left=len(reached - current), joined=len(current - reached))


def missing(statement: Statement) -> Iterator[Missing]:
    """What a direct message needs and nothing else does."""
    group = _group(statement)
    if not statement.corrects_message_id and group.retired_at is not None:
        sentence = f"Bring the group back first, or discard this: {group.name} is retired"
        yield Missing(sentence, "desk:group", (group.pk,), "retired")
    if not statement.corrects_message_id and not audience(statement).number:
        sentence = f"Add somebody to the group first: {group.name} has no address"
        yield Missing(sentence, "desk:group", (group.pk,), "id_addresses")
    if statement.headline and not subject(statement):
        yield Missing("Write a subject", "desk:statement", (statement.pk,), "id_headline")
    made = [one for one in statement.own_commitments() if one.state == Commitment.State.DRAFT]
    for one in made:
        sentence = "Make the commitment in public: a direct message makes none"
        yield Missing(sentence, "desk:commitment_draft", (one.pk,))


def owed(messages: Iterable[Approval]) -> Iterator[Missing]:
    """What has to be written before all is said to be over, or no incident: corrections of these, which are not so."""
    for message in messages:
        sentence = f"Write to {group_of(message)} first: a fact behind what they got on {written_at(message)} was wrong"
        yield Missing(sentence, "desk:message_correction_new", (message.pk,))


def subject(statement: Statement) -> str:
    """Of one that corrects others it says so, once, whatever was typed."""
    if statement.corrects_message_id is None:
        return statement.headline
    said = bare(statement.headline)
    return PREFIX + said if said else ""


def bare(headline: str) -> str:
    """A subject without the word that says that it corrects something."""
    return _PREFIXED.sub("", headline, count=1) if _PREFIXED.match(headline) else headline


def content(statement: Statement) -> dict[str, Any]:
    """What its dossier holds beside that of every statement: whom it reaches, what it corrects, what stands around the words."""
    planned = plan(statement)
    told = [{"id": one.pk, "approved_at": chain.instant(one.approved_at)} for one in planned.put_right.told]
    said = {
        "audience": planned.audience.said,
        "receivers": planned.audience.digest,
        "headline": subject(statement),
        **({"corrects_messages": told, "answers": list(planned.put_right.facts)} if told else {}),
    }
    made = _mail(statement, {"body": "", "what_to_do": "", **said}, planned.put_right.told)
    around = (made.sender, made.letter.opening, *made.letter.notes, made.letter.because, made.letter.sender)
    return said | {"around": list(around)}


def mail(statement: Statement, words: Mapping[str, Any]) -> Mail:
    """What is sent, made of the words of a dossier: of a submission, or of the draft as it stands."""
    keys = named_in(words)
    known = {one.pk: one for one in plan(statement).put_right.told}
    return _mail(statement, words, [known[key] for key in keys] if known.keys() >= set(keys) else _approvals(keys))


def draft(statement: Statement) -> Mail:
    """The same of what is being written, as saved."""
    words = {"headline": subject(statement), "body": statement.words(), "what_to_do": statement.what_to_do}
    return _mail(statement, words, plan(statement).put_right.told)


def send(statement: Statement, approval: Approval) -> int:
    """One message to each address, in the transaction of the approval; how many. Twice sends none twice.

    Of the messages that it corrects, those that have not left yet do not leave any more.
    """
    keys = named_in(approval.submission.content)
    letter = _mail(statement, _words(approval), _approvals(keys)).letter
    for key in keys:
        stakeholders.supersede(f"direct:{key}:", CORRECTED, stuck=True)
    receivers = _once(one for one in _contacts(statement, keys) if one.got) if keys else _current(statement)
    queued = [
        stakeholders.queue(
            key=f"direct:{approval.pk}:{contact.pk}",
            kind="direct",
            to=contact.address,
            thread=stakeholders.message_id(f"direct:{statement.incident_id}:{contact.pk}"),
            **letter.message(),
        )
        for contact in receivers
    ]
    return sum(message is not None for message in queued)


def anew(sent: Iterable[Approval]) -> dict[str, Letter]:
    """Of messages that quote what was taken down: the letter as it is now, by how the keys of its mails begin."""
    return {f"direct:{one.pk}:": _anew(one, one.submission.statement) for one in sent if one.submission.statement}


def _anew(message: Approval, statement: Statement) -> Letter:
    """It opens as it was approved: the agent may have been given another name since, which nobody has approved."""
    content = message.submission.content
    letter = _mail(statement, _words(message), _approvals(named_in(content))).letter
    _sender, opening, *_rest = content["around"]
    return replace(letter, opening=opening)


# Whom it reaches


def _audience(statement: Statement, found: Sequence[Contact], **since: int) -> Audience:
    first = tuple(str(contact) for contact in found[:FIRST])
    digest = chain.digest({"receivers": [contact.address.lower() for contact in found]})
    return Audience(_group(statement).name, len(found), first, digest, **since)


def _current(statement: Statement) -> list[Contact]:
    return list(_group(statement).contacts.by_email().order_by("address", "pk"))


def _contacts(statement: Statement, messages: Collection[int]) -> list[Any]:
    """Everybody who is in the group or was, with ``got``: whether one of these messages was addressed to them.

    Found by the key that ``send`` gave it, whatever became of it: a mail that was given up may have been read all the same.
    """
    keys = [Concat(Value(f"direct:{pk}:"), Cast(OuterRef("pk"), CharField())) for pk in messages]
    addressed = Outgoing.objects.filter(key__in=keys)
    return list(_group(statement).contacts.annotate(got=Exists(addressed)).order_by("address", "pk"))


def _once(found: Iterable[Contact]) -> list[Contact]:
    """Each address once, as it was entered last."""
    return list({contact.address.lower(): contact for contact in found}.values())


def _group(statement: Statement) -> StakeholderGroup:
    assert statement.group is not None  # noqa: S101 - a direct message names its group; the database holds it to that
    return statement.group


# What it says


def _words(approval: Approval) -> dict[str, str]:
    return {field: getattr(approval, field) for field in ("headline", "body", "what_to_do")}


def _approvals(keys: Collection[int]) -> list[Approval]:
    return list(Approval.objects.messages().filter(pk__in=keys).order_by("approved_at", "pk")) if keys else []


def _mail(statement: Statement, words: Mapping[str, Any], corrected: Sequence[Approval]) -> Mail:
    """The one place where a direct message becomes a letter."""
    organisation = Organisation.current()
    name = organisation.name if organisation else ""
    contact = organisation.contact if organisation else ""
    written = [written_at(one) for one in corrected]
    about = f"{name or 'We'} {'writes' if name else 'write'} to you about {statement.incident.agent.public_name}"
    wrote = f"what {'it' if name else 'we'} wrote on {wording.listed(written, 'and')}"
    letter = Letter(
        subject=words["headline"],
        opening=f"{about}, to correct {wrote}." if written else f"{about}.",
        runs=(wording.Run("same", words["body"]),),
        rows=(("What to do", words["what_to_do"]),),
        earlier=tuple(_earlier(one) for one in corrected),
        notes=(f"You reach a person here: {contact}",) if contact else (),
        because="you got a message that this one corrects."
        if written
        else "we decided to tell you about this ourselves.",
        sender=signed(organisation),
    )
    return Mail(str(mails.mailbox(name)), letter)


def _earlier(message: Approval) -> Earlier:
    when = f"What we wrote on {written_at(message)}. It was not right, and no longer stands:"
    return Earlier(when, message.headline, message.body, (("What to do", message.what_to_do),))


def written_at(message: Approval) -> str:
    """With its date, and the zone of the organisation beside UTC."""
    organisation = Organisation.current()
    return moments.phrase(message.approved_at, organisation.zone if organisation else "UTC")
