"""The shipped settings for processes under faults: rounds come often, so that a test waits less for the next one."""

from typing import Any

import clock
from tests.processes.settings import *  # noqa: F403
from tests.processes.settings import CELERY_BEAT_SCHEDULE

clock.MEASURE_EVERY_SECONDS = 0.5
_sweep: dict[str, Any] = CELERY_BEAT_SCHEDULE["sweep"]
_sweep["schedule"] = 2.0
