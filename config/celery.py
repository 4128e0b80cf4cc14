"""The Celery application. Celery is the clock and the doorbell; the rows are the queue."""

import os
import sys
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, celeryd_init, worker_shutting_down
from django.conf import settings

from config import checks, deadman, process, standin


class NothingListens(RuntimeError):
    """A task was sent with `memory://` from a process whose messages nobody reads: it would wait for ever."""


class JobTask(Task):  # type: ignore[type-arg]
    def apply_async(self, *args: Any, **options: Any) -> Any:
        if settings.EMBEDDED and not process.runs_jobs and not self.app.conf.task_always_eager:
            raise NothingListens(
                f"{self.name} was sent without a broker, outside the jobs process. "
                "Web code rings with stakeholders.bell.kick(); the clock finds the row by itself."
            )
        return super().apply_async(*args, **options)


def refuse_memory_broker(**_: Any) -> None:
    """`memory://` exists in one process only. SystemExit, because Celery swallows an exception in a signal."""
    if settings.EMBEDDED and not process.runs_jobs:
        sys.exit(
            "No broker is configured, so a separate worker or beat would hear nothing: set CELERY_BROKER_URL, "
            "or run `manage.py jobs`, which is both in one process."
        )


def refuse_forgetful_broker(**_: Any) -> None:
    """Celery runs the system checks at its start and does not look at what they found. This one it must."""
    for problem in checks.broker():
        sys.exit(f"{problem.msg} {problem.hint} ({problem.id})")


def begin_nothing_more(**_: Any) -> None:
    """A worker that is to end finishes the mail in its hands, and not the rest of the round."""
    from stakeholders import operations  # noqa: PLC0415 - models cannot be imported before Django has loaded its apps

    operations.begin_nothing_more()


celeryd_init.connect(refuse_memory_broker, weak=False)
celeryd_init.connect(refuse_forgetful_broker, weak=False)
worker_shutting_down.connect(begin_nothing_more, weak=False)
beat_init.connect(refuse_memory_broker, weak=False)
beat_init.connect(refuse_forgetful_broker, weak=False)
beat_init.connect(standin.start, weak=False)
beat_init.connect(deadman.start, weak=False)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")  # for `celery -A config worker`

app = Celery("answerable", task_cls=JobTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
