"""Where the embedded services of one `var` folder listen. Pure: nothing is created, nothing is connected to."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote, urlencode

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = "fwselect"
LONGEST_BASE = 60  # a Unix socket's path may have 107 bytes; ours adds up to 45 to its base


def var_folder() -> Path:
    return (PROJECT / Path(os.environ.get("FWSELECT_VAR", "").strip() or "var").expanduser()).resolve()


def sockets_folder(var: Path) -> Path:
    """The short folder of the sockets of `var`; FWSELECT_SOCKETS names the one in use where another shell chose it."""
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:10]
    name = f"fwselect-{os.getuid()}-{digest}"
    in_use = Path(os.environ.get("FWSELECT_SOCKETS", ""))
    return in_use if in_use.name == name else _base() / name


def database_url(var: Path, name: str = DATABASE) -> str:
    query = urlencode({"host": str(postgres_folder(var)), "user": DATABASE}, quote_via=quote, safe="/")
    return f"postgresql:///{name}?{query}"


def redis_url(var: Path, db: int = 0) -> str:
    return f"unix://{quote(str(valkey_socket(var)))}?db={db}"


def celery_broker_url(var: Path, db: int = 0) -> str:
    return f"redis+socket://{quote(str(valkey_socket(var)))}?virtual_host={db}"


def postgres_folder(var: Path) -> Path:
    return sockets_folder(var) / "pg"


def valkey_socket(var: Path) -> Path:
    return sockets_folder(var) / "valkey.sock"


def _base() -> Path:
    for candidate in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir()):
        short_and_plain = candidate.isascii() and " " not in candidate and 0 < len(candidate) <= LONGEST_BASE
        if short_and_plain and os.access(candidate, os.W_OK | os.X_OK):
            return Path(candidate)
    return Path("/tmp")  # noqa: S108  the folder made in it is private and its owner is checked
