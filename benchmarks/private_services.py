"""Private PostgreSQL and Valkey with every table, for one benchmark; gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fwselect.local import addresses, services


@contextlib.contextmanager
def log_unseen() -> Iterator[None]:
    """The log is written as always, to nowhere: its cost stays."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def private_services() -> Iterator[Path]:
    """Sets the environment before the settings read it; gives the `var` folder."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "fwselect.settings"
    for name in ("DATABASE_URL", "REDIS_URL", "FWSELECT_MODE", "FWSELECT_HOST", "PORT"):
        os.environ.pop(name, None)
    var = Path(tempfile.mkdtemp(prefix="fwselect-bench-"))
    var.chmod(0o711)
    os.environ["FWSELECT_VAR"] = str(var)
    try:
        with services.ensure_services(var, durable=False):
            os.environ["DATABASE_URL"] = addresses.database_url(var)
            os.environ["REDIS_URL"] = addresses.redis_url(var)
            yield var
    finally:
        data = var / "postgres"
        if data.is_symlink():
            shutil.rmtree(data.readlink().parent, ignore_errors=True)
        shutil.rmtree(addresses.sockets_folder(var), ignore_errors=True)
        shutil.rmtree(var, ignore_errors=True)
