"""manage.py reset_password EMAIL: for whoever has lost a password and the mail with it."""

import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User, system_user
from accounts.operations.password import make_password_link, set_password
from refusals import Refused


class Command(BaseCommand):
    help = "Print a one-time link with which this person can choose a new password, or ask for the password here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address with which the person signs in")
        parser.add_argument("--type", action="store_true", help="type the new password here instead of printing a link")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.people().filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}. The addresses are at the desk, under People.")
        try:
            self._typed(user) if options["type"] else self._link(user)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _link(self, user: User) -> None:
        link = make_password_link(user, by=system_user())
        self.stdout.write(f"With this link {user} can choose a new password, once and within an hour:\n  {link}")

    def _typed(self, user: User) -> None:
        password = getpass.getpass("New password: ")
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if getpass.getpass("The same again: ") != password:
            raise CommandError("The two differ. Nothing was changed.")
        set_password(user, password, by=system_user())
        self.stdout.write(f"{user} can sign in with the new password. Everybody who was signed in as {user} is out.")
