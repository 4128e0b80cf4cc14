"""The web process's entry point: the public face in front, Django behind it."""

import os

from config import process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
process.serves_web = True  # before the settings are read: see config/process.py
process.end_with_parent()

from django.core.wsgi import get_wsgi_application  # noqa: E402

django_application = get_wsgi_application()

from statuspage.serving import wrap  # noqa: E402 (its models need the apps that the line above has loaded)

application = wrap(django_application)  # type: ignore[arg-type]  # a response is an iterable of bytes
