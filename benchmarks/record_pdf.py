"""A decision record as PDF: ours through Typst, tagged and checked, beside the same body as HTML through WeasyPrint."""

import argparse
import copy
import json
import subprocess
import sys
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import Any

from pikepdf import Pdf

from benchmarks.rows import Row, run_alone, side_by_side

CANDIDATES, CRITERIA, ROUNDS = 5, 24, 5
LARGE, LARGE_LIMIT_MS = (12, 60), 2000.0
RECORDED_WARM_MS, RECORDED_FIRST_MS = 600.0, 1700.0
"""What WeasyPrint took for eleven pages where it was last measured."""
LIMIT = 0.1


def measure(options: argparse.Namespace) -> list[Row]:
    first_ours, first_peer = _first("ours"), _first("peer")
    rows = [_row("record PDF, first in its process", first_ours, first_peer, RECORDED_FIRST_MS)]
    body = record_body()
    if first_peer is None:
        warm, peer = side_by_side(lambda: print_ours(body), lambda: None, ROUNDS)[0], None
    else:
        warm, peer = side_by_side(lambda: print_ours(body), lambda: print_peer(body), ROUNDS)
    return [*rows, _row("record PDF, warm", warm, peer, RECORDED_WARM_MS), _large()]


def _large() -> Row:
    """Twelve candidates by sixty criteria, every section filled: the median of a few prints, against our own limit."""
    body = record_body(*LARGE)
    taken = side_by_side(lambda: print_ours(body), lambda: None, ROUNDS)[0]
    pages = len(Pdf.open(BytesIO(print_ours(body))).pages)
    return Row(
        f"record PDF, {LARGE[0]} × {LARGE[1]}", taken, "ms", "no peer", None, LARGE_LIMIT_MS, "figure", f"{pages} pages"
    )


def _row(path: str, ours: float, peer: float | None, recorded: float) -> Row:
    if peer is not None:
        return Row(path, ours, "ms", "WeasyPrint", peer, LIMIT, note=_sizes())
    note = f"peer not installed; recorded limit {LIMIT * recorded:g} ms"
    return Row(path, ours, "ms", "WeasyPrint", None, LIMIT * recorded, "figure", note)


@lru_cache(maxsize=1)
def _sizes() -> str:
    """How long both documents are."""
    pages = [len(Pdf.open(BytesIO(pdf)).pages) for pdf in (print_ours(record_body()), print_peer(record_body()))]
    return f"{pages[0]} pages beside {pages[1]}"


def _first(which: str) -> float | None:
    """Milliseconds of processor time of the first print in a process of its own, imports included; None without it."""
    code = (
        "import time; start = time.process_time(); from benchmarks import record_pdf; body = record_pdf.record_body();"
        f" made = time.process_time(); record_pdf.print_{which}(body); print((time.process_time() - made) * 1000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def record_body(candidates: int = CANDIDATES, criteria: int = CRITERIA) -> dict[str, Any]:
    from tests.record.bodies import decided_body, grid_body

    grid = grid_body(candidates, criteria)
    parts = ("candidates", "criteria", "cells", "ranking")
    later = {key: value for key, value in decided_body().items() if key not in grid}
    return later | copy.deepcopy({key: grid[key] for key in parts}) | {k: v for k, v in grid.items() if k not in parts}


def print_ours(body: dict[str, Any]) -> bytes:
    from evaluations.record.printing import print_record

    return print_record(body)


def print_peer(body: dict[str, Any]) -> bytes:
    from weasyprint import HTML

    pdf = HTML(
        string=f"<html lang='en'><head><style>{STYLE}</style></head><body>{_told(body)}</body></html>"
    ).write_pdf()
    return bytes(pdf)


STYLE = """@page { size: A4; margin: 2cm; @bottom-right { content: counter(page) " / " counter(pages) } }
body { font: 8pt sans-serif } table { border-collapse: collapse; width: 100% } td, th { border: 1px solid #ccc }"""


def _told(value: Any) -> str:
    """Everything in the body: rows of objects as tables, the rest as paragraphs."""
    if isinstance(value, dict):
        return "".join(f"<h2>{escape(key)}</h2>{_told(item)}" for key, item in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict):
        heads = "".join(f"<th>{escape(key)}</th>" for key in value[0])
        rows = "".join(f"<tr>{''.join(f'<td>{_plain(cell)}</td>' for cell in row.values())}</tr>" for row in value)
        return f"<table><tr>{heads}</tr>{rows}</table>"
    return f"<p>{_plain(value)}</p>"


def _plain(value: Any) -> str:
    return escape(value if isinstance(value, str) else json.dumps(value))


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
