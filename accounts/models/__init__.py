from accounts.models.log import GENESIS, LogAction, LogEntry, LogHead
from accounts.models.organisation import Organisation
from accounts.models.person import Invitation, Role, RoleGrant, User, system_user
from accounts.models.team import Membership, Team

__all__ = [
    "GENESIS",
    "Invitation",
    "LogAction",
    "LogEntry",
    "LogHead",
    "Membership",
    "Organisation",
    "Role",
    "RoleGrant",
    "Team",
    "User",
    "system_user",
]
