"""Shells: Celery calls, the operation works."""

from celery import shared_task

from incidents.operations import rewriting
from incidents.operations import sweep as operations


@shared_task
def sweep() -> None:
    operations.sweep()


# A round begins with tables for 5 seconds, and the last of them may take 30. The database ends it; this only stands behind it.
@shared_task(soft_time_limit=60, time_limit=90)
def rewrite() -> None:
    rewriting.rewrite()
