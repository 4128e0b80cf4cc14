"""What the log can say about people, teams and the installation."""

from accounts.models import LogAction


class Action(LogAction):
    ORGANISATION_FOUNDED = "organisation.founded"
    PUBLIC_LANGUAGE_SET = "organisation.public_language_set"
    SOLO_DECLARED = "organisation.solo_declared"
    SOLO_ENDED = "organisation.solo_ended"
    PERSON_INVITED = "person.invited"
    INVITATION_REVOKED = "person.invitation_revoked"
    PERSON_JOINED = "person.joined"
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_CHANGED = "person.changed"
    PASSWORD_CHANGED = "person.password_changed"  # noqa: S105 (a name in the log)
    PASSWORD_LINK_MADE = "person.password_link_made"  # noqa: S105
    SIGN_IN_HELD = "person.sign_in_held"
    SESSIONS_ENDED = "person.sessions_ended"
    SECOND_STEP_ADDED = "person.second_step_added"
    SECOND_STEP_REMOVED = "person.second_step_removed"
    SECOND_STEP_RESET = "person.second_step_reset"
    KEY_RENAMED = "person.key_renamed"
    RECOVERY_CODES_MADE = "person.recovery_codes_made"
    RECOVERY_CODE_USED = "person.recovery_code_used"
    ROLE_GRANTED = "person.role_granted"
    ROLE_REVOKED = "person.role_revoked"
    PERSON_DEACTIVATED = "person.deactivated"
    PERSON_REACTIVATED = "person.reactivated"
    ADDRESS_REFUSED = "person.address_refused"
    ADDRESS_CONFIRMED = "person.address_confirmed"
    TEAM_FORMED = "team.formed"
    TEAM_CHANGED = "team.changed"
    MEMBER_ADDED = "team.member_added"
    MEMBER_REMOVED = "team.member_removed"
