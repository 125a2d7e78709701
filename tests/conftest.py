"""The real things for every test: private PostgreSQL and Valkey, a browser, real worker, live and page processes."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before the first import of ours: where nothing compiled may be kept, every process of the tests compiles everything.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

from fwselect.local import addresses, services  # noqa: E402

pytest_plugins = ["tests.real_processes", "tests.browser", "tests.emptying", "tests.quicker", "tests.patience"]


def pytest_configure(config: pytest.Config) -> None:
    """Services first, settings after: the settings read their addresses from the environment.

    A process that only hands tests out must not name the settings (importing `fwselect` does): its workers would
    inherit the name and load them before they have addresses of their own.
    """
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        return
    _steady_examples()
    os.environ["DJANGO_SETTINGS_MODULE"] = "fwselect.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's synchronous interface runs an event loop
    for name in ("DATABASE_URL", "REDIS_URL", "FWSELECT_MODE", "FWSELECT_HOST", "PORT"):
        os.environ.pop(name, None)
    var = Path(tempfile.mkdtemp(prefix="fwselect-test-"))
    var.chmod(0o711)
    os.environ["FWSELECT_VAR"] = str(var)
    stack = contextlib.ExitStack()
    stack.callback(_forget, var)
    config.add_cleanup(stack.close)
    stack.enter_context(services.ensure_services(var, durable=False))
    os.environ["DATABASE_URL"] = addresses.database_url(var)
    os.environ["REDIS_URL"] = addresses.redis_url(var)
    _load_settings()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The long proofs run where they are asked for by name (`make prove`), and not with everything else."""
    asked = any("proofs" in Path(word.partition("::")[0]).parts for word in config.args)
    return True if collection_path.name == "proofs" and not asked else None


def _forget(var: Path) -> None:
    data = var / "postgres"
    if data.is_symlink():
        shutil.rmtree(data.readlink().parent, ignore_errors=True)
    shutil.rmtree(addresses.sockets_folder(var), ignore_errors=True)
    shutil.rmtree(var, ignore_errors=True)


def _load_settings() -> None:
    from tests.patience import give_time_to_answer

    give_time_to_answer()  # which loads them, here, after the addresses are known


def _steady_examples() -> None:
    """Hypothesis without limits of time (the machine may be busy) and with the same examples in every run, whichever
    files are run."""
    from hypothesis import HealthCheck, settings

    slow = [HealthCheck.too_slow]
    settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=slow)
    settings.register_profile("search", deadline=None, max_examples=600, suppress_health_check=slow)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def var() -> Path:
    return addresses.var_folder()


@pytest.fixture
def redis_client() -> Iterator[object]:
    import redis

    client = redis.from_url(os.environ["REDIS_URL"])
    yield client
    client.close()
