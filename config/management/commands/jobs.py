"""The jobs process: Celery's worker and its clock as threads of one process."""

import signal
from typing import Any

from celery.beat import EmbeddedService
from celery.signals import worker_ready, worker_shutting_down
from django.core.management.base import BaseCommand

from config import process
from config.celery import app


class Command(BaseCommand):
    help = "Run the clock and everything it starts: reminders, deadlines, sending. `manage.py serve` starts this."
    requires_system_checks: list[str] = []  # type: ignore[assignment]  # `serve` has run them

    def handle(self, *args: Any, **options: Any) -> None:
        process.runs_jobs = True
        process.end_with_parent()
        # `celery worker -B` starts beat as a process of its own, which `memory://` cannot reach: hence a thread.
        # The plain scheduler keeps no file: what is due is decided by rows, never by what beat remembers.
        clock = EmbeddedService(app, thread=True, scheduler_cls="celery.beat:Scheduler")
        worker_ready.connect(lambda **_: clock.start(), weak=False)
        worker_shutting_down.connect(lambda **_: clock.service.stop(wait=False), weak=False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # Celery would start itself anew, as a different command
        worker = app.Worker(
            pool_cls="threads",
            concurrency=4,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            loglevel="WARNING",
            quiet=True,
        )
        worker.start()
        raise SystemExit(worker.exitcode or 0)
