"""One command that runs everything on one machine."""

from typing import Any

from django.core.management.base import BaseCommand

from config import preparation, supervisor


class Command(BaseCommand):
    help = "Prepare the data folder, then run the web server and the jobs process until Ctrl-C."
    requires_system_checks: list[str] = []  # type: ignore[assignment]  # run by `prepare`, each problem in a sentence

    def handle(self, *args: Any, **options: Any) -> None:
        with preparation.only_one_here():
            preparation.prepare(say=self.stdout.write)
            supervisor.run(say=self.stdout.write, welcome=preparation.welcome)
