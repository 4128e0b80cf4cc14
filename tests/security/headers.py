"""What every answer must carry (S10), whoever asked for what and however it went."""

import re
from collections.abc import Mapping

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
BEHIND = ("/desk/", "/account/", "/setup/", "/act/", "/subscriptions/")
TRANSPORT = "max-age=31536000; includeSubDomains; preload"


def policy(text: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in text.split(";"))


def is_a_preview(path: str, status: int) -> bool:
    """The two pages that may stand in a frame: of our own, beside what waits for approval."""
    return (
        status == 200
        and path.startswith("/desk/approvals/")
        and path.partition("?")[0].endswith(("/preview/", "/preview/feed/"))
    )


def is_a_mail(path: str, status: int) -> bool:
    """The two pages that show a mail, in a frame of ours as well: it loads nothing, and brings the one style it names."""
    return status == 200 and path.startswith(("/desk/approvals/", "/desk/statements/")) and path.endswith("/email/")


def policy_of(path: str, status: int, said: dict[str, str]) -> dict[str, str]:
    """What its policy must say."""
    if is_a_mail(path, status):
        style = said.get("style-src", "")
        named = re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", style)
        only = {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'", "sandbox": ""}
        return only | {"style-src": style if named else "a digest", "frame-ancestors": "'self'"}
    return POLICY | ({"frame-ancestors": "'self'"} if is_a_preview(path, status) else {})


def faults(path: str, status: int, headers: Mapping[str, str], *, https: bool = False) -> list[str]:
    """What is wrong with the headers of one answer, each in a few words."""
    is_framed = is_a_preview(path, status) or is_a_mail(path, status)
    framed = {"X-Frame-Options": "SAMEORIGIN"} if is_framed else {}
    found = [
        f"{name}: {headers.get(name)}" for name, wanted in (ALWAYS | framed).items() if headers.get(name) != wanted
    ]
    said = policy(headers.get("Content-Security-Policy", ""))
    if said != policy_of(path, status, said):
        found.append(f"policy: {headers.get('Content-Security-Policy')}")
    if https and headers.get("Strict-Transport-Security") != TRANSPORT:
        found.append(f"transport: {headers.get('Strict-Transport-Security')}")
    kind = headers.get("Content-Type", "")
    if kind.startswith("text/") and "charset=utf-8" not in kind.lower().replace('"', ""):
        found.append(f"no charset: {kind}")
    if "Server" in headers or "X-Powered-By" in headers:
        found.append("says what it is made of")
    behind = path.startswith(BEHIND)
    if behind and headers.get("Cache-Control") != "no-store":
        found.append(f"may be stored: {headers.get('Cache-Control')}")
    return [f"{path} ({status}): {fault}" for fault in found]


def public_faults(path: str, status: int, headers: Mapping[str, str], *, https: bool = False) -> list[str]:
    """What a page for everybody must not carry either: any trace of who asked."""
    found = faults(path, status, headers, https=https)
    varies = {part.strip().lower() for part in headers.get("Vary", "").split(",")}
    if "Set-Cookie" in headers or "cookie" in varies:
        found.append(f"{path} ({status}): knows cookies")
    return found
