"""Who may decide about messages."""

from accounts.models import Role, User

# Everybody who does more here than read.
DECIDERS = (
    Role.COMMANDER,
    Role.TECHNICAL_LEAD,
    Role.COMMUNICATIONS_LEAD,
    Role.APPROVER,
    Role.RESPONDER,
    Role.ADMINISTRATOR,
)


def can_read_outbox(user: User) -> bool:
    return user.has_role(*DECIDERS)


def read_outbox_refusal() -> str:
    return "The outbox is read by everybody but executives and observers."


def can_retry(user: User) -> bool:
    return user.has_role(*DECIDERS)


def retry_refusal() -> str:
    return "Anybody but executives and observers may send a message again."
