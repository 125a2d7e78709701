"""What counts as what in a profile: one table, read from the innermost frame outwards.

A sample belongs to the first frame, seen from the innermost, whose package stands here; frames of the standard library
that stand nowhere are passed over, so that `socket.recv` under a database driver is the driver's. A sample whose
innermost frame waits, with no database driver around it, is waiting. What stands nowhere is the application.
"""

import re
import sys

DATABASE, SERIALIZATION, TEMPLATES = "database driver", "serialization", "templates"
SERVER, FRAMEWORK = "server", "framework"
LIBRARIES, APPLICATION, WAITING = "other libraries", "application", "waiting"

PACKAGES = {
    DATABASE: """psycopg psycopg2 psycopg_pool psycopg_c asyncpg aiopg sqlalchemy sqlmodel tortoise peewee pymysql
        MySQLdb aiomysql sqlite3 aiosqlite pymongo motor redis aioredis django/db piccolo databases oracledb pyodbc""",
    SERIALIZATION: """json orjson ujson msgspec pydantic pydantic_core marshmallow rest_framework/serializers
        rest_framework/renderers simplejson msgpack attr cattrs email django/core/serializers""",
    TEMPLATES: "jinja2 mako django/template markupsafe",
    SERVER: """uvicorn gunicorn hypercorn granian daphne h11 httptools uvloop asyncio wsgiref waitress socketserver
        http/server selectors concurrent cheroot uwsgi""",
    FRAMEWORK: """django fastapi starlette litestar flask werkzeug quart sanic falcon aiohttp blacksheep ninja
        rest_framework tornado bottle pyramid cherrypy channels asgiref connexion robyn""",
    LIBRARIES: """anyio sniffio click httpx httpcore requests urllib3 certifi idna typer celery kombu opentelemetry
        sentry_sdk pip""",
}
WAITS = re.compile(
    r"(?:^|[.\s])(?:select|poll|epoll|kqueue|wait|sleep|acquire|_wait_for_tstate_lock|accept|getevents|wait_for)\b"
    r"|select\.(?:epoll|poll|kqueue)|time\.sleep|lock.*acquire",
    re.IGNORECASE,
)
_KIND_OF = {package: kind for kind, packages in PACKAGES.items() for package in packages.split()}
_LIBRARY_FOLDER = re.compile(r".*(?:site-packages|dist-packages)[/\\]")
_STANDARD_FOLDER = re.compile(
    r".*[/\\](?:lib[/\\])?python3?[0-9.]*[/\\](?:lib[/\\])?(?!site-packages|dist-packages)", re.I
)


def kind_of_file(path: str) -> str | None:
    """The kind that a source file belongs to; None for the standard library, which says nothing by itself."""
    is_library = _LIBRARY_FOLDER.match(path)
    is_standard = None if is_library else _STANDARD_FOLDER.match(path)
    found = is_library or is_standard
    short = (path[found.end() :] if found else path).replace("\\", "/").lstrip("/")
    parts = short.removesuffix(".py").split("/")
    for length in (2, 1):
        kind = _KIND_OF.get("/".join(parts[:length]))
        if kind is not None:
            return kind
    if is_library:
        return LIBRARIES
    if is_standard or path.startswith(("<frozen", "~", "<built-in")) or parts[0] in sys.stdlib_module_names:
        return None
    return APPLICATION


def kind_of_stack(frames: list[tuple[str, str]]) -> str:
    """The kind of a sample; `frames` are (function, file) pairs, outermost first."""
    kinds = [kind_of_file(path) for _, path in frames]
    innermost = next((kind for kind in reversed(kinds) if kind is not None), None)
    if frames and WAITS.search(frames[-1][0]) and innermost != DATABASE:
        return WAITING
    return innermost or LIBRARIES
