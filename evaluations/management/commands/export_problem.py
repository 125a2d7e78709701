import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluations.candidates.models import Evaluation
from evaluations.problems.exporting import NothingToExport, problem_of


class Command(BaseCommand):
    help = "Write an evaluation's comparison as a problem file that `calculate` reads; members are numbered, not named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", type=int, metavar="EVALUATION", help="the evaluation's number")
        parser.add_argument("--output", metavar="FILE", help="where to write it; standard output where left out")

    def handle(self, *args: Any, evaluation: int, output: str | None = None, **options: Any) -> None:
        found = Evaluation.objects.select_related("team", "log").filter(pk=evaluation).first()
        if found is None:
            raise CommandError(f"There is no evaluation {evaluation}.")
        try:
            text = json.dumps(problem_of(found), indent=2, ensure_ascii=False)
        except NothingToExport as refusal:
            raise CommandError(str(refusal)) from refusal
        if output is None:
            self.stdout.write(text)
            return
        try:
            Path(output).write_text(text + "\n", encoding="utf-8")
        except OSError as refusal:
            raise CommandError(f"{output} could not be written: {refusal.strerror}") from refusal
        self.stdout.write(f"{output}: written")
