"""All settings. Deployments differ by environment only; `ops/environment.py` declares what may be given."""

import secrets
import sys
import tomllib
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fwselect.local import addresses
from fwselect.ops import environment, logs
from fwselect.ops.environment import PRODUCTION, WrongSetting

BASE_DIR = Path(__file__).resolve().parent.parent


def generated_secret(folder: Path) -> str:
    """The secret kept under `var/`, made at the first start; concurrent first starts agree on one."""
    kept = folder / "secret_key"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f"secret_key.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        try:
            kept.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return kept.read_text().strip()


def refuse(problem: object) -> None:
    """One clear line and an exit code, for people; the exception, for a test or another program that imports us."""
    if Path(sys.argv[0]).name in {"manage.py", "celery", "granian", "__main__.py"}:
        sys.stderr.write(f"fwselect: wrong setting: {problem}\n")
        raise SystemExit(78)
    raise ImproperlyConfigured(str(problem))


def required(name: str) -> str:
    value = GIVEN[name]
    if not value:
        raise WrongSetting(f"{name}: production mode needs a value")
    return value


try:
    GIVEN: dict[str, Any] = environment.read()
    FWSELECT_MODE: str = GIVEN["FWSELECT_MODE"]
    IS_PRODUCTION = FWSELECT_MODE == PRODUCTION
    FWSELECT_VAR = addresses.var_folder()
    DEBUG: bool = GIVEN["DEBUG"]

    if IS_PRODUCTION:
        if DEBUG:
            raise WrongSetting("DEBUG: production mode refuses debug pages")
        SECRET_KEY = required("SECRET_KEY")
        if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
            raise WrongSetting("SECRET_KEY: production mode needs a random secret of 50 characters or more")
        ALLOWED_HOSTS = list(required("ALLOWED_HOSTS"))
        if "*" in ALLOWED_HOSTS:
            raise WrongSetting("ALLOWED_HOSTS: production mode needs names, not *")
        DATABASE_URL = required("DATABASE_URL")
        REDIS_URL = environment.checked_redis_url(required("REDIS_URL"))
        CELERY_BROKER_URL = environment.broker_url(REDIS_URL)
    else:
        SECRET_KEY = GIVEN["SECRET_KEY"] or generated_secret(FWSELECT_VAR)
        ALLOWED_HOSTS = GIVEN["ALLOWED_HOSTS"] or ["*"]
        DATABASE_URL = GIVEN["DATABASE_URL"] or addresses.database_url(FWSELECT_VAR)
        REDIS_URL = environment.checked_redis_url(GIVEN["REDIS_URL"] or addresses.redis_url(FWSELECT_VAR, db=0))
        CELERY_BROKER_URL = environment.broker_url(REDIS_URL)
    DATABASE = environment.database_config(DATABASE_URL)
    FWSELECT_TRACES_URL = environment.checked_traces_url(GIVEN["FWSELECT_TRACES_URL"])
    MAIL = environment.mail_config(GIVEN["EMAIL_URL"])
    SINGLE_SIGN_ON = environment.single_sign_on(
        GIVEN["FWSELECT_OIDC_URL"],
        GIVEN["FWSELECT_OIDC_CLIENT_ID"],
        GIVEN["FWSELECT_OIDC_CLIENT_SECRET"],
        GIVEN["FWSELECT_OIDC_NAME"],
        tls_only=IS_PRODUCTION,
    )
except WrongSetting as wrong:
    refuse(wrong)

FWSELECT_EMBEDDED_DATABASE = not GIVEN["DATABASE_URL"]
FWSELECT_EMBEDDED_REDIS = not GIVEN["REDIS_URL"]
FWSELECT_HOST = GIVEN["FWSELECT_HOST"]
FWSELECT_PORT = GIVEN["PORT"]
FWSELECT_LIVE_PORT = GIVEN["FWSELECT_LIVE_PORT"] or FWSELECT_PORT + 1
FWSELECT_LIVE_URL = GIVEN["FWSELECT_LIVE_URL"]
FWSELECT_LIVE_SECRET = GIVEN["FWSELECT_LIVE_SECRET"] or environment.derived_secret(SECRET_KEY, "live tickets")
FWSELECT_UPLOADS = environment.placed(BASE_DIR, GIVEN["FWSELECT_UPLOADS"] or str(FWSELECT_VAR / "uploads"))
FWSELECT_UPLOAD_MAX = GIVEN["FWSELECT_UPLOAD_MAX"]
FWSELECT_PAGE_THREADS = GIVEN["FWSELECT_PAGE_THREADS"]
FWSELECT_PAGE_WORKERS = GIVEN["FWSELECT_PAGE_WORKERS"]
FWSELECT_WORKERS = GIVEN["FWSELECT_WORKERS"]
FWSELECT_API_RATE = GIVEN["FWSELECT_API_RATE"]
FWSELECT_DB_WATCHDOG = GIVEN["FWSELECT_DB_WATCHDOG"]
FWSELECT_FONTS = environment.placed(BASE_DIR, GIVEN["FWSELECT_FONTS"]) if GIVEN["FWSELECT_FONTS"] else None
FWSELECT_BEHIND_PROXY = GIVEN["FWSELECT_BEHIND_PROXY"]
FWSELECT_EXAMPLES = GIVEN["FWSELECT_EXAMPLES"]
FWSELECT_DEMO = (
    GIVEN["FWSELECT_DEMO"]
    and not IS_PRODUCTION
    and FWSELECT_EMBEDDED_DATABASE
    and FWSELECT_HOST in {"127.0.0.1", "localhost", "::1"}
)

INSTALLED_APPS = [
    "fwselect.local",
    "fwselect.ops",
    "evaluations",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "django_htmx",
    "csp",
    "pgtrigger",
    "django_structlog",
    "django_prometheus",
]

MIDDLEWARE = [
    "fwselect.ops.request_id.RequestIdMiddleware",
    "fwselect.ops.health.HealthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "fwselect.ops.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fwselect.ops.unavailable.UnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "fwselect.urls"
WSGI_APPLICATION = "fwselect.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "fwselect.ops.headers.csp_nonce",
                "fwselect.ops.request_id.request_id",
                "evaluations.overview.context.shell",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **DATABASE,
        "ENGINE": "fwselect.ops.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **DATABASE["OPTIONS"],
            "connect_timeout": GIVEN["FWSELECT_DB_CONNECT_TIMEOUT"],
            "page_statement_timeout_ms": int(GIVEN["FWSELECT_DB_STATEMENT_TIMEOUT"] * 1000),
            "application_name": "fwselect",
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
    }
}

# What one release keeps, another may not understand.
RELEASE = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
CACHES = {
    "default": {
        "BACKEND": "fwselect.ops.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"fwselect:cache:{RELEASE}",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}

AUTH_USER_MODEL = "evaluations.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "evaluations.teams.adapter.ByInvitation"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = "fwselect: "
SOCIALACCOUNT_ADAPTER = "evaluations.teams.adapter.BySingleSignOn"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [SINGLE_SIGN_ON["app"]]}} if SINGLE_SIGN_ON else {}
# axes counts failures in the database, per person and address; allauth's own count needs Redis and counts a whole
# room behind one address as one person.
ACCOUNT_RATE_LIMITS = {"login_failed": None, "login": "120/m/ip"}
AXES_USERNAME_FORM_FIELD = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "fwselect.ops.error_pages.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "fwselect.ops.throttle.client_address"
AXES_USERNAME_CALLABLE = "fwselect.ops.throttle.attempted_login"

SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "fwselect.ops.error_pages.csrf_failure"
CSRF_TRUSTED_ORIGINS = GIVEN["CSRF_TRUSTED_ORIGINS"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = GIVEN["FWSELECT_HSTS_SECONDS"]
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
if FWSELECT_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The two hashes let Plotly clear a style attribute and set image-rendering on heatmaps; nothing else.
PLOTLY_STYLE_HASHES = [
    "'unsafe-hashes'",
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='",
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "style-src-attr": PLOTLY_STYLE_HASHES,
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The sign-in form is sent on to the issuer, and a policy holds for where a form is sent on to as well.
        "form-action": [SELF, *([SINGLE_SIGN_ON["origin"]] if SINGLE_SIGN_ON else [])],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = FWSELECT_VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "fwselect.ops.plotly_finder.PlotlyFinder",
]
WHITENOISE_USE_FINDERS = not (IS_PRODUCTION and (STATIC_ROOT / "staticfiles.json").exists())
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": FWSELECT_UPLOADS, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "fwselect.ops.static_storage.CollectedStaticFiles"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
MEDIA_ROOT = FWSELECT_UPLOADS
FILE_UPLOAD_HANDLERS = ["fwselect.ops.uploads.CappedUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
DATA_UPLOAD_MAX_NUMBER_FILES = 50

vars().update(MAIL)
DEFAULT_FROM_EMAIL = GIVEN["DEFAULT_FROM_EMAIL"]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
FWSELECT_MAIL_NOTICES = GIVEN["FWSELECT_MAIL_NOTICES"]

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configuration(GIVEN["FWSELECT_LOG_LEVEL"])
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
PROMETHEUS_EXPORT_MIGRATIONS = False

TASK_TIME_LIMIT = GIVEN["FWSELECT_TASK_TIME_LIMIT"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT
CELERY_TASK_SOFT_TIME_LIMIT = TASK_TIME_LIMIT - 5
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_BACKEND = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_CONCURRENCY = FWSELECT_WORKERS
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# A message is given to another worker only after the longest task could have ended; sooner, a task would run twice.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_TIME_LIMIT + 300,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry_on_timeout": True,
    "health_check_interval": 10,
    "global_keyprefix": "fwselect:celery:",
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(FWSELECT_VAR / "celerybeat-schedule")
PERIODIC_TASKS = [
    ("send lost jobs again", "evaluations.jobs.tasks.sweep", 5),
    ("tell people of phases", "evaluations.signoff.tasks.send_notices", 60),
]
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}
    for name, task, seconds in PERIODIC_TASKS
}
SILENCED_SYSTEM_CHECKS: list[str] = []
