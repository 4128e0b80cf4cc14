"""manage.py verify_log: does the append-only log still hang together?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.operations.verify import verify_log


class Command(BaseCommand):
    help = (
        "Recompute the chain of the internal log, and the versions of statements and lines of timelines that it keeps. "
        "Ends with status 1 and names the first entry or row that is not as it was written."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        entries, broken, rows = verify_log()
        if broken:
            raise CommandError(f"{broken} The entries before it hold; restore the rest from a backup and find out why.")
        self.stdout.write(
            f"The log holds: {entries} {'entry' if entries == 1 else 'entries'} and the {rows} "
            f"{'row' if rows == 1 else 'rows'} of timelines and statements they keep, none changed, none missing."
        )
