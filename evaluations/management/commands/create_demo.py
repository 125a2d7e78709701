from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evaluations.teams.demo import DEMO_PEOPLE, ensure_demo_team


class Command(BaseCommand):
    help = "Make the demo accounts and their team, once; they sign in by a click, on this machine only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.FWSELECT_DEMO:
            raise CommandError("Demo accounts belong to the embedded mode on the loopback address only.")
        team = ensure_demo_team(at=timezone.now())
        for username, (name, role) in DEMO_PEOPLE.items():
            self.stdout.write(f"{username}: {name}, {role.label.lower()} of {team.name}")
