"""One-time codes of an authenticator app: RFC 6238 with what every app understands (SHA-1, six digits, 30 seconds)."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

import qrcode  # type: ignore[import-untyped]

SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
STEPS_OFF = (0, -1, 1)  # a telephone's clock may be half a minute out, and typing takes a while


def new_secret() -> str:
    """160 random bits in base 32, as apps take them."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


NAME_IN_CODE = 60  # characters; the longest that escapes to 12 bytes each still fits


def code_of(secret: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step for which this is the code, if that is now or next to now. Every comparison is made, in constant time."""
    typed = code.encode()
    steps = [step_at(at) + off for off in STEPS_OFF]
    fitting = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), typed)]
    return fitting[0] if fitting else None


def address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code says. A long name is cut: a code holds 2,331 bytes, and the name is in it twice, escaped."""
    issuer = issuer[:NAME_IN_CODE]
    words = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{account}')}?{words}"


def squares(text: str) -> tuple[int, str]:
    """A QR code as an SVG path of unit squares, and how many units it is wide. Drawn by the page: no image, no style."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    matrix = code.get_matrix()
    lines = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return len(matrix), "".join(lines)
