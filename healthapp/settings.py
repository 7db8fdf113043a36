"""All settings. Unset variables mean the embedded mode: SQLite, a broker in files, nothing to install."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from healthapp import env
from healthapp.schedule import beat_schedule

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# Production is a word that somebody must say: with it, no secret has a default.
PRODUCTION = env.flag("PRODUCTION", default=False)
DEBUG = env.flag("DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG is on in production. Set DEBUG=no or PRODUCTION=no.")


def embedded_secret_key() -> str:
    """A key made once for this installation, readable by its owner only."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        # Written whole under another name first: several processes may start at the same moment.
        with NamedTemporaryFile("w", dir=VAR_DIR, prefix="secret_key.") as draft:
            draft.write(secrets.token_urlsafe(64))
            draft.flush()
            with suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


SECRET_KEY = env.text("SECRET_KEY") if PRODUCTION else env.text("SECRET_KEY", default=embedded_secret_key())
if PRODUCTION and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters. Make one with: openssl rand -base64 48")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default="" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS is not set. Name the hosts that people open, separated by commas.")
# Where customers find us, for links in mails: nobody's browser says it to a worker.
PUBLIC_URL = env.text(
    "PUBLIC_URL",
    default=f"https://{ALLOWED_HOSTS[0]}"
    if PRODUCTION and ALLOWED_HOSTS[0][0] not in "*."
    else "http://localhost:8000",
).rstrip("/")
if PRODUCTION and not PUBLIC_URL.startswith("https://"):
    raise ImproperlyConfigured("PUBLIC_URL is no address with https://. Write the one that people open.")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if PRODUCTION and "*" not in host]

INSTALLED_APPS = [
    "accounts",
    "scoring",
    "dashboards",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "health_check",
    "knox",
    "lucide",
    "rest_framework",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dashboards.events.shortcut.StreamMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "dashboards.origin.OriginMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboards.gate.GateMiddleware",
    "dashboards.scales.ScaleMiddleware",
]
ROOT_URLCONF = "healthapp.urls"
WSGI_APPLICATION = "healthapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboards.navigation.shell",
            ],
        },
    },
]

# Data
DATABASES = {"default": env.database("DATABASE_URL", folder=VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.address("CACHE_URL", default="", schemes={"redis", "rediss"})
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What pages were made of: in the memory of each process, so that no other version of the code ever reads it.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "dashboards.login.ClosedAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,60/5m/ip"}
SESSION_COOKIE_AGE = 14 * 24 * 3600

# Words and time. A day is a calendar day of this zone.
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", default="UTC")

# Files
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
FRONTEND_DIR = VAR_DIR / "frontend"
FRONTEND_DIR.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static", FRONTEND_DIR]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
INGEST_DIR = VAR_DIR / "ingest"
EXPORT_DIR = VAR_DIR / "exports"
EXPORT_KEEP_HOURS = env.number("EXPORT_KEEP_HOURS", default=72, at_least=1)

# Safety
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        # Plotly inserts one empty style element and fills it rule by rule; this is the hash of nothing.
        "style-src-elem": [SELF, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Who guesses passwords and who did something is known by the address that so many proxies passed on.
    ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", default=0)
    # Senders of events repeat a redirected POST as a GET, and lose it: they are answered or refused, never redirected.
    SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^v1/"]
    SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# Mail
EMAIL_HOST = env.text("EMAIL_HOST", default="")
EMAIL_PORT = env.number("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.text("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.flag("EMAIL_TLS", default=True)
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", default="healthapp@localhost")
# Of each word with the server; all of them together end before the lease of who sends.
EMAIL_TIMEOUT = 20
MAIL_LEASE_SECONDS = env.number("MAIL_LEASE_SECONDS", default=300, at_least=1)
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"

# Alerts to other systems: hosts that may be inside this network, how long one answer may take, and after how long
# without a word from the worker another may send.
ALERT_INNER_HOSTS = {host.lower() for host in env.words("ALERT_INNER_HOSTS")}
ALERT_SECONDS = env.number("ALERT_SECONDS", default=10, at_least=1)
ALERT_LEASE_SECONDS = env.number("ALERT_LEASE_SECONDS", default=60, at_least=1)

# Background work. The broker only rings; what is to be done stands in the database.
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = env.address(
    "CELERY_BROKER_URL", default="filesystem://localhost/", schemes={"redis", "rediss", "filesystem"}
)
if CELERY_BROKER_URL.startswith("filesystem"):
    BROKER_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT = "healthapp.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": BROKER_DIR,
        "data_folder_out": BROKER_DIR,
        "control_folder": BROKER_DIR / "control",
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")

# Scoring: a run is cut into chunks; a worker that says nothing for the length of a lease has lost its chunk.
SCORING_CHUNK_ACCOUNTS = env.number("SCORING_CHUNK_ACCOUNTS", default=5_000, at_least=1)
SCORING_LEASE_SECONDS = env.number("SCORING_LEASE_SECONDS", default=30, at_least=1)
# What a dead worker held is free after a lease, and found within one look more.
SCORING_REAPER_SECONDS = env.number("SCORING_REAPER_SECONDS", default=15, at_least=1)
# An import whose worker says nothing for so long may be taken up by another.
IMPORT_LEASE_SECONDS = env.number("IMPORT_LEASE_SECONDS", default=60, at_least=1)
# Daily snapshots are kept for so long, then month ends. Pages draw half a year of days.
SNAPSHOT_KEEP_MONTHS = env.number("SNAPSHOT_KEEP_MONTHS", default=24, at_least=7)
CELERY_BEAT_SCHEDULE = beat_schedule(reaper_seconds=SCORING_REAPER_SECONDS)

# API
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 the name of a table
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "dashboards.api.tokens.ScopedToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["dashboards.api.permissions.DeclaredAction"],
    "DEFAULT_THROTTLE_CLASSES": ["dashboards.api.limits.PerMinute"],
    "DEFAULT_PARSER_CLASSES": ["dashboards.api.parsers.StrictJson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "dashboards.api.pages.ByKey",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "dashboards.api.handler.answer_error",
    "PAGE_SIZE": 100,
}
# Of one token, or one person in a browser.
API_REQUESTS_PER_MINUTE = env.number("API_REQUESTS_PER_MINUTE", default=600, at_least=1)
SPECTACULAR_SETTINGS = {
    "TITLE": "healthapp API",
    "DESCRIPTION": (
        "Accounts, their health scores with every line of the breakdown, movement and history, and all facts."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "AUTHENTICATION_WHITELIST": ["dashboards.api.tokens.ScopedToken"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dashboards.api.schema.close_records",
    ],
    "ENUM_NAME_OVERRIDES": {
        "TouchpointKindEnum": "accounts.models.touchpoints.TouchpointKind",
        "SurveyKindEnum": "accounts.models.surveys.SurveyKind",
        "BusinessEventKindEnum": "accounts.models.accounts.BusinessEventKind",
        "MilestoneKindEnum": "accounts.models.accounts.MilestoneKind",
        "TouchpointStateEnum": "accounts.models.touchpoints.TouchpointState",
    },
}

# The event stream: how many events a source may send in a minute; 0 is no limit.
EVENTS_PER_MINUTE = env.number("EVENTS_PER_MINUTE", default=120_000)

# Logs: one line an event, JSON in production.
LOG_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR"}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Tracebacks without the values of local variables: those may be secrets.
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer()
                if PRODUCTION
                else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
            ],
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", default="INFO", among=LOG_LEVELS)},
}
structlog.configure(
    processors=[
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
