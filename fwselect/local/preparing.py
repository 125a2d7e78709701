"""What the database needs before people come: its schema, the examples, a first lead."""

import io
from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from fwselect.local import once
from fwselect.local.processes import StartRefused

EXAMPLES = ("logistics", "publishing")

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


def load_examples_once(say: Say) -> None:
    if "load_example" not in get_commands():
        return
    for name in EXAMPLES:
        if not once.is_done(f"example {name}"):
            say(f"loading the example evaluation “{name}”")
            try:
                call_command("load_example", name, stdout=io.StringIO())
            except CommandError as refusal:
                say(f"the example “{name}” was not loaded: {refusal}")
            else:
                once.mark_done(f"example {name}")


def first_lead_link(address: str) -> str:
    """The one-time link that makes the first real lead; empty once there is one."""
    if "create_lead" not in get_commands():
        return ""
    said = io.StringIO()
    call_command("create_lead", address=address, only_if_none=True, stdout=said)
    return said.getvalue().strip()


def demo_accounts() -> list[str]:
    people = get_user_model()
    return list(people.objects.filter(is_demo=True).order_by("pk").values_list("username", flat=True))
