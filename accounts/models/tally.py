"""How often something was tried lately."""

from django.db import models


class Tally(models.Model):
    """The moments of the last tries of one thing, oldest first. What it is about stands here as a hash only."""

    key = models.CharField(max_length=64, primary_key=True)
    moments = models.JSONField(default=list)
    ends_at = models.DateTimeField(db_index=True)
    held = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.key[:8]
