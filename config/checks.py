"""System checks: an operator's mistakes, each found before it hurts and with a hint that mends it.

The ids are stable and listed in docs/configuration.md. Checks that open a connection wait two seconds at most.
"""

import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004 (Django's own names)
from django.db import DatabaseError

import clock
from config.deadman import can_be_pinged
from config.folder import DEMO_MARK

SAMPLE_SECRET_KEY = "sample-key-replace-me"  # noqa: S105 (the one in .env.example, refused below)
SHORTEST_SECRET_KEY = 32
# Each may be given as a file instead, by the same name with _FILE behind it.
SECRETS = (
    "SECRET_KEY", "SECRET_KEY_FALLBACKS", "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "HEALTH_TOKEN", "DEADMAN_URL",
)  # fmt: skip
CLOCK_MAY_DIFFER_SECONDS = 60
KEEPS_EVERY_KEY = "noeviction"

MAIL_EXAMPLE = "Set EMAIL_URL to your mail server, for example submission://user:password@mail.example.org:587."

Found = list[CheckMessage]


@register(Tags.security)
def secret_key(**_: Any) -> Found:
    found: Found = []
    if settings.SECRET_KEY == SAMPLE_SECRET_KEY or len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        found.append(
            Error(
                "SECRET_KEY is the sample or too short: whoever knows it can sign in as anybody.",
                hint="Leave SECRET_KEY empty and one is made and kept in DATA_DIR.",
                id="answerable.E001",
            )
        )
    kept = [settings.DATA_DIR / "secret_key", *(Path(os.environ.get(f"{name}_FILE") or os.devnull) for name in SECRETS)]
    for path in kept:
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            said = f"{path} can be read by every user of this machine."
            found.append(Error(said, hint=f"chmod 600 {path}", id="answerable.E002"))
    return found


@register(Tags.security)
def debug(**_: Any) -> Found:
    if not settings.DEBUG or settings.ON_LOOPBACK:
        return []
    return [
        Error(
            f"DEBUG is set at {settings.PUBLIC_URL}: whoever meets an error reads the program and parts of its settings.",
            hint="Remove DEBUG.",
            id="answerable.E013",
        )
    ]


@register(Tags.security)
def addresses(**_: Any) -> Found:
    found: Found = []
    if "*" in settings.ALLOWED_HOSTS or any(host.startswith(".") for host in settings.ALLOWED_HOSTS):
        found.append(
            Error(
                "ALLOWED_HOSTS accepts hosts that are not yours, so links in emails could lead elsewhere.",
                hint="Set PUBLIC_URL, and PUBLIC_HOST or DESK_HOST where they differ; each is one host name.",
                id="answerable.E003",
            )
        )
    if not settings.HTTPS and not settings.ON_LOOPBACK:
        found.append(
            Warning(
                f"PUBLIC_URL is {settings.PUBLIC_URL}: passwords and sessions would cross the network readable.",
                hint="Put a web server that speaks TLS in front and set PUBLIC_URL to its https address.",
                id="answerable.W001",
            )
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Error(
                "PUBLIC_URL is https but TRUSTED_PROXIES is 0: every visitor would be redirected to https for ever.",
                hint="Set TRUSTED_PROXIES to the number of web servers in front that set X-Forwarded-For and -Proto.",
                id="answerable.E004",
            )
        )
    return found


@register(Tags.security)
def watched_from_outside(**_: Any) -> Found:
    found: Found = []
    token = settings.HEALTH_TOKEN
    if token and (len(token) < SHORTEST_SECRET_KEY or not token.isascii() or not token.isprintable() or " " in token):
        found.append(
            Error(
                f"HEALTH_TOKEN is shorter than {SHORTEST_SECRET_KEY} characters, or has some that no header can carry.",
                hint="Make one with `openssl rand -hex 32`, or leave it empty and /healthz/deep answers 404.",
                id="answerable.E014",
            )
        )
    if settings.DEADMAN_URL and not can_be_pinged(settings.DEADMAN_URL):
        found.append(
            Error(
                "DEADMAN_URL cannot be pinged, so nobody would be told that all is well.",
                hint="Write https://… without a name and password in it; http only for this machine (127.0.0.1).",
                id="answerable.E015",
            )
        )
    return found


@register()
def data_folder(**_: Any) -> Found:
    folder = settings.DATA_DIR
    found: Found = []
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        found.append(
            Error(
                f"The data folder {folder} cannot be written.",
                hint="Set DATA_DIR to a folder this user may write to.",
                id="answerable.E005",
            )
        )
    marked = (folder / DEMO_MARK).exists()
    if settings.DEMO and not marked:
        found.append(
            Error(
                f"DEMO is set, but {folder} holds a real installation.",
                hint="Set DATA_DIR to a folder of its own for the demo, as `make demo` does.",
                id="answerable.E006",
            )
        )
    if marked and not settings.DEMO:
        found.append(
            Error(
                f"{folder} holds demo data, but DEMO is not set: invented incidents would be shown as real.",
                hint="Set DATA_DIR to another folder, or DEMO=1.",
                id="answerable.E007",
            )
        )
    return found


@register()
def moved_clock(**_: Any) -> Found:
    if not settings.CLOCK_OFFSET_SECONDS or settings.CLOCK_MAY_MOVE:
        return []
    return [
        Error(
            "CLOCK_OFFSET_SECONDS is set outside the demo: every promise and deadline would be judged by a wrong time.",
            hint="Remove CLOCK_OFFSET_SECONDS.",
            id="answerable.E008",
        )
    ]


@register()
def broker(**_: Any) -> Found:
    if settings.EMBEDDED:
        workers = os.environ.get("GRANIAN_WORKERS") or os.environ.get("WEB_CONCURRENCY") or "1"
        if settings.ON_POSTGRES or workers.strip() in {"", "0", "1"}:
            return []
        return [
            Error(
                f"{workers} web processes share neither a broker nor a cache: rate limits would be counted apart.",
                hint="Set DATABASE_URL and CELERY_BROKER_URL before running several web processes.",
                id="answerable.E009",
            )
        ]
    if not settings.CELERY_BROKER_URL.startswith(settings.REDIS_SCHEMES):
        return []
    return _redis_policy()


def _redis_policy() -> Found:
    """Silent when Redis does not answer or hides its configuration: the rows are the queue, and it may come back."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        policy = str(client.info("memory").get("maxmemory_policy", KEEPS_EVERY_KEY))
    except redis.RedisError:
        return []
    finally:
        client.close()
    if policy == KEEPS_EVERY_KEY:
        return []
    return [
        Error(
            f"Redis may throw messages away when it is full (maxmemory-policy {policy}).",
            hint=f"Set maxmemory-policy {KEEPS_EVERY_KEY} on the Redis that CELERY_BROKER_URL names.",
            id="answerable.E010",
        )
    ]


@register()
def email(**_: Any) -> Found:
    if settings.EMAIL_URL and not _names_a_mail_server(settings.EMAIL_URL):
        return [
            Error(
                "EMAIL_URL names no mail server that can be used: no email would leave.",
                hint=f"{MAIL_EXAMPLE} It begins with {', '.join(settings.MAIL_SCHEMES[:-1])} or {settings.MAIL_SCHEMES[-1]}.",
                id="answerable.E012",
            )
        ]
    if settings.EMAIL_URL or settings.DEMO:
        return []
    return [
        Info(
            f"EMAIL_URL is empty: emails are written to {settings.MAIL_DIR} and reach nobody.",
            hint=MAIL_EXAMPLE,
            id="answerable.I001",
        )
    ]


def _names_a_mail_server(url: str) -> bool:
    """Whether the scheme is one that leads to a relay, and a host follows. The address itself may hold a password."""
    named = urlsplit(url)
    return named.scheme in settings.MAIL_SCHEMES and bool(named.hostname)


@register(Tags.database)
def clocks_agree(databases: Sequence[str] | None = None, **_: Any) -> Found:
    """Only where database checks are asked for (`check --database default`, `migrate`, `serve`)."""
    if not databases or "default" not in databases:
        return []
    try:
        ahead = (datetime.now(UTC) - clock.database_time()).total_seconds()
    except DatabaseError:
        return []
    if abs(ahead) <= CLOCK_MAY_DIFFER_SECONDS:
        return []
    return [
        Error(
            f"This machine's clock and the database's differ by {abs(ahead):.0f} seconds.",
            hint="Let both machines set their clocks from the network (NTP).",
            id="answerable.E011",
        )
    ]
