"""Who must hear, and what leaves by mail. Import models from here."""

from stakeholders.models.contact import Contact, ContactChannel
from stakeholders.models.group import (
    Decision,
    GroupDefault,
    GroupKind,
    Rating,
    Scenario,
    Stage,
    StakeholderGroup,
)
from stakeholders.models.outgoing import ABANDONED, ActionLink, Doorbell, Outgoing

__all__ = [
    "ABANDONED",
    "ActionLink",
    "Contact",
    "ContactChannel",
    "Decision",
    "Doorbell",
    "GroupDefault",
    "GroupKind",
    "Outgoing",
    "Rating",
    "Scenario",
    "Stage",
    "StakeholderGroup",
]
