import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from fwselect.ops import environment
from fwselect.ops.environment import SETTINGS, WrongSetting
from fwselect.ops.settings_table import settings_table

PRODUCTION = {
    "FWSELECT_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "choice.example.org",
    "DATABASE_URL": "postgresql://fwselect:word@db.example.org/fwselect",
    "REDIS_URL": "redis://redis.example.org:6379/0",
}
GIVEN_NAME = re.compile(r'(?:GIVEN\[|required\()"([A-Z_]+)"')


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return subprocess.run(
            [sys.executable, "manage.py", "check", *words],
            env={**kept, "FWSELECT_VAR": str(tmp_path / "var"), **given},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("FWSELECT_MODE", "prod"),
        ("PORT", "80o0"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("DEBUG", "maybe"),
        ("FWSELECT_UPLOAD_MAX", "plenty"),
        ("FWSELECT_UPLOAD_MAX", "0 MB"),
        ("FWSELECT_UPLOAD_MAX", "-5 MB"),
        ("FWSELECT_DB_WATCHDOG", "nan"),
        ("FWSELECT_DB_WATCHDOG", "-1"),
        ("FWSELECT_LOG_LEVEL", "loud"),
        ("FWSELECT_PAGE_THREADS", "4"),
    ],
)
def test_a_wrong_value_is_refused_by_the_settings_name(name: str, wrong: str) -> None:
    with pytest.raises(WrongSetting, match=f"^{name}="):
        environment.read({name: wrong})


@pytest.mark.parametrize(("text", "size"), [("200 MB", 200_000_000), ("5kb", 5_000), ("1 GiB", 2**30), ("77", 77)])
def test_a_size_is_read_with_its_unit(text: str, size: int) -> None:
    assert environment.read({"FWSELECT_UPLOAD_MAX": text})["FWSELECT_UPLOAD_MAX"] == size


def test_an_empty_value_counts_as_not_given() -> None:
    assert environment.read({"PORT": " "})["PORT"] == 8000


@pytest.mark.parametrize("url", ["sqlite:///x", "postgresql://", "mysql://u@h/d", "nonsense"])
def test_only_postgresql_addresses_are_taken(url: str) -> None:
    with pytest.raises(WrongSetting, match=r"^DATABASE_URL"):
        environment.database_config(url)


def test_a_socket_address_with_blanks_is_read_as_it_was_written() -> None:
    config = environment.database_config("postgresql:///fwselect?host=/tmp/a%20b/pg&user=someone")

    assert (config["NAME"], config["HOST"], config["USER"]) == ("fwselect", "/tmp/a b/pg", "someone")
    assert config["OPTIONS"] == {}


def test_celery_gets_its_own_spelling_of_a_socket() -> None:
    assert environment.broker_url("unix:///tmp/v.sock?db=0") == "redis+socket:///tmp/v.sock?virtual_host=0"
    assert environment.broker_url("redis://host:6379/0") == "redis://host:6379/0"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"PORT": "abc"}, "PORT=abc"),
        ({"EMAIL_URL": "pigeon://x"}, "EMAIL_URL"),
        ({"REDIS_URL": "http://x"}, "REDIS_URL"),
        ({"FWSELECT_TRACES_URL": "collector:4318"}, "FWSELECT_TRACES_URL"),
        ({**PRODUCTION, "DEBUG": "1"}, "DEBUG"),
        ({**PRODUCTION, "SECRET_KEY": "short"}, "SECRET_KEY"),
        ({**PRODUCTION, "SECRET_KEY": "django-insecure-" + "x1y2z3" * 12}, "SECRET_KEY"),
        ({**PRODUCTION, "SECRET_KEY": ""}, "SECRET_KEY"),
        ({**PRODUCTION, "DATABASE_URL": ""}, "DATABASE_URL"),
        ({**PRODUCTION, "REDIS_URL": ""}, "REDIS_URL"),
        ({**PRODUCTION, "ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({**PRODUCTION, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    check: Callable[..., subprocess.CompletedProcess[str]], given: dict[str, str], named: str
) -> None:
    ended = check(**given)

    assert ended.returncode == 78
    assert named in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert PRODUCTION["SECRET_KEY"] not in ended.stderr


def test_production_settings_pass_djangos_deployment_check(
    check: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    ended = check("--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert ended.returncode == 0, ended.stderr


def test_local_settings_do_not_pass_it(check: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    ended = check("--deploy", "--fail-level", "WARNING")

    assert ended.returncode == 1
    assert "FWSELECT_MODE is local" in ended.stderr


def test_a_local_start_makes_one_secret_and_keeps_it_for_its_owner_alone(
    check: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    kept = tmp_path / "var" / "secret_key"

    check()
    first = kept.read_text()
    check()

    assert len(first) >= 50 and kept.read_text() == first
    assert kept.stat().st_mode & 0o077 == 0


def test_every_setting_that_is_read_is_declared_and_every_declared_one_is_read() -> None:
    text = (settings.BASE_DIR / "fwselect" / "settings.py").read_text()
    read_elsewhere = {"FWSELECT_VAR": "fwselect/local/addresses.py", "FWSELECT_LIVE_HOST": "evaluations/live/stream.py"}

    read = set(GIVEN_NAME.findall(text))

    declared = {setting.name for setting in SETTINGS}
    assert read <= declared
    assert declared - read == set(read_elsewhere)
    assert all(name in (settings.BASE_DIR / place).read_text() for name, place in read_elsewhere.items())


def test_the_readme_has_the_table_of_settings_as_it_is() -> None:
    readme = (settings.BASE_DIR / "README.md").read_text()

    assert settings_table() in readme, "print it anew: manage.py settings_table"
