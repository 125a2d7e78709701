"""What the database needs before people come: its schema, the example they can try, a first lead; more follows."""

import io
from collections.abc import Callable, Iterable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from fwselect.local import once
from fwselect.local.processes import StartRefused

FIRST_EXAMPLES = ("logistics-open",)
"""In which everything can still be tried: it is there when the first page is opened."""
LATER_EXAMPLES = ("logistics", "publishing")
"""Decided ones, to be looked at: they may come while pages are open already."""

Say = Callable[[str], None]


def bring_schema_up_to_date(say: Say) -> None:
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as refusal:
        reason = str(refusal).strip().splitlines()[0]
        raise StartRefused(f"The database of DATABASE_URL does not answer: {reason}") from refusal
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        say(f"bringing the database up to date ({len(missing)} steps)")
        call_command("migrate", interactive=False, verbosity=0)


def make_demo_accounts_once(say: Say) -> None:
    _once("demo accounts", say, "making the demo accounts", "create_demo")


def load_examples_once(names: Iterable[str], say: Say) -> None:
    for name in missing_examples(names):
        _once(_named(name), say, f"loading the example evaluation “{name}”", "load_example", name)


def missing_examples(names: Iterable[str]) -> list[str]:
    """Those that were never loaded; none where no examples are wanted."""
    wanted = settings.FWSELECT_EXAMPLES and not settings.IS_PRODUCTION
    return [name for name in names if not once.is_done(_named(name))] if wanted else []


def _named(example: str) -> str:
    return f"example {example}"


def _once(what: str, say: Say, doing: str, command: str, *words: str) -> None:
    """Run a command of the packages if it was never run on this database; a refusal is said and tried next time.

    What it writes is seen when it is complete: of a process that dies meanwhile nothing stays.
    """
    if once.is_done(what):
        return
    say(doing)
    try:
        with transaction.atomic():
            call_command(command, *words, stdout=io.StringIO())
            once.mark_done(what)
    except CommandError as refusal:
        say(f"{what}: not done: {refusal}")


def first_lead_link(address: str) -> str:
    """The one-time link that makes the first real lead; empty once there is one."""
    said = io.StringIO()
    call_command("create_lead", address=address, unless_led=True, stdout=said)
    return next((word for word in reversed(said.getvalue().split()) if word.startswith(address)), "")


def demo_accounts() -> list[str]:
    people = get_user_model().objects.filter(is_demo=True, is_active=True)
    return list(people.order_by("pk").values_list("username", flat=True))
