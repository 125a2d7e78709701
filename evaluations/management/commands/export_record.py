import hashlib
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluations.candidates.models import Evaluation
from evaluations.record.compose import body_now
from evaluations.record.files import KINDS
from evaluations.record.models import FinalRecord
from evaluations.record.queries import final_record_of


class Command(BaseCommand):
    help = (
        "Write an evaluation's decision record into a file: PDF, JSON, Markdown or a workbook. Before anything is "
        "decided, and with --draft, it is the draft as things stand now."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", type=int, metavar="EVALUATION", help="the evaluation's number")
        parser.add_argument("--format", choices=["pdf", *KINDS], default="pdf")
        parser.add_argument(
            "--draft", action="store_true", help="what stands now, also where a decision froze its record"
        )
        parser.add_argument("--output", required=True, metavar="FILE", help="where to write it; - is standard output")

    def handle(
        self, *args: Any, evaluation: int, format: str, output: str, draft: bool = False, **options: Any
    ) -> None:
        found = Evaluation.objects.select_related("team", "log").filter(pk=evaluation).first()
        if found is None:
            raise CommandError(f"There is no evaluation {evaluation}.")
        frozen = None if draft else final_record_of(found)
        data = _frozen(frozen, format) if frozen else _as_file(body_now(found), format)
        if output == "-":
            sys.stdout.buffer.write(data)
            return
        try:
            Path(output).write_bytes(data)
        except OSError as refusal:
            raise CommandError(f"{output} could not be written: {refusal.strerror}") from refusal
        what = f"the record of revision {frozen.revision}" if frozen else "a draft"
        self.stdout.write(f"{output}: {what}, {len(data)} bytes")


def _frozen(record: FinalRecord, kind: str) -> bytes:
    if hashlib.sha256(record.document.encode()).hexdigest() != record.sha256:
        raise CommandError("The stored record does not match its checksum: it was changed after it was frozen.")
    return record.document.encode() if kind == "json" else _as_file(record.body, kind)


def _as_file(body: dict[str, Any], kind: str) -> bytes:
    if kind != "pdf":
        return KINDS[kind].write(body)
    from evaluations.record.actions import font_folders
    from evaluations.record.printing import CannotPrint, print_record

    try:
        return print_record(body, font_folders=font_folders())
    except CannotPrint as refusal:
        raise CommandError(f"The record could not be printed: {refusal}") from refusal
