"""Emails about words that are to be taken down. None of them quotes the words, and those that did say so instead."""

from collections.abc import Iterable

from accounts.models import Organisation
from incidents.letters import Letter, at_desk, signed
from incidents.models import Redaction
from incidents.permissions_redaction import confirmers_of
from stakeholders import operations as stakeholders
from stakeholders.models import Outgoing

KIND = "redaction_proposed"
NOT_QUOTED = "The words are not in this message. They stand on the page that it leads to, until they are taken down."


def requested(proposed: Redaction) -> None:
    """Ask everybody who could take them down."""
    for person in confirmers_of(proposed):
        letter = Letter(
            subject=f"Words to be taken down: {_about(proposed)}",
            opening=f"{person.name.split()[0]}, {proposed.proposed_by} asks that words be taken down which the public can "
            "read now. That takes a second person. Please look at once.",
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


def erase(messages: Iterable[int]) -> None:
    """Put the notice in the place of messages that quote what is taken down. Those that wait are sent with it."""
    organisation = Organisation.current()
    stakeholders.rewrite(messages, lambda message: _instead(message, organisation))


def _instead(message: Outgoing, organisation: Organisation | None) -> tuple[str, str]:
    letter = Letter(
        subject="Words taken down",
        opening="Words that this message quoted were taken down from the public record, so it does not quote them any more. "
        "What it was about stands at the desk.",
        page=("Open the desk", at_desk("desk:now")),
        because=f"{message.reason.removeprefix('Because ')}",
        sender=signed(organisation),
    )
    return letter.headline(), letter.text()


def _key(proposed: Redaction) -> str:
    return f"{KIND}:{proposed.pk}:"


def _about(proposed: Redaction) -> str:
    return f"{proposed.about} of the public record"
