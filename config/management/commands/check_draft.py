"""The draft check from the terminal: the same answer, in JSON, as the desk gives."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.draft_check import Context, Result, Stage, TooLong, check


class Command(BaseCommand):
    help = "Check a draft for stock phrases, missing fields and leaks. Ends with 1 when something in it must be dealt with."
    requires_system_checks = []  # noqa: RUF012 (Django's own form); a text needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a text in UTF-8, or - for what is piped in")
        parser.add_argument("--stage", choices=list(Stage), default=Stage.UPDATE, help="the kind of statement")
        parser.add_argument(
            "--context", default="{}", help='JSON, such as {"cause_established": true, "allow": ["a@b.example"]}'
        )
        parser.add_argument("--part", action="store_true", help="a part of a message, of which nothing can be missing")

    def handle(self, *args: Any, **options: Any) -> None:
        result = self._result(options)
        self.stdout.write(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
        if result.blocking:
            sys.exit(1)

    def _result(self, options: dict[str, Any]) -> Result:
        try:
            context = Context.of(json.loads(options["context"]))
            return check(_text(options["file"]), options["stage"], context, whole=not options["part"])
        except json.JSONDecodeError as trouble:
            raise CommandError(f"The context is no JSON: {trouble}", returncode=2)
        except UnicodeDecodeError:
            raise CommandError("The draft is no text in UTF-8.", returncode=2)
        except OSError as trouble:
            raise CommandError(f"The draft cannot be read: {trouble.strerror}.", returncode=2)
        except (TooLong, ValueError) as trouble:
            raise CommandError(str(trouble), returncode=2)


def _text(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
