import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Calculate a problem file, without a database: what the pages show, as docs/method.md explains it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        from evaluations.problems.calculate import ADDITIVE, METHODS  # NumPy: not for every other command

        parser.add_argument("problem", metavar="PROBLEM.json", help="see evaluations/problems/schema/problem-1.json")
        parser.add_argument(
            "--method",
            choices=METHODS,
            default=ADDITIVE,
            help="additive (the default: everything), or one method alone",
        )
        parser.add_argument("--draws", type=int, metavar="N", help="instead of the file's, or of 10,000")
        parser.add_argument("--seed", type=int, metavar="S", help="instead of the file's, or of 7")
        parser.add_argument("--table", action="store_true", help="text to read, instead of JSON")

    def handle(self, *args: Any, problem: str, method: str, table: bool = False, **options: Any) -> None:
        from evaluations.problems.calculate import calculate
        from evaluations.problems.schema import problem_from_text
        from evaluations.problems.table import as_table

        draws, seed = options.get("draws"), options.get("seed")
        if draws is not None and not 1 <= draws <= 1_000_000:
            raise CommandError(f"--draws: {draws} lies outside 1..1000000.")
        if seed is not None and seed < 0:
            raise CommandError(f"--seed: {seed} lies below 0.")
        try:
            results = calculate(problem_from_text(Path(problem).read_text(encoding="utf-8-sig")), method, draws, seed)
        except OSError as refusal:
            raise CommandError(f"{problem} could not be read: {refusal.strerror}") from refusal
        except ValueError as refusal:
            raise CommandError(f"{problem}: {refusal}") from refusal
        self.stdout.write(as_table(results) if table else json.dumps(results, indent=2, ensure_ascii=False))
