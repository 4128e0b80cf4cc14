from django.apps import AppConfig, apps
from django.core.management import call_command
from django.db.models.signals import post_migrate


class WiringConfig(AppConfig):
    name = "config"
    verbose_name = "wiring"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415 (importing registers them; the settings are needed first)

        # Django says this only of apps with models, and this one has none: the first app of the migrations stands for all.
        post_migrate.connect(make_shared_cache, sender=apps.get_app_config("accounts"))


def make_shared_cache(using: str, **_: object) -> None:
    """The table of the shared cache, where there is one, comes with the other tables. Does nothing the second time."""
    call_command("createcachetable", database=using, verbosity=0)
