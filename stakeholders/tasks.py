"""Shells: Celery calls, the operation works."""

from celery import shared_task

from stakeholders import operations


@shared_task
def drain() -> None:
    operations.drain()
