"""How a run was made: what people said of it, else what its file or its tool tells, and which of the two it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluations.candidates.models import Evaluation
from evaluations.spikes.comparability import CLOSED, OPEN, loop_of_tool
from evaluations.spikes.models import RunFacts, SpikeRun

KIT = "fwselect_"
NOTHING_SAID = RunFacts()


@dataclass(frozen=True)
class HowMade:
    """Empty and None: neither people nor the file say. `not_said`: of these only the file or the tool tells."""

    host: str
    processors: int | None
    workers: int | None
    driver: str
    client: str
    loop: str
    users: float | None
    warm_up_s: float | None
    repeat: int | None
    generator_busy: int | None
    not_said: tuple[str, ...]


def facts_by_run(evaluation: Evaluation) -> dict[int, RunFacts]:
    """What people said, by the run's id; runs of which nobody said anything are missing."""
    return {row.run_id: row for row in RunFacts.objects.filter(run__result_file__evaluation=evaluation)}


def how_made(run: SpikeRun, said: RunFacts | None) -> HowMade:
    said = said or NOTHING_SAID
    context = run.stated.get("context") or {}
    file = run.result_file
    found: dict[str, Any] = {
        "client": kit_machine(file.format, context),
        "loop": loop_in(context) or loop_of_tool(file.tool),
        "users": users_in(context),
        "warm_up_s": number_in(context, "warm_up_s"),
    }
    told = {name: getattr(said, name) for name in found}
    missing = [name for name, value in told.items() if value in ("", None)]
    return HowMade(
        host=said.host.strip(),
        processors=said.processors,
        workers=said.workers,
        driver=said.driver.strip(),
        repeat=said.repeat,
        generator_busy=said.generator_busy,
        not_said=tuple(name for name in missing if found[name] not in ("", None)),
        **told | {name: found[name] for name in missing},
    )


def loop_in(context: Mapping[str, Any]) -> str:
    loop = context.get("loop")
    return loop if loop in (OPEN, CLOSED) else ""


def kit_machine(file_format: str, context: Mapping[str, Any]) -> str:
    """Kits write down the machine that makes the load; elsewhere “host” is the address of the service."""
    return str(context.get("host") or "") if file_format.startswith(KIT) else ""


def users_in(context: Mapping[str, Any]) -> float | None:
    known = (number_in(context, name) for name in ("connections", "users", "users_max"))
    return next((number for number in known if number), None)


def number_in(context: Mapping[str, Any], name: str) -> float | None:
    value = context.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
