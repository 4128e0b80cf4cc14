"""Somebody with a second step, made as they would make it, for the tests of everything that asks for one."""

import secrets

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

import clock
from accounts import sealed, totp
from accounts.models import User
from accounts.operations import second_step
from accounts.passkeys import Made

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def passkey() -> Made:
    """As a browser would give it; whoever holds the private key is gone."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    name = secrets.token_bytes(16)
    data = AuthenticatorData.create(
        b"\0" * 32, AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, 0,
        AttestedCredentialData.create(Aaguid.NONE, name, public),
    )  # fmt: skip
    response = {
        "clientDataJSON": websafe_encode(b'{"type":"webauthn.create","challenge":"","origin":""}'),
        "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
    }
    key = websafe_encode(name)
    return Made(
        {"id": key, "rawId": key, "type": "public-key", "response": response, "clientExtensionResults": {}}, name.hex()
    )


def with_app(user: User, keep: str = "") -> list[str]:
    """Set the app up; returns the recovery codes. Its next good code is `next_code`."""
    return second_step.add_app(user, SECRET, code_now(), by=user, keep=keep)


def with_key(user: User, name: str = "Laptop") -> Authenticator:
    """A passkey that no browser can use: for what lists, renames and removes them."""
    second_step.add_key(user, name, passkey(), by=user, keep="")
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).latest("pk")


def code_now(steps: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return totp.code_of(SECRET, totp.step_at(clock.now()) + steps)


def next_code() -> str:
    """A code that was not used yet: the app's clock may be one step ahead."""
    return code_now(1)


def secret_of(user: User) -> str:
    return sealed.unseal(Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"])
