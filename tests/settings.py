"""The shipped settings on a throw-away data folder, with a fast password hasher and no broker."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="answerable-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

# A developer's own settings must not change what the tests mean. DATABASE_URL alone is let through.
os.environ["ENV_FILE"] = ""
os.environ["DATA_DIR"] = _folder
for _name in (
    "PUBLIC_URL",
    "PUBLIC_HOST",
    "DESK_HOST",
    "CELERY_BROKER_URL",
    "EMAIL_URL",
    "DEMO",
    "DEBUG",
    "REQUIRE_MFA",
    "HEALTH_TOKEN",
    "DEADMAN_URL",
):
    os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The tests have a clock of their own.
CLOCK_MAY_MOVE = True
