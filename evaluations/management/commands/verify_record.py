import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluations.record.canonical import CannotBeCanonical, checksum
from evaluations.record.validation import InvalidBody, check_body


class Command(BaseCommand):
    help = "Check a record's JSON against its published schema and compute its checksum anew; needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the JSON of a record, as exported or attached to its PDF")
        parser.add_argument("--sha256", help="the checksum it has to have, e.g. from the foot of the printed pages")

    def handle(self, *args: Any, file: str, sha256: str | None = None, **options: Any) -> None:
        try:
            body = json.loads(Path(file).read_text(encoding="utf-8"))
            check_body(body)
            found = checksum(body)
        except OSError as refusal:
            raise CommandError(f"{file} could not be read: {refusal.strerror}") from refusal
        except (ValueError, RecursionError, InvalidBody, CannotBeCanonical) as refusal:
            raise CommandError(f"{file} is not a record: {refusal}") from refusal
        if sha256 and sha256.strip().lower() != found:
            raise CommandError(f"{file} has the checksum {found}, not {sha256}.")
        self.stdout.write(f"{file}: complete, revision {body['revision']}, state {body['state']}, sha256 {found}")
