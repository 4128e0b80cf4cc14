"""Every setting, read from the environment once. What an operator may set is explained in docs/configuration.md."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError, FileAwareEnv
from kombu import Queue

from config import process
from config.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv()
if env_file := os.environ.get("ENV_FILE", ".env"):
    env.read_env(BASE_DIR / env_file, recurse=False)

# --- Where things are -------------------------------------------------------------------------------------------

DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").resolve()
EDITION_DIR = DATA_DIR / "edition"

PORT = env.int("PORT", 8000)
BIND = env.str("BIND", "127.0.0.1")
PUBLIC_URL = (env.str("PUBLIC_URL", "") or f"http://127.0.0.1:{PORT}").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if _public.scheme not in {"http", "https"} or not _public.hostname or _public.path:
    raise ImproperlyConfigured(
        f"PUBLIC_URL is {PUBLIC_URL!r}: write it as https://status.example.org, with nothing after the host."
    )
HTTPS = _public.scheme == "https"
PUBLIC_HOST = env.str("PUBLIC_HOST", "") or _public.hostname
DESK_HOST = env.str("DESK_HOST", "") or PUBLIC_HOST
_port = f":{_public.port}" if _public.port else ""
PUBLIC_URL = f"{_public.scheme}://{PUBLIC_HOST}{_port}"
DESK_URL = f"{_public.scheme}://{DESK_HOST}{_port}"
ON_LOOPBACK = _public.hostname in {"127.0.0.1", "localhost", "::1"}

# --- How it behaves ---------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
CLOCK_OFFSET_SECONDS = env.float("CLOCK_OFFSET_SECONDS", 0.0)
# Behind https there is always something that speaks TLS for us; on plain http there is normally nothing.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 1 if HTTPS else 0)

SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])

ALLOWED_HOSTS = sorted({PUBLIC_HOST, DESK_HOST} | ({"127.0.0.1", "localhost", "[::1]"} if ON_LOOPBACK else set()))
CSRF_TRUSTED_ORIGINS = sorted({PUBLIC_URL, DESK_URL})

# --- What it is made of -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "statuspage",
    "incidents",
    "stakeholders",
    "agents",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["config.templatetags.display"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_sqlite = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    # Threads cannot share the in-memory database that Django would otherwise test on.
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
    "OPTIONS": {
        # The write lock is taken when a transaction begins: two writers queue instead of failing half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an approval that was acknowledged survives a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=27103364;",
    },
}


def _postgres(url: str) -> dict[str, object]:
    statement_seconds = 5 if process.serves_web else 30
    database = env.dj_db_url("DATABASE_URL", url)
    database["OPTIONS"] = database.get("OPTIONS", {}) | {
        "connect_timeout": 2,
        "options": f"-c statement_timeout={statement_seconds}s -c lock_timeout=3s "
        "-c idle_in_transaction_session_timeout=30s",
    }
    return dict(database)


DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL and not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured("DATABASE_URL must start with postgres://. Leave it empty to use SQLite in DATA_DIR.")
DATABASES = {"default": _postgres(DATABASE_URL) if DATABASE_URL else _sqlite}

# --- Time and language: kept in UTC, shown with the zone ---------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True

# --- People -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
