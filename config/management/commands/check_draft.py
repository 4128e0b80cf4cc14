"""The draft check from the terminal: the same answer, in JSON, as the desk gives at `POST /desk/draft-check/`."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from incidents.draft_check import Context, Result, Stage, TooLong, check
from incidents.models import Incident
from incidents.operations import text_check

NOTHING_ALONE = "With --alone nothing is known of an incident. Leave out --alone or --incident."
NO_DATABASE = "The database of this installation does not answer: {}. With --alone the words are read without it."


class Command(BaseCommand):
    help = (
        "Check a draft as the desk does, by what this installation knows, for stock phrases, missing fields and leaks. "
        "Ends with 1 when something in it must be dealt with."
    )
    requires_system_checks = []  # noqa: RUF012 (Django's own form); with --alone a text needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a text in UTF-8, or - for what is piped in")
        parser.add_argument("--stage", choices=list(Stage), default=Stage.UPDATE, help="the kind of statement")
        parser.add_argument(
            "--incident", type=int, help="the number of the incident: its confirmed facts count as cited"
        )
        parser.add_argument(
            "--field", action="append", default=[], choices=text_check.FIELDS, help="what is filled beside the text"
        )
        parser.add_argument(
            "--context",
            default="{}",
            help='JSON in place of ours, such as {"cause_established": true, "allow": ["a@b.example"]}',
        )
        parser.add_argument("--part", action="store_true", help="a part of a message, of which nothing can be missing")
        parser.add_argument(
            "--alone",
            action="store_true",
            help="without the database: no names, no addresses, no language are known, and numbers are taken as cited",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        result = self._result(options)
        self.stdout.write(json.dumps(result.as_json(), indent=2, ensure_ascii=False))
        if result.blocking:
            sys.exit(1)

    def _result(self, options: dict[str, Any]) -> Result:
        try:
            given = json.loads(options["context"])
            return _checked(_text(options["file"]), given, options)
        except json.JSONDecodeError as trouble:
            raise CommandError(f"The context is no JSON: {trouble}", returncode=2)
        except UnicodeDecodeError:
            raise CommandError("The draft is no text in UTF-8.", returncode=2)
        except OSError as trouble:
            raise CommandError(f"The draft cannot be read: {trouble.strerror}.", returncode=2)
        except DatabaseError as trouble:
            raise CommandError(NO_DATABASE.format(trouble), returncode=2)
        except Incident.DoesNotExist:
            raise CommandError(f"There is no incident {options['incident']}.", returncode=2)
        except (TooLong, ValueError) as trouble:
            raise CommandError(str(trouble), returncode=2)


def _checked(text: str, given: dict[str, Any], options: dict[str, Any]) -> Result:
    whole, number = not options["part"], options["incident"]
    if options["alone"] and number is not None:
        raise CommandError(NOTHING_ALONE, returncode=2)
    if options["alone"]:
        around = Context(fields=frozenset(options["field"]))
        return check(text, options["stage"], Context.of(given, around), whole=whole)
    about = Incident.objects.select_related("agent__component").get(pk=number) if number is not None else None
    return text_check.check(text, options["stage"], incident=about, filled=options["field"], whole=whole, given=given)


def _text(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
