import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from evaluations.record.canonical import CannotBeCanonical, checksum
from evaluations.record.models import FinalRecord
from evaluations.record.validation import InvalidBody, check_any_version
from evaluations.record.verifying import differing_places


class Command(BaseCommand):
    help = (
        "Check a record's JSON against its published schema, compute its checksum anew, and compare a decided one with "
        "the record that is kept where it was decided. Without a database the comparison is left out, and said to be."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the JSON of a record, as exported or attached to its PDF")
        parser.add_argument("--sha256", help="the checksum it has to have, e.g. from the foot of the printed pages")

    def handle(self, *args: Any, file: str, sha256: str | None = None, **options: Any) -> None:
        try:
            body = json.loads(Path(file).read_text(encoding="utf-8"))
            check_any_version(body)
            found = checksum(body)
        except OSError as refusal:
            raise CommandError(f"{file} could not be read: {refusal.strerror}") from refusal
        except (ValueError, RecursionError, InvalidBody, CannotBeCanonical) as refusal:
            raise CommandError(f"{file} is not a record: {refusal}") from refusal
        if sha256 and sha256.strip().lower() != found:
            raise CommandError(f"{file} has the checksum {found}, not {sha256}.")
        kept = "" if body["state"] in ("draft", "proposed") else self._compared(file, body, found)
        self.stdout.write(f"{file}: complete, revision {body['revision']}, state {body['state']}, sha256 {found}{kept}")

    def _compared(self, file: str, body: dict[str, Any], found: str) -> str:
        """How the file compares with the record kept here; one that says something else is refused with the places."""
        try:
            record = FinalRecord.objects.filter(evaluation=body["evaluation"]["id"], revision=body["revision"]).first()
        except DatabaseError:
            return "; no database to compare it with: compare the checksum with the foot of the printed pages"
        if record is None:
            return "; not kept here: compare the checksum with the foot of the printed pages"
        if record.sha256 == found:
            return "; the same as the record kept here"
        places = ", ".join(differing_places(record.body, body)) or "its form"
        raise CommandError(
            f"{file} was changed after it was frozen: "
            f"it differs from the record kept here ({record.sha256}) in {places}."
        )
