"""Runs every benchmark beside its peer, prints the ratios and writes them to var/bench.json.

    python -m benchmarks [NAME ...] [--full] [--list]

Each benchmark runs in a process of its own, so that none of them pays for what another imported.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.rows import Row, printed

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "analysis_acceptability",
    "matrix_page",
    "what_if",
    "record_pdf",
    "spikes_k6",
    "spikes_many",
    "live_fan_out",
    "local_start",
    "local_up",
)
RESULT = ROOT / "var" / "bench.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(NAMES)}; all where left out"
    )
    parser.add_argument("--full", action="store_true", help="the full sizes: a result file of 1 GB, 5,000 streams")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"{min(unknown)!r} is unknown; there are {', '.join(NAMES)}")
    if options.list:
        print("\n".join(NAMES))
        return
    measured, failed = {}, []
    for name in options.names or NAMES:
        print(f"\n{name}", flush=True)
        found = _run(name, options.full)
        if found is None:
            failed.append(name)
            continue
        measured[name] = found
        kept = [{key: each[key] for key in Row.__dataclass_fields__} for each in found]
        print(printed([Row(**each) for each in kept]), flush=True)
    _write(measured)
    if failed:
        sys.exit(f"could not be measured: {', '.join(failed)}")


def _run(name: str, full: bool) -> list[dict[str, object]] | None:
    with tempfile.TemporaryDirectory(prefix="fwselect-bench-") as folder:
        answer = Path(folder) / "rows.json"
        command = [sys.executable, "-m", f"benchmarks.{name}", "--json", str(answer), *(["--full"] if full else [])]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, check=False)
        return json.loads(answer.read_text()) if done.returncode == 0 else None


def _write(measured: dict[str, list[dict[str, object]]]) -> None:
    """What was not measured this time stays from the time before, with its own moment."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "machine": platform.machine()}
    known |= {name: {"at": at, **machine, "rows": rows} for name, rows in measured.items()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(known, indent=1) + "\n")
    print(f"\nwritten: {RESULT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
