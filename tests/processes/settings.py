"""The shipped settings, for processes that a test starts and kills: the clock may be moved, and ends may be asked for."""

from config.settings import *  # noqa: F403

CLOCK_MAY_MOVE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
