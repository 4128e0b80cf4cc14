"""manage.py reset_second_step EMAIL: for whoever has lost app, passkeys and recovery codes, when no administrator is there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User, system_user
from accounts.operations import second_step
from refusals import Refused


class Command(BaseCommand):
    help = "Remove the second step of this person's sign-in. It is on record, and they are told by mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address with which the person signs in")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.people().filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}. The addresses are at the desk, under People.")
        try:
            second_step.reset(user, by=system_user())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{user} signs in with the password alone until the second step is set up anew.")
