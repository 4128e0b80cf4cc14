"""manage.py verify_record: is the public record whole, and does it still say what was approved?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from incidents.models import RecordEntry, RecordHead
from incidents.operations.verify import first_fault, taken_down_of_messages


class Command(BaseCommand):
    help = "Check every entry of the public record against the one before it and against its approved texts."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = first_fault()
        if found:
            raise CommandError(found, returncode=1)
        head = RecordHead.objects.get(pk=1)
        gone = sum(len(fields) for fields in RecordEntry.taken_down().values())
        taken = f"Texts taken down: {gone}, each named by an entry. " if gone else ""
        unnumbered = sum(len(fields) for fields in taken_down_of_messages().values())
        taken += f"Texts of direct messages taken down: {unnumbered}, each named by the log. " if unnumbered else ""
        self.stdout.write(f"The record is whole: {head.number} entries. {taken}The last hash is {head.hash}.")
