from accounts.models.frozen import FrozenModel, FrozenQuerySet
from accounts.models.kept import KeptModel
from accounts.models.log import GENESIS, LogAction, LogEntry, LogHead
from accounts.models.organisation import Organisation, SoloDeclaration
from accounts.models.person import Invitation, Role, RoleGrant, User, system_user
from accounts.models.session import Session
from accounts.models.tally import Tally
from accounts.models.team import Membership, Team

__all__ = [
    "GENESIS",
    "FrozenModel",
    "FrozenQuerySet",
    "Invitation",
    "KeptModel",
    "LogAction",
    "LogEntry",
    "LogHead",
    "Membership",
    "Organisation",
    "Role",
    "RoleGrant",
    "Session",
    "SoloDeclaration",
    "Tally",
    "Team",
    "User",
    "system_user",
]
