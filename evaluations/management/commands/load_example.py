from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from evaluations.examples import actions
from evaluations.examples.spikes import ExampleNotRead
from evaluations.teams.models import Person


class Command(BaseCommand):
    help = "Enter one of the example evaluations, once, and print its number."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=actions.keys())
        parser.add_argument("--lead", metavar="USERNAME", help="also make this person a lead of the example's team")

    def handle(self, *args: Any, name: str, lead: str | None = None, **options: Any) -> None:
        person = Person.objects.filter(username=lead).first() if lead else None
        if lead and person is None:
            raise CommandError(f"There is nobody with the user name {lead}.")
        try:
            evaluation = actions.load(key=name, at=timezone.now())
        except (actions.BeingLoaded, ExampleNotRead) as refusal:
            raise CommandError(str(refusal)) from refusal
        if person:
            actions.let_in(evaluation=evaluation, person=person, at=timezone.now())
        self.stdout.write(str(evaluation.pk))
