"""Browsers of Django's test client that share one loaded stack of middleware.

Loading it (one of its parts looks at every static file) takes longer than most requests do, and a client of its own
loads its own. Changed settings make a new one, because middleware reads some of them when it is loaded.
"""

from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.test import Client
from django.test.client import ClientHandler


def browser(*, enforce_csrf_checks: bool = False, **options: Any) -> Client:
    """A new browser in which nobody has signed in."""
    opened = Client(SERVER_NAME="127.0.0.1", SERVER_PORT="8000", **options)
    opened.handler = _handler(enforce_csrf_checks)
    return opened


@cache
def _handler(enforce_csrf_checks: bool) -> ClientHandler:
    return ClientHandler(enforce_csrf_checks)


def _forget(**_rest: Any) -> None:
    _handler.cache_clear()


setting_changed.connect(_forget, dispatch_uid="browsers of the tests")
