"""Every setting an operator can give, declared once: name, type, default, meaning.

`settings.py` reads them through `read`, the documentation prints them through `ops/settings_table.py`, and a
test holds the two together. Nothing here imports Django, so that the live process can read the same list.
"""

import hashlib
import hmac
import importlib.util
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ

PRODUCTION = "production"
LOCAL = "local"

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


class WrongSetting(ValueError):
    """A setting has a value that cannot be used; the text names the setting and says what is wanted."""


@dataclass(frozen=True)
class Setting:
    name: str
    kind: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def default_text(self) -> str:
        if self.default is None or self.default == "" or self.default == []:
            return ""
        if isinstance(self.default, bool):
            return "true" if self.default else "false"
        return json.dumps(self.default) if isinstance(self.default, list) else str(self.default)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "FWSELECT_MODE",
        "choice",
        LOCAL,
        "`local` starts embedded services and allows plain http; `production` demands both service addresses, "
        "a real secret and TLS",
        choices=(LOCAL, PRODUCTION),
    ),
    Setting("FWSELECT_VAR", "path", "var", "Folder for what the app writes: data, uploads, generated secret"),
    Setting("FWSELECT_HOST", "text", "127.0.0.1", "Address `make run` listens on; `0.0.0.0` lets other machines join"),
    Setting("PORT", "int", 8000, "Port of the pages", least=1, most=65535),
    Setting(
        "FWSELECT_LIVE_PORT",
        "int",
        0,
        "Port of the live process on the page's host name; 0 takes the next free port after `PORT`",
        least=0,
        most=65535,
    ),
    Setting("FWSELECT_LIVE_HOST", "text", "", "Address the live process listens on; empty follows `FWSELECT_HOST`"),
    Setting(
        "FWSELECT_LIVE_URL",
        "text",
        "",
        "Where browsers reach live when a proxy serves it, such as `/live/stream`; empty uses the live port",
    ),
    Setting("DATABASE_URL", "text", "", "PostgreSQL address; empty in local mode uses the embedded server"),
    Setting("REDIS_URL", "text", "", "Redis address; empty in local mode uses the embedded server"),
    Setting("SECRET_KEY", "text", "", "Secret of 50 characters or more; local mode generates one under `var/`"),
    Setting(
        "FWSELECT_LIVE_SECRET",
        "text",
        "",
        "Key of the live tickets, which the live process needs; empty derives one from `SECRET_KEY`",
    ),
    Setting("DEBUG", "bool", False, "Django's debug pages; refused in production"),
    Setting("ALLOWED_HOSTS", "list", [], "Host names served, separated by commas; local mode serves every name"),
    Setting("CSRF_TRUSTED_ORIGINS", "list", [], "Origins whose forms are trusted, such as an https address"),
    Setting(
        "FWSELECT_BEHIND_PROXY",
        "bool",
        False,
        "Trust `X-Forwarded-Proto` and the last `X-Forwarded-For` entry, because a proxy of yours sets them",
    ),
    Setting("FWSELECT_HSTS_SECONDS", "int", 31_536_000, "Strict-Transport-Security in production, in seconds", least=1),
    Setting("FWSELECT_UPLOADS", "path", "", "Folder of the uploaded files; empty means `uploads` under `FWSELECT_VAR`"),
    Setting("FWSELECT_UPLOAD_MAX", "size", "200 MB", "Largest result file accepted, such as `50 MB`"),
    Setting(
        "FWSELECT_PAGE_THREADS",
        "int",
        8,
        "Threads that answer pages, in each page process; four are kept for trouble",
        least=5,
        most=256,
    ),
    Setting("FWSELECT_PAGE_WORKERS", "int", 1, "Page processes", least=1, most=64),
    Setting("FWSELECT_DB_CONNECT_TIMEOUT", "int", 2, "Seconds to wait for a PostgreSQL connection", least=1, most=60),
    Setting("FWSELECT_DB_STATEMENT_TIMEOUT", "float", 5.0, "Seconds a page's statement may run", least=0.1, most=600),
    Setting(
        "FWSELECT_DB_WATCHDOG",
        "float",
        6.0,
        "Seconds a page request may wait for a silent PostgreSQL before its connection is shut; 0 switches it off",
        least=0,
        most=600,
    ),
    Setting("FWSELECT_TASK_TIME_LIMIT", "int", 900, "Seconds a background task may run", least=10, most=86_400),
    Setting("FWSELECT_WORKERS", "int", 2, "Background tasks worked on at the same time", least=1, most=64),
    Setting(
        "FWSELECT_API_RATE",
        "int",
        1200,
        "Requests a minute that each token of the API may make; 0 sets no limit",
        least=0,
        most=1_000_000,
    ),
    Setting("FWSELECT_FONTS", "path", "", "Folder of further fonts for the printed record"),
    Setting(
        "FWSELECT_LOG_LEVEL",
        "choice",
        "INFO",
        "Least severe log line written",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
    Setting("FWSELECT_DEMO", "bool", True, "Offer the demo accounts; only ever on loopback in embedded mode"),
    Setting("FWSELECT_EXAMPLES", "bool", True, "Load the example evaluations at the first start of `make run`"),
    Setting("EMAIL_URL", "text", "consolemail://", "Where mail goes, such as `smtp+tls://user:password@host:587`"),
    Setting("DEFAULT_FROM_EMAIL", "text", "fwselect@localhost", "Sender of the app's mail"),
    Setting("FWSELECT_MAIL_NOTICES", "bool", True, "Tell people by mail of phases that are ready, sent back or stale"),
    Setting("FWSELECT_OIDC_URL", "text", "", "Issuer of single sign-on by OpenID Connect; empty offers none"),
    Setting("FWSELECT_OIDC_CLIENT_ID", "text", "", "What the issuer calls this application"),
    Setting("FWSELECT_OIDC_CLIENT_SECRET", "text", "", "The secret the issuer gave this application"),
    Setting("FWSELECT_OIDC_NAME", "text", "single sign-on", "What the button on the sign-in page says"),
    Setting("FWSELECT_TRACES_URL", "text", "", "OTLP collector for traces; empty switches tracing off"),
)

MAIL_PATIENCE_S = 10
"""A mail server that says nothing for so long is away; without a limit it would hold a worker for ever."""

SIZE_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def read(given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Each declared setting's typed value. `given` defaults to the process environment. Raises WrongSetting."""
    source = os.environ if given is None else given
    return {setting.name: value_of(setting, source.get(setting.name)) for setting in SETTINGS}


def value_of(setting: Setting, text: str | None) -> Any:
    """The typed value of one setting; an empty text counts as not given."""
    if text is None or not text.strip():
        return size_of(setting, setting.default) if setting.kind == "size" else setting.default
    return CASTS[setting.kind](setting, text.strip())


def text_of(setting: Setting, text: str) -> str:
    if "\x00" in text or "\n" in text:
        raise WrongSetting(f"{setting.name}: one line of text is wanted")
    return text


def bool_of(setting: Setting, text: str) -> bool:
    word = text.lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise WrongSetting(f"{setting.name}={text}: true or false is wanted")


def number_of(setting: Setting, text: str) -> float:
    cast = int if setting.kind == "int" else float
    try:
        number = cast(text)
    except ValueError:
        wanted = "a whole number" if cast is int else "a number"
        raise WrongSetting(f"{setting.name}={text}: {wanted} is wanted") from None
    low, high = setting.least, setting.most
    if not (low is None or number >= low) or not (high is None or number <= high):
        limits = f"{low} or more" if high is None else f"{low} to {high}"
        raise WrongSetting(f"{setting.name}={text}: a number of {limits} is wanted")
    return number


def choice_of(setting: Setting, text: str) -> str:
    if text not in setting.choices:
        raise WrongSetting(f"{setting.name}={text}: one of {', '.join(setting.choices)} is wanted")
    return text


def list_of(setting: Setting, text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def size_of(setting: Setting, text: str) -> int:
    digits = text.rstrip("BbKkMmGgIi ")
    unit = text[len(digits) :].strip().upper()
    if not digits.isdecimal() or not digits.isascii() or unit not in SIZE_UNITS or int(digits) == 0:
        raise WrongSetting(f"{setting.name}={text}: a size such as 200 MB is wanted")
    return int(digits) * SIZE_UNITS[unit]


CASTS = {
    "text": text_of,
    "path": text_of,
    "bool": bool_of,
    "int": number_of,
    "float": number_of,
    "choice": choice_of,
    "list": list_of,
    "size": size_of,
}


def database_config(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL address, sockets included. Raises WrongSetting."""
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise WrongSetting("DATABASE_URL: an address starting with postgresql:// is wanted")
    try:
        config = dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured) as problem:
        raise WrongSetting(f"DATABASE_URL: not a usable address ({problem})") from None
    options = {key: str(value) for key, value in config.pop("OPTIONS", {}).items()}
    for option, key in (("host", "HOST"), ("user", "USER"), ("port", "PORT"), ("password", "PASSWORD")):
        if option in options:
            config[key] = options.pop(option)
    if not config.get("NAME"):
        raise WrongSetting("DATABASE_URL: the address names no database")
    return {**config, "OPTIONS": options}


def checked_redis_url(url: str) -> str:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise WrongSetting("REDIS_URL: an address starting with redis://, rediss:// or unix:// is wanted")
    return url


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: it calls sockets `redis+socket://` and their `db` `virtual_host`."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=", 1)


def placed(base: Path, text: str) -> Path:
    """A folder as given, read from `base` when it is not absolute."""
    return (base / Path(text).expanduser()).resolve()


def checked_traces_url(url: str) -> str:
    if url and urlsplit(url).scheme not in {"http", "https"}:
        raise WrongSetting("FWSELECT_TRACES_URL: an address starting with http:// or https:// is wanted")
    if url and importlib.util.find_spec("opentelemetry") is None:
        raise WrongSetting("FWSELECT_TRACES_URL: the trace set is not installed (requirements/trace.txt)")
    return url


def single_sign_on(url: str, client_id: str, secret: str, name: str, *, tls_only: bool) -> dict[str, Any]:
    """allauth's app for the issuer, and the origin forms may be sent on to; empty without one. Raises WrongSetting."""
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ({"https"} if tls_only else {"http", "https"}) or not parts.hostname:
        raise WrongSetting("FWSELECT_OIDC_URL: an address starting with https:// is wanted")
    for setting, value in (("FWSELECT_OIDC_CLIENT_ID", client_id), ("FWSELECT_OIDC_CLIENT_SECRET", secret)):
        if not value:
            raise WrongSetting(f"{setting}: FWSELECT_OIDC_URL needs it")
    app = {"provider_id": "sso", "name": name, "client_id": client_id, "secret": secret}
    return {"app": {**app, "settings": {"server_url": url}}, "origin": f"{parts.scheme}://{parts.netloc}"}


def derived_secret(secret: str, purpose: str) -> str:
    """A key for one purpose, so that a process which knows it learns nothing of the secret behind it."""
    return hmac.new(secret.encode(), f"fwselect {purpose}".encode(), hashlib.sha256).hexdigest()


def mail_config(url: str) -> dict[str, Any]:
    """Django's EMAIL_ settings for an address of a mail server. Raises WrongSetting."""
    try:
        config = environ.Env.email_url_config(url)
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        raise WrongSetting("EMAIL_URL: an address such as smtp+tls://user:password@host:587 is wanted") from None
    given = {key: value for key, value in config.items() if key.startswith("EMAIL_")}
    return {"EMAIL_TIMEOUT": MAIL_PATIENCE_S, **given}
