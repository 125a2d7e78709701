"""What the database needs before people come: its schema, the examples, a first lead."""

import io
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from fwselect.local import once
from fwselect.local.processes import StartRefused

EXAMPLES = ("logistics", "publishing", "logistics-open")
"""Two that are decided, and one in which everything can still be tried."""

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


def load_examples_once(say: Say) -> None:
    for name in EXAMPLES if settings.FWSELECT_EXAMPLES else ():
        _once(f"example {name}", say, f"loading the example evaluation “{name}”", "load_example", name)


def _once(what: str, say: Say, doing: str, command: str, *words: str) -> None:
    """Run a command of the packages if it was never run on this database; a refusal is said and tried next time."""
    if once.is_done(what):
        return
    say(doing)
    try:
        call_command(command, *words, stdout=io.StringIO())
    except CommandError as refusal:
        say(f"{what}: not done: {refusal}")
    else:
        once.mark_done(what)


def first_lead_link(address: str) -> str:
    """The one-time link that makes the first real lead; empty once there is one."""
    said = io.StringIO()
    call_command("create_lead", address=address, unless_led=True, stdout=said)
    return next((word for word in reversed(said.getvalue().split()) if word.startswith(address)), "")


def demo_accounts() -> list[str]:
    people = get_user_model().objects.filter(is_demo=True, is_active=True)
    return list(people.order_by("pk").values_list("username", flat=True))
