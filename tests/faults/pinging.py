"""The shipped settings with rounds every two seconds, and a ping every half second while all is well."""

from config import deadman
from tests.faults.settings import *  # noqa: F403

deadman.PING_EVERY_SECONDS = 0.5
