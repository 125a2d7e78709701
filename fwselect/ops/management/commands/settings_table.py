from typing import Any

from django.core.management.base import BaseCommand

from fwselect.ops.settings_table import settings_table


class Command(BaseCommand):
    help = "Prints every setting with type, default and meaning, as a Markdown table."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(settings_table(), ending="")
