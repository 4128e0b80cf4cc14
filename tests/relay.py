"""A mail server on this machine that misbehaves as the receiver's name says. It keeps whatever it was handed.

``ok`` takes it, ``grey`` says 451 once, ``tmp`` says 452 always, ``perm`` says 550, ``slow`` takes its time (or as long as
``hold`` says so), ``drop`` takes it and hangs up without an answer, once; ``gone`` does that every time.
"""

import asyncio
import email
import re
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from typing import Any

from tests.servers import MailServer


class Relay(MailServer):
    """``accepted`` holds what it answered 250 to, ``handed`` everything that it was given."""

    slow_seconds = 1.0
    hold_at_most_seconds = 50.0  # less than the minute that a sender waits for an answer

    def __init__(self) -> None:
        super().__init__()
        self.hold: Callable[[], bool] = lambda: False
        self.accepted: list[tuple[str, EmailMessage]] = []
        self.handed: list[tuple[str, EmailMessage]] = []
        self.connections = 0
        self.seen: Counter[str] = Counter()

    @property
    def settings(self) -> dict[str, Any]:
        """What ``override_settings`` needs so that the sender uses it."""
        return {
            "EMAIL_URL": self.url,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
            "EMAIL_HOST_USER": "",
            "EMAIL_HOST_PASSWORD": "",
            "EMAIL_USE_TLS": False,
            "EMAIL_USE_SSL": False,
        }

    def ids(self, to: str) -> list[str]:
        return [str(message["Message-ID"]) for address, message in self.handed if address == to]

    def counts(self) -> Counter[str]:
        """How many copies each address was handed."""
        return Counter(address for address, _ in self.handed)

    async def handle_EHLO(
        self, server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_AUTH(self, server: Any, _session: Any, _envelope: Any, _arguments: list[str]) -> str:
        """It knows nobody. Who does not sign in is served."""
        return "535 5.7.8 Authentication credentials invalid"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        name = re.split(r"[-@]", address)[0]
        self.seen[address] += 1
        if name == "perm":
            return "550 5.1.1 no such user"
        if name == "tmp":
            return "452 4.2.2 mailbox full"
        if name == "grey" and self.seen[address] == 1:
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        name = re.split(r"[-@]", address)[0]
        message = email.message_from_bytes(envelope.content, policy=default)
        self.handed.append((address, message))
        if name == "slow":
            await self._take_time()
        if name == "gone" or (name == "drop" and self.counts()[address] == 1):
            server.transport.abort()
            return "421 gone"
        self.accepted.append((address, message))
        return "250 kept"

    async def _take_time(self) -> None:
        end = time.monotonic() + self.hold_at_most_seconds
        await asyncio.sleep(self.slow_seconds)
        while self.hold() and time.monotonic() < end:
            await asyncio.sleep(0.02)
