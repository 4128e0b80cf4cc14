"""Shells: Celery calls, the operation works."""

from celery import shared_task

from incidents.operations import sweep as operations


@shared_task
def sweep() -> None:
    operations.sweep()
