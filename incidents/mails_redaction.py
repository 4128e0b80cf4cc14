"""Emails about words that are to be taken down. None of them quotes the words, and those that did say so instead."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from accounts.models import Organisation
from incidents.letters import Letter, at_desk, signed
from incidents.models import Redaction
from incidents.permissions_redaction import confirmers_of
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

KIND = "redaction_proposed"
DIRECT = "direct"  # to a group outside: nothing in it may lead to the desk
INSIDE = " from the public record, so it does not quote them any more. What it was about stands at the desk."
OUTSIDE = ", so it does not say them any more. You need not do anything."
NOT_QUOTED = "The words are not in this message. They stand on the page that it leads to, until they are taken down."


def requested(proposed: Redaction) -> None:
    """Ask everybody who could take them down."""
    who_reads = "that were sent to a group" if proposed.message_id else "which the public can read now"
    for person in confirmers_of(proposed):
        letter = Letter(
            subject=f"Words to be taken down: {_about(proposed)}",
            opening=f"{person.name.split()[0]}, {proposed.proposed_by} asks that words be taken down {who_reads}. "
            "That takes a second person. Please look at once.",
            rows=(
                ("What", _about(proposed)),
                ("Reason", Redaction.Reason(proposed.reason).label),
                ("Why", proposed.note),
            ),
            page=("Look, and take them down or leave them", at_desk("desk:redaction", proposed.pk)),
            notes=(NOT_QUOTED, "Nothing is taken down by opening this page."),
            because="you may take down what the public reads, together with somebody else.",
            sender=signed(Organisation.current()),
        )
        stakeholders.queue(key=f"{_key(proposed)}{person.pk}", kind=KIND, to=person, **letter.message())


def over(proposed: Redaction) -> None:
    """It is decided: nobody needs to be asked any more."""
    stakeholders.supersede(_key(proposed), "It was decided before this was sent.")


def waiting(messages: Iterable[int]) -> QuerySet[Outgoing]:
    """Those to a group that have not left, or that a person could send again."""
    return stakeholders.not_left(_to_a_group(messages), stuck=True)


def hold_back(messages: Iterable[int]) -> int:
    """A message to a group is not sent with a notice in the place of its words: to the group that would say nothing."""
    return stakeholders.take_back(_to_a_group(messages), "Not sent any more: its words were taken down.", stuck=True)


def _to_a_group(messages: Iterable[int]) -> QuerySet[Outgoing]:
    return Outgoing.objects.filter(pk__in=list(messages), kind=DIRECT)


def erase(messages: Iterable[int], anew: Mapping[str, Letter]) -> None:
    """Put the notice in the place of messages that quote what is taken down. Those to people inside are sent with it.

    ``anew`` holds, by the beginning of the key, what is sent instead of those that were written to put the words right.
    """
    organisation = Organisation.current()

    def written(message: Outgoing) -> tuple[str, str]:
        letter = next((one for key, one in anew.items() if message.key.startswith(key)), None)
        if letter is None or message.state != Outgoing.State.QUEUED:
            letter = _instead(message, organisation)
        return letter.headline(), letter.text()

    stakeholders.rewrite(messages, written)


def _instead(message: Outgoing, organisation: Organisation | None) -> Letter:
    outside = message.kind == DIRECT
    about = "Words that stood in this message" if outside else "Words that this message quoted"
    contact = organisation.contact if organisation else ""
    return Letter(
        subject="Words taken down",
        opening=f"{about} were taken down{OUTSIDE if outside else INSIDE}",
        page=("", "") if outside else ("Open the desk", at_desk("desk:now")),
        notes=(f"You reach a person here: {contact}",) if outside and contact else (),
        because=f"{message.reason.removeprefix('Because ')}",
        sender=signed(organisation),
    )


def _key(proposed: Redaction) -> str:
    return f"{KIND}:{proposed.pk}:"


def _about(proposed: Redaction) -> str:
    return proposed.about if proposed.message_id else f"{proposed.about} of the public record"
