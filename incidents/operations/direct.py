"""A direct message: approved like everything else that is said, and sent by email to one group. It is not public.

It takes no number of the record. Its receivers are part of what is approved: if the group changes, nobody has approved that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts import chain
from accounts.models import Organisation
from incidents import wording
from incidents.letters import Letter, signed
from incidents.models import Approval, Commitment, Statement
from refusals import Missing
from stakeholders import addresses
from stakeholders import operations as stakeholders
from stakeholders.models import Contact, StakeholderGroup

FIRST = 5  # receivers that an approver sees before anything is sent to many


@dataclass(frozen=True)
class Audience:
    """Whom it reaches: how many, the first of them, and what stands for all of their addresses."""

    group: str
    number: int
    first: tuple[str, ...]
    digest: str

    @property
    def said(self) -> str:
        return f"{self.group}, {addresses.counted(self.number)}"


def audience(statement: Statement) -> Audience:
    """As the group is now."""
    found = _receivers(statement)
    first = tuple(str(contact) for contact in found[:FIRST])
    digest = chain.digest({"receivers": [contact.address.lower() for contact in found]})
    return Audience(_group(statement).name, len(found), first, digest)


def missing(statement: Statement) -> Iterator[Missing]:
    """What a direct message needs and nothing else does."""
    group = _group(statement)
    if not group.contacts.current().exists():
        sentence = f"Add somebody to the group first: {group.name} has no address"
        yield Missing(sentence, "desk:group", (group.pk,), "id_addresses")
    made = [one for one in statement.own_commitments() if one.state == Commitment.State.DRAFT]
    for one in made:
        sentence = "Make the commitment in public: a direct message makes none"
        yield Missing(sentence, "desk:commitment_draft", (one.pk,))


def send(statement: Statement, approval: Approval) -> int:
    """One message to each address of the group, in the transaction of the approval; how many. Twice sends none twice."""
    letter = _letter(statement, approval)
    queued = [
        stakeholders.queue(
            key=f"direct:{approval.pk}:{contact.pk}",
            kind="direct",
            to=contact.address,
            thread=stakeholders.message_id(f"direct:{statement.incident_id}:{contact.pk}"),
            **letter.message(),
        )
        for contact in _receivers(statement)
    ]
    return sum(message is not None for message in queued)


def _receivers(statement: Statement) -> list[Contact]:
    return list(_group(statement).contacts.current().order_by("address", "pk"))


def _group(statement: Statement) -> StakeholderGroup:
    assert statement.group is not None  # noqa: S101 - a direct message names its group; the database holds it to that
    return statement.group


def _letter(statement: Statement, approval: Approval) -> Letter:
    organisation = Organisation.current()
    name = organisation.name if organisation else "We"
    contact = organisation.contact if organisation else ""
    return Letter(
        subject=approval.headline,
        opening=f"{name} writes to you about {statement.incident.agent.public_name}.",
        runs=(wording.Run("same", approval.body),),
        rows=(("What to do", approval.what_to_do),),
        notes=(f"You reach a person here: {contact}",) if contact else (),
        because="we decided to tell you about this ourselves.",
        sender=signed(organisation),
    )
