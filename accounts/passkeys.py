"""Passkeys: what the browser is asked to make, and reading what it made. The ceremonies are allauth's and fido2's."""

from typing import Any, NamedTuple

from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from fido2.webauthn import ResidentKeyRequirement, UserVerificationRequirement

from accounts.models import User


class Made(NamedTuple):
    """A new key as the browser gave it, and its id. Whether it can open the desk by itself, the browser says."""

    credential: dict[str, Any]
    credential_id: str


def ask_for_new(user: User) -> dict[str, Any]:
    """The question to the browser. A passkey where the device can make one, a plain second step where it cannot."""
    options, state = auth.get_server().register_begin(
        user=auth.build_user_payload(user),
        credentials=auth.get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions=auth.EXTENSIONS,
    )
    auth.set_state(state)
    return dict(options)


def read_new(credential: Any) -> Made | None:
    """The answer to the question of this session, or None when it does not fit. Each question is good for one answer."""
    try:
        auth.parse_registration_response(credential)
        data = auth.complete_registration(credential).credential_data
    except (ValidationError, ValueError, TypeError, KeyError):
        return None
    return Made(credential, data.credential_id.hex()) if data else None
