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


def can_keep_groups(user: User) -> bool:
    """Say who must be thought of, what they are told by default, and in which order they stand."""
    return user.has_role(Role.COMMUNICATIONS_LEAD, Role.COMMANDER, Role.ADMINISTRATOR)


def keep_groups_refusal() -> str:
    return "Groups are kept by communications leads, commanders and administrators."


def can_keep_contacts(user: User) -> bool:
    """Add and remove the addresses outside that belong to a group."""
    return user.has_role(Role.COMMUNICATIONS_LEAD, Role.COMMANDER, Role.ADMINISTRATOR)


def keep_contacts_refusal() -> str:
    return "The addresses of a group are kept by communications leads, commanders and administrators."


def can_read_contacts(user: User) -> bool:
    return user.has_role(*DECIDERS)


def read_contacts_refusal() -> str:
    return "The addresses of a group are read by everybody but executives and observers."


def can_retry(user: User) -> bool:
    return user.has_role(*DECIDERS)


def retry_refusal() -> str:
    return "Anybody but executives and observers may send a message again."


def can_keep_rules(user: User) -> bool:
    """Say which legal clocks there are, with which figures, and what the operator is. Everybody inside reads that."""
    return user.has_role(Role.COMMUNICATIONS_LEAD, Role.COMMANDER, Role.ADMINISTRATOR)


def keep_rules_refusal() -> str:
    return "Legal clocks are kept by commanders, communications leads and administrators."
