"""Messages whose words have to go: rewritten in the outbox, and gone from the folder of messages."""

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction

import clock
from stakeholders.models import Outgoing


@transaction.atomic
def rewrite(messages: Iterable[int], written: Callable[[Outgoing], tuple[str, str]]) -> None:
    """Put another subject and text, ``written`` for each, in the place of what these say.

    What waits is sent so, without links that act, and whoever holds it to be sent loses it. What is just being handed over
    cannot be stopped.
    """
    for message in Outgoing.objects.select_for_update(no_key=True).filter(pk__in=list(messages)):
        message.subject, message.text = written(message)
        message.html = message.link_purpose = message.link_subject = ""
        message.link_valid_until = None
        if message.attempt_started_at is None:
            message.lease_until, message.lease_by = None, ""
        message.save()


def remove_files(messages: Collection[int]) -> None:
    """The copies that were written because there is no mail server. Raises OSError where one cannot be removed."""
    folder = Path(settings.MAIL_DIR)
    for message in Outgoing.objects.filter(pk__in=messages).only("created_at", "kind"):
        name = f"{message.file_name}.eml"
        for path in (folder / name, *folder.glob(f".{name}.*")):
            path.unlink(missing_ok=True)


def in_hand(messages: Collection[int]) -> bool:
    """Whether one of these is being handed over by somebody who read it before it was rewritten."""
    return Outgoing.objects.filter(pk__in=messages, lease_until__gt=clock.now()).exists()
