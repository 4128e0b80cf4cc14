"""Who must hear, by when the law wants it, and what leaves by mail. Import models from here."""

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
from stakeholders.models.rule import Addressee, LegalRole, Profile, ReportingRule, Sector, StartEvent

__all__ = [
    "ABANDONED",
    "ActionLink",
    "Addressee",
    "Contact",
    "ContactChannel",
    "Decision",
    "Doorbell",
    "GroupDefault",
    "GroupKind",
    "LegalRole",
    "Outgoing",
    "Profile",
    "Rating",
    "ReportingRule",
    "Scenario",
    "Sector",
    "Stage",
    "StakeholderGroup",
    "StartEvent",
]
