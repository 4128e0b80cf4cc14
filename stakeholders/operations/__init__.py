"""The verbs of the outbox and of contacts: queue a message, send what is due, decide about what is stuck, answer for links."""

from stakeholders.operations.erasing import in_hand, remove_files, rewrite
from stakeholders.operations.links import mint, open_link, void_links
from stakeholders.operations.outbox import message_id, not_left, queue, retry, supersede, take_back
from stakeholders.operations.sending import begin_nothing_more, claim, deliver, drain

__all__ = [
    "begin_nothing_more", "claim", "deliver", "drain", "in_hand", "message_id", "mint", "not_left", "open_link", "queue",
    "remove_files", "retry", "rewrite", "supersede", "take_back", "void_links",
]  # fmt: skip
