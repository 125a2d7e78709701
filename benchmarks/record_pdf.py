"""A decision record as PDF: ours through Typst, tagged and checked, beside the same body as HTML through WeasyPrint.

The last rows are seconds of a real worker: from the click, body and job and broker included, until the file is stored.
"""

import argparse
import copy
import json
import os
import random
import statistics
import subprocess
import sys
import time
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import Any

from pikepdf import Pdf

from benchmarks.private_services import log_unseen, private_services
from benchmarks.rows import Row, run_alone, side_by_side

CANDIDATES, CRITERIA, ROUNDS = 5, 24, 5
LARGE, LARGE_LIMIT_MS = (12, 60), 2000.0
BY_WORKER_LIMIT_S, PATIENCE_S, LOOK_EVERY_S = 2.0, 60.0, 0.01
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
    return [*rows, _row("record PDF, warm", warm, peer, RECORDED_WARM_MS), _large(), *_by_worker()]


def _large() -> Row:
    """Twelve candidates by sixty criteria, every section filled: the median of a few prints, against our own limit."""
    body = record_body(*LARGE)
    taken = side_by_side(lambda: print_ours(body), lambda: None, ROUNDS)[0]
    pages = len(Pdf.open(BytesIO(print_ours(body))).pages)
    return Row(
        f"record PDF, {LARGE[0]} × {LARGE[1]}", taken, "ms", "no peer", None, LARGE_LIMIT_MS, "figure", f"{pages} pages"
    )


def _by_worker() -> list[Row]:
    with private_services():
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        with log_unseen():
            table = _filled()
            return _printed_by_worker(table)


def _filled() -> Any:
    from tests.scoring.table import make_table

    candidates, criteria = LARGE
    table = make_table([f"Candidate {i}" for i in range(candidates)], [f"Criterion {j}" for j in range(criteria)])
    drawn = random.Random(1)
    cells = [(one.name, other.name) for one in table.candidates for other in table.criteria]
    table.agree({cell: drawn.choice([1, 2, 2.5, 3, 3.5, 4, 5]) for cell in cells if drawn.random() < 0.9})
    table.weigh({criterion.name: 1 + drawn.randrange(9) for criterion in table.criteria})
    return table


def _printed_by_worker(table: Any) -> list[Row]:
    from benchmarks.spikes_many import processor_s
    from fwselect.local import commands
    from tests.real_processes import RealProcess

    worker = RealProcess("worker", commands.worker(concurrency=1), {**os.environ, **commands.CHILD_ENVIRONMENT})
    try:
        worker.wait_for(lambda: b" ready." in worker.said.read_bytes())
        used = processor_s(worker.process.pid)
        taken = [_seconds_to_a_file(table, float(score)) for score in range(1, ROUNDS + 1)]
        used = processor_s(worker.process.pid) - used
    finally:
        worker.stop()
    name = f"record PDF, {LARGE[0]} × {LARGE[1]}, by the worker"
    return [
        Row(f"{name}, its first", taken[0], "s", "no peer", None, BY_WORKER_LIMIT_S, "figure", "imports and fonts too"),
        Row(name, statistics.median(taken[1:]), "s", "no peer", None, BY_WORKER_LIMIT_S, "figure", "click to file"),
        Row(f"{name}, processor time", used / ROUNDS, "s", "", None, None, "figure", "of page and worker, each time"),
    ]


def _seconds_to_a_file(table: Any, score: float) -> float:
    """Of a draft nobody asked for before: a score was changed since the last."""
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from evaluations.record.actions import request_draft

    table.agree({("Candidate 0", "Criterion 0"): score})
    begun = time.monotonic()
    draft = request_draft(evaluation=table.evaluation, by=table.lead, at=timezone.now())
    while not draft.pdf.name:
        time.sleep(LOOK_EVERY_S)
        draft.refresh_from_db(fields=["pdf"])
        if time.monotonic() - begun > PATIENCE_S:
            raise RuntimeError(f"nothing was printed within {PATIENCE_S} s")
    taken = time.monotonic() - begun
    if default_storage.open(draft.pdf.name).read(5) != b"%PDF-":
        raise RuntimeError("what was stored is no PDF")
    return taken


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
