from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse
from django.utils import timezone

from evaluations.teams.invitations import LEAD_LINK_HOLDS, issue_lead_link
from evaluations.teams.queries import real_lead_exists


class Command(BaseCommand):
    help = "Print a one-time link, valid for 24 hours, that makes a new team and its first lead."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", help="where the pages are reached, e.g. http://192.0.2.7:8000")

        parser.add_argument("--unless-led", action="store_true", help="print nothing where a real team has a lead")

    def handle(self, *args: Any, address: str | None = None, unless_led: bool = False, **options: Any) -> None:
        if unless_led and real_lead_exists():
            return
        at = timezone.now()
        base = (address or f"http://127.0.0.1:{settings.FWSELECT_PORT}").rstrip("/")
        link = base + reverse("teams:start", args=[issue_lead_link(at=at)])
        self.stdout.write(f"Open this link once, before {at + LEAD_LINK_HOLDS:%Y-%m-%d %H:%M} UTC, to make a lead:")
        self.stdout.write(link)
