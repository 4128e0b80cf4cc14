"""The web process's entry point."""

import os

from config import process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
process.serves_web = True  # before the settings are read: see config/process.py
process.end_with_parent()

from django.core.wsgi import get_wsgi_application  # noqa: E402 (the settings are read by this import's call)

application = get_wsgi_application()
