"""Reads result files and prints what they say, without a database."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from evaluations.spikes import limited
from evaluations.spikes.limited import Outcome


class Command(BaseCommand):
    help = "Read result files of load-testing tools and print their runs; needs neither a database nor a service."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--json", action="store_true", help="print one JSON array with an object per file")

    def handle(self, *, files: list[str], json: bool, **_: object) -> None:
        outcomes = [(name, _read(name)) for name in files]
        if json:
            self.stdout.write(_as_json(outcomes))
            return
        for name, outcome in outcomes:
            self.stdout.write("\n".join(_as_text(name, outcome)))


def _read(name: str) -> Outcome:
    try:
        return limited.read_file(Path(name))
    except OSError as error:
        return Outcome("rejected", message=f"The file cannot be opened: {error.strerror}")


def _as_json(outcomes: list[tuple[str, Outcome]]) -> str:
    return json.dumps([outcome.to_json(name) for name, outcome in outcomes], allow_nan=False, indent=1)


def _as_text(name: str, outcome: Outcome) -> list[str]:
    if outcome.outcome != "accepted":
        place = f" (line {outcome.line})" if outcome.line else ""
        return [f"{name}: refused{place}: {outcome.message}"]
    lines = [f"{name}: {outcome.tool}, {outcome.format}"]
    for run in outcome.runs:
        figures = {key: run[key] for key in ("requests", "failures", "duration_s", "requests_per_s")}
        figures.update({f"{key} ms": value for key, value in run["latency_ms"].items()})
        lines.append("  " + "  ".join(f"{key} {_short(value)}" for key, value in figures.items()))
    return lines + [f"  careful: {warning}" for warning in outcome.warnings]


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
