import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fwselect.ops.postgres_tools import Refused, database_name
from fwselect.ops.restore import restore


class Command(BaseCommand):
    help = "Bring back what `backup` wrote: every checksum, row count and audit chain is verified, or nothing changes."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `backup` wrote")
        parser.add_argument(
            "--replace", action="store_true", help="also where the database has rows; it is kept under another name"
        )

    def handle(self, *args: Any, file: Path, replace: bool = False, **options: Any) -> None:
        began = time.monotonic()
        try:
            outcome = restore(file, replace=replace, at=timezone.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        manifest = outcome.manifest
        self.stdout.write(
            f"{database_name()} is as it was at {manifest.made_at}: {sum(manifest.counts.values())} rows of "
            f"{len(manifest.counts)} tables and {len(manifest.files)} files came back, every audit chain holds, "
            f"in {time.monotonic() - began:.1f} s"
        )
        if outcome.kept:
            self.stdout.write(f"What stood there before is kept as the database {outcome.kept}; drop it when sure.")
        if outcome.needs_migrating:
            self.stdout.write("The backup is of an earlier version: run `manage.py migrate` before the pages start.")
