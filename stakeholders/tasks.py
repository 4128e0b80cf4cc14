"""Shells: Celery calls, the operation works."""

from celery import shared_task
from django.conf import settings

from stakeholders import bell, operations


# A round ends after 40 seconds; the message it is handing over may take 80 more. Ending it there would repeat the mail.
@shared_task(soft_time_limit=240, time_limit=300)
def drain() -> None:
    if not settings.EMBEDDED:
        bell.heard()
    operations.drain()
