"""The shipped settings with a lease of LEASE_SECONDS instead of ninety: so that a test can wait for it to run out."""

import os
from datetime import timedelta

from django.apps import AppConfig

from tests.processes.settings import *  # noqa: F403
from tests.processes.settings import INSTALLED_APPS as SHIPPED


class ShortLease(AppConfig):
    name = "tests.faults"
    label = "short_lease"

    def ready(self) -> None:
        from stakeholders.operations import sending

        sending.LEASE = timedelta(seconds=float(os.environ["LEASE_SECONDS"]))


INSTALLED_APPS = [*SHIPPED, "tests.faults.short_lease.ShortLease"]
