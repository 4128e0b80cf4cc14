"""Every setting, read from the environment once. What an operator may set is explained in docs/configuration.md."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv
from kombu import Exchange, Queue

from config import process
from config.folder import claim, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv(strip_whitespace=True)
if env_file := os.environ.get("ENV_FILE", ".env"):
    env.read_env(BASE_DIR / env_file, recurse=False)

# --- Where things are -----------------------------------------------------------------------------

DATA_DIR = Path(env.str("DATA_DIR", "") or BASE_DIR / "data").resolve()
MAIL_DIR = DATA_DIR / "mail"
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
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ON_LOOPBACK = PUBLIC_HOST in LOOPBACK

# --- How it behaves -------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
CLOCK_OFFSET_SECONDS = env.float("CLOCK_OFFSET_SECONDS", 0.0)
CLOCK_MAY_MOVE = DEMO
# Behind https there is always something that speaks TLS for us; on plain http there is normally nothing.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 1 if HTTPS else 0)

claim(DATA_DIR, demo=DEMO)
SECRET_KEY = env.str("SECRET_KEY", "") or kept_secret(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

ALLOWED_HOSTS = sorted({PUBLIC_HOST, DESK_HOST} | ({"127.0.0.1", "localhost", "[::1]"} if ON_LOOPBACK else set()))
CSRF_TRUSTED_ORIGINS = sorted({PUBLIC_URL, DESK_URL})

# --- What it is made of ---------------------------------------------------------------------------

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
    "allauth.mfa",
]

MIDDLEWARE = [
    "config.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.Size",
    "config.middleware.Hosts",
    "config.middleware.OneOrganisation",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.WayToSignIn",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.SessionLimits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.SecondStepDue",
    "config.middleware.Refusals",
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
                "config.context.installation",
                "incidents.context.desk",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _sqlite() -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "db.sqlite3",
        # A file, because threads cannot share the in-memory database that Django would otherwise test on.
        "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
        "OPTIONS": {
            # The write lock is taken when a transaction begins: two writers queue instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an approval that was acknowledged survives a power cut. Recursive triggers: what INSERT OR REPLACE takes
            # out of its way asks the triggers that watch over deletion, whichever unique index it met.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=27103364; PRAGMA recursive_triggers=ON;"
            # What is taken down is overwritten with zeros in the file and not only forgotten.
            "PRAGMA secure_delete=ON;",
        },
    }


def _postgres() -> dict[str, object]:
    # A web process gives up before its visitor does; a worker and a migration may take longer.
    seconds = 5 if process.serves_web else 30
    database = dict(env.dj_db_url("DATABASE_URL"))
    database["OPTIONS"] = database.get("OPTIONS", {}) | {
        "connect_timeout": 2,
        # A server that vanished without a word is given up after ten seconds instead of the kernel's quarter of an hour.
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "options": f"-c statement_timeout={seconds}s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s",
    }
    return database


DATABASE_URL = env.str("DATABASE_URL", "")
if DATABASE_URL and not DATABASE_URL.startswith(("postgres://", "postgresql://")):
    raise ImproperlyConfigured(
        "DATABASE_URL must start with postgres://. Leave it empty to keep the records in SQLite, in DATA_DIR."
    )
ON_POSTGRES = bool(DATABASE_URL)
DATABASES = {"default": _postgres() if ON_POSTGRES else _sqlite()}

# Counters of the rate limits: in this process while it is the only one, shared as soon as there may be several.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}
    if ON_POSTGRES
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Clock and doorbell: Celery. The rows are the queue (docs/operating.md) -----------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "") or "memory://localhost"
EMBEDDED = CELERY_BROKER_URL.startswith("memory://")
REDIS_SCHEMES = ("redis://", "rediss://", "unix://")


def _transport_options() -> dict[str, object]:
    if EMBEDDED:
        return {"polling_interval": 0.1}
    if not CELERY_BROKER_URL.startswith(REDIS_SCHEMES):
        return {"connect_timeout": 1, "read_timeout": _BROKER_SECONDS, "write_timeout": _BROKER_SECONDS}
    return {
        "socket_connect_timeout": 0.5,
        # A worker's blocking wait for the next message must fit inside; a web process only ever publishes.
        "socket_timeout": _BROKER_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "max_retries": 1,
        "interval_start": 0.1,
        "interval_step": 0.1,
        "interval_max": 0.1,
        "visibility_timeout": 3600,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
    }


_BROKER_SECONDS = 0.5 if process.serves_web else 10
CELERY_BROKER_TRANSPORT_OPTIONS = _transport_options()
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever: after a hundred tries, the default, a worker would end
# A full Redis refuses the little that a worker writes there too. It waits for room, as it waits for a broker that is away.
CELERY_BROKER_CHANNEL_ERROR_RETRY = CELERY_BROKER_URL.startswith(REDIS_SCHEMES)
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_ETA_TASK_LIMIT = 100
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Nobody commands a worker through the broker, and two of one name on one machine would end each other (RabbitMQ).
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
# A message that makes no sense is refused, and does not end the worker.
CELERY_WORKER_CONSUMER = "config.consumer:Consumer"
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "clock"
# Each with its own key: two queues bound to one key would each get every message.
CELERY_TASK_QUEUES = tuple(Queue(name, Exchange(name), routing_key=name) for name in ("clock", "send"))
CELERY_TASK_ROUTES = {"stakeholders.tasks.*": {"queue": "send"}}
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps no file: the rows know what is due
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "incidents.tasks.sweep", "schedule": 15.0, "options": {"expires": 30}},
    # Each minute, and at most for half of it: while a table is locked, the sweep fails at its rows, and does them in between.
    "rewrite": {"task": "incidents.tasks.rewrite", "schedule": 60.0, "options": {"expires": 30}},
    # Embedded there is no doorbell, so the clock looks every second; with a broker it only catches a lost ring.
    "drain": {
        "task": "stakeholders.tasks.drain",
        "schedule": 1.0 if EMBEDDED else 10.0,
        "options": {"expires": 10},
    },
}

# --- Watched from outside -------------------------------------------------------------------------

HEALTH_TOKEN = env.str("HEALTH_TOKEN", "")
DEADMAN_URL = "" if DEMO else env.str("DEADMAN_URL", "")

# --- Email ----------------------------------------------------------------------------------------

EMAIL_URL = "" if DEMO else env.str("EMAIL_URL", "")
MAIL_FROM = env.str("MAIL_FROM", "") or f"answerable@{PUBLIC_HOST}"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = MAIL_FROM
EMAIL_SUBJECT_PREFIX = ""
MAIL_SCHEMES = ("submission", "smtps", "smtp")
if EMAIL_URL.startswith(tuple(f"{scheme}://" for scheme in MAIL_SCHEMES)):  # others are refused by a system check
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
# Relays may take most of a minute to accept a message; giving up sooner would send it twice.
EMAIL_TIMEOUT = 60

# --- Time and language: kept in UTC, shown with the zone ------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True

# --- People, sign-in, sessions --------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backend.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_RESET_TIMEOUT = 60 * 60

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account begins with an invitation that was answered from that address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme
# Passwords and codes are counted by accounts.operations.throttle, exactly and for all processes together.
ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": "10/10m/key", "reset_password": "20/m/ip,3/10m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# One-time codes, passkeys and recovery codes (accounts.operations.second_step); allauth asks for them at sign-in.
MFA_ADAPTER = "accounts.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"authenticate": "accounts.forms.CodeForm"}
REQUIRE_MFA = env.str("REQUIRE_MFA", "")
if REQUIRE_MFA not in {"", "approvers", "everyone"}:
    raise ImproperlyConfigured(f"REQUIRE_MFA is {REQUIRE_MFA!r}: write approvers, everyone, or leave it empty.")

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60  # without a sign of life; config.middleware.SessionLimits adds the seven days
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
DEVICE_COOKIE_NAME = "__Host-device" if HTTPS else "device"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "config.errors.form_expired"

# --- Transport and size ---------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# --- Static files: hashed names, one file per stylesheet ------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static.OneFilePerStylesheet"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Log: to the terminal, one line each ----------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"database_away": {"()": "config.logs.DatabaseAway"}},
    "formatters": {"line": {"()": "config.logs.OneLine", "format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "terminal": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["database_away"]},
    },
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # A refused page is an answer, not an event for the operator.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
    },
}
