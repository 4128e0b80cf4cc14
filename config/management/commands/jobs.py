"""The jobs process: Celery's worker and its clock as threads of one process."""

import signal
import sys
import warnings
from typing import Any, NoReturn

from celery.beat import EmbeddedService
from celery.exceptions import WorkerShutdown
from celery.signals import worker_ready
from django.core.management.base import BaseCommand

from config import process
from config.celery import app
from stakeholders import operations


class Command(BaseCommand):
    help = "Run the clock and all it starts: reminders, deadlines, sending. `manage.py serve` starts this."
    requires_system_checks = []  # noqa: RUF012 (Django's own form); `serve` has run them

    def handle(self, *args: Any, **options: Any) -> None:
        process.runs_jobs = True
        process.end_with_parent()
        # `celery worker -B` starts beat as a process of its own, which `memory://` cannot reach: hence a thread.
        # Unless told the scheduler, it takes the one that writes a file into the folder it is started from.
        told = {"thread": True, "scheduler_cls": app.conf.beat_scheduler}
        clock: Any = EmbeddedService(app, **told)  # type: ignore[arg-type]  # the stubs know only the plain Task

        def stop(*_: Any) -> NoReturn:
            """Celery's own handler waits for its two-second look at the broker; this ends the wait at once.

            Tasks that are running finish first, within the supervisor's grace; whatever does not is leased again.
            A round of sending ends with the message it is handing over.
            """
            operations.begin_nothing_more()
            clock.service.stop(wait=False)
            raise WorkerShutdown(0)

        def ready(**_: Any) -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, stop)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # Celery would start itself anew, as another command
            clock.start()

        worker_ready.connect(ready, weak=False)
        # Celery warns every root user because of pickle, which config.settings does not accept.
        warnings.filterwarnings("ignore", module="celery.platforms")
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
        sys.exit(worker.exitcode or 0)
