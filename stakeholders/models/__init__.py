"""Who must hear, and what leaves by mail. Import models from here."""

from stakeholders.models.group import Contact, Decision, Rating, Scenario, Stage, StakeholderGroup
from stakeholders.models.outgoing import ABANDONED, ActionLink, Doorbell, Outgoing

__all__ = [
    "ABANDONED",
    "ActionLink",
    "Contact",
    "Decision",
    "Doorbell",
    "Outgoing",
    "Rating",
    "Scenario",
    "Stage",
    "StakeholderGroup",
]
