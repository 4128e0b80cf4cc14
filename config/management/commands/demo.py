"""`manage.py demo`: fill the demo's own folder, or say again how to sign in."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from config import demo, preparation
from config.demo.cast import PEOPLE, address

WORDS = (
    "amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "harbour", "island", "juniper", "kernel", "lantern",
    "meadow", "nettle", "orchard", "pebble", "quarry", "river", "saddle", "thistle", "umber", "valley", "walnut",
)  # fmt: skip


class Command(BaseCommand):
    help = "Fill a data folder of its own with an invented organisation. Needs DEMO=1, as `make demo` sets it."
    requires_system_checks: tuple[str, ...] = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo has a folder of its own: run `make demo`, or set DEMO=1 and another DATA_DIR.")
        with preparation.only_one_here():
            preparation.require_sound_settings()
            preparation.migrate(say=self.stdout.write)
            self._fill_or_find()
        self._say_who()

    def _fill_or_find(self) -> None:
        """The password is written last: a folder that has people and no password was left half-way."""
        if self.password_file.exists():
            return
        if User.objects.people().exists():
            raise CommandError(
                f"There is half a demo in this folder, from a start that was interrupted: remove that folder "
                f"({settings.DATA_DIR}), or set DATA_DIR to another one."
            )
        self.stdout.write("Filling the demo with seven weeks of an invented organisation.")
        password = "-".join(secrets.SystemRandom().sample(WORDS, 4))
        demo.tell(password)
        self.password_file.write_text(password)
        self.password_file.chmod(0o600)

    def _say_who(self) -> None:
        self.stdout.write("Sign in at the desk as one of these. The password is the same for all of them:")
        self.stdout.write(f"\n  {self.password_file.read_text()}\n\n")
        for first_name, (name, role, _zone) in PEOPLE.items():
            self.stdout.write(f"  {address(first_name):36}{role.label}, {name}\n")
        self.stdout.write(f"\nTo begin again in the fortieth minute, stop it and remove {settings.DATA_DIR}.\n")

    @property
    def password_file(self) -> Any:
        return settings.DATA_DIR / "demo-password"
