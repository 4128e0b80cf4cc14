from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class WiringConfig(AppConfig):
    name = "config"
    verbose_name = "wiring"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 (importing registers them; the settings are needed first)

        post_migrate.connect(make_shared_cache, sender=self)


def make_shared_cache(using: str, **_: object) -> None:
    """The table of the shared cache, where there is one, comes with the other tables. Does nothing the second time."""
    call_command("createcachetable", database=using, verbosity=0)
