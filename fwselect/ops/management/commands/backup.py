import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fwselect.ops.backup import back_up
from fwselect.ops.postgres_tools import Refused


class Command(BaseCommand):
    help = "Write the database and its uploads, as they are at one moment, into one checked file. Pages may go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write; it must not exist")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            manifest = back_up(file, at=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows, size = sum(manifest.counts.values()), file.stat().st_size
        self.stdout.write(
            f"{file}: {rows} rows of {len(manifest.counts)} tables, {len(manifest.files)} files, "
            f"{size / 1e6:.1f} MB, checked, in {time.monotonic() - began:.1f} s"
        )
        for name in manifest.missing:
            self.stderr.write(f"not in the storage any more, so not in the backup: {name}")
