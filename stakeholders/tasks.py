"""Shells: Celery calls, the operation works."""

from celery import shared_task

from stakeholders import operations


# A round ends after 40 seconds; the message it is handing over may take 80 more. Ending it there would repeat the mail.
@shared_task(soft_time_limit=240, time_limit=300)
def drain() -> None:
    operations.drain()
