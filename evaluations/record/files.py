"""A body as a file to take away: which kinds there are, their names and their bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from evaluations.record.canonical import canonical_bytes

LONGEST_NAME = 60


@dataclass(frozen=True)
class Kind:
    """One form of a body that needs no printing."""

    suffix: str
    content_type: str
    write: Callable[[dict[str, Any]], bytes]


def _sheet(body: dict[str, Any]) -> bytes:
    from evaluations.record.sheet import workbook  # XlsxWriter: not needed to start the page process

    return workbook(body)


def _markdown(body: dict[str, Any]) -> bytes:
    from evaluations.record.madr import markdown

    return markdown(body).encode()


KINDS = {
    "json": Kind("json", "application/json", canonical_bytes),
    "md": Kind("md", "text/markdown; charset=utf-8", _markdown),
    "xlsx": Kind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _sheet),
}


def file_name(body: dict[str, Any], suffix: str) -> str:
    """From the title's letters and digits alone: no path, no control character, nothing a shell would read."""
    stem = slugify(body["evaluation"]["title"], allow_unicode=True)[:LONGEST_NAME].strip("-") or "decision-record"
    draft = "-draft" if body["state"] == "draft" else ""
    return f"{stem}{draft}-r{body['revision']}.{suffix}"
