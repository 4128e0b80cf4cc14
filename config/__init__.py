"""The wiring: settings, addresses, start-up. Everything may be imported from here; nobody imports this package."""

# Celery's documented hook: shared tasks find this application as soon as Django loads the settings.
from config.celery import app as celery_app

__all__ = ["celery_app"]
