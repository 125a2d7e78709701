from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evaluations.audit.models import AuditLog
from evaluations.audit.queries import first_fault


class Command(BaseCommand):
    help = "Recompute the hash chain of every audit log, or of one, and name the first bad event."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--log", type=int, help="only the log with this number")
        parser.add_argument("--database", default="default", help="the name of the connection, as Django knows it")

    def handle(self, *args: Any, log: int | None = None, database: str = "default", **options: Any) -> None:
        logs = AuditLog.objects.using(database).order_by("pk")
        if log is not None:
            logs = logs.filter(pk=log)
            if not logs.exists():
                raise CommandError(f"There is no log {log}.")
        faults = 0
        for each in logs:
            fault = first_fault(each)
            if fault:
                faults += 1
                self.stderr.write(f"log {fault.log_id}: event {fault.number} {fault.reason}")
            else:
                self.stdout.write(f"log {each.pk}: {each.count} events, the chain holds, head {each.head[:16]}")
        if faults:
            raise CommandError(f"{faults} of {logs.count()} logs do not hold.")
