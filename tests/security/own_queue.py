"""The shipped settings with one queue of a test's own, so that nothing planted in a shared broker reaches anybody else."""

import os

from kombu import Exchange, Queue

from config.settings import *  # noqa: F403
from config.settings import CELERY_TASK_ROUTES

_name = os.environ["OWN_QUEUE"]
CELERY_TASK_DEFAULT_QUEUE = _name
CELERY_TASK_QUEUES = (Queue(_name, Exchange(_name), routing_key=_name),)
CELERY_TASK_ROUTES.clear()
