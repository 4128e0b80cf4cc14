"""One command that runs everything on one machine."""

from typing import Any

from django.core.management.base import BaseCommand

from config import preparation, supervisor


class Command(BaseCommand):
    help = "Prepare the data folder, then run the web server and the jobs process until Ctrl-C."
    requires_system_checks = []  # noqa: RUF012 (Django's own form); run by `prepare`, each problem in a sentence

    def handle(self, *args: Any, **options: Any) -> None:
        with preparation.only_one_here():
            preparation.prepare(say=self._say)
            supervisor.run(say=self._say, welcome=preparation.welcome)

    def _say(self, sentence: str) -> None:
        """At once, also where the output is a pipe or a journal."""
        self.stdout.write(sentence)
        self.stdout.flush()
