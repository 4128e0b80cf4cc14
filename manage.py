#!/usr/bin/env python
"""The operator's command line. A mistake in the settings is answered with a sentence, not with a traceback."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.conf import settings  # noqa: PLC0415 (what is missing is explained below)
        from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
        from django.core.management import execute_from_command_line  # noqa: PLC0415
    except ModuleNotFoundError:
        sys.exit("Django is not installed for this Python: run `make run`, or use .venv/bin/python manage.py.")
    try:
        _ = settings.DATA_DIR  # reads the settings, before any command can trip over them
    except (ImproperlyConfigured, ValueError) as mistake:
        sys.exit(f"{mistake} Every setting is explained in docs/configuration.md.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
