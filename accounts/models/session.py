"""Who is signed in where. The key that a browser holds is known here by its hash only, and what it carries is sealed."""

from typing import Any, ClassVar

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from accounts.models.person import User


class SessionQuerySet(models.QuerySet["Session"]):
    def open(self) -> "SessionQuerySet":
        """Those that have not run out, by the database's own clock, as the store asks it."""
        return self.filter(expire_date__gt=Now())


class Session(AbstractBaseSession):
    """One browser in which somebody is, or is about to be, signed in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=80, blank=True)

    objects: ClassVar[Any] = SessionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = "session", "sessions"
        ordering: ClassVar[list[str]] = ["-seen_at", "session_key"]
