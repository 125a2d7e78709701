"""What people say about runs, and what a lead lets count: the writes of the comparability guard."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from evaluations.audit.actions import writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Evaluation
from evaluations.spikes import entering
from evaluations.spikes.actions import RunMoved
from evaluations.spikes.guarding import rule_of
from evaluations.spikes.models import ComparisonRule, RunFacts, SpikeRun
from evaluations.spikes.remeasuring import remeasure
from evaluations.teams.access import Capability
from evaluations.teams.models import Person

FACTS = (
    "host",
    "processors",
    "workers",
    "driver",
    "client",
    "loop",
    "users",
    "repeat",
    "warm_up_s",
    "generator_busy",
)


class FactsMoved(Exception):
    """Somebody changed what is said of the run meanwhile. `current` is what stands."""

    def __init__(self, current: RunFacts) -> None:
        super().__init__("Someone changed what is said of this run while you were editing it.")
        self.current = current


class RuleMoved(Exception):
    """Somebody changed the rule meanwhile. `current` is the one that stands."""

    def __init__(self, current: ComparisonRule) -> None:
        super().__init__(f"The ratio was set to {current.tie_ratio:g} while you were editing it.")
        self.current = current


def set_facts(*, run: SpikeRun, seen: int, facts: Mapping[str, Any], by: Person, at: datetime) -> RunFacts:
    """Say how a run was made; facts: FACTS. The measured scores follow. Raises FactsMoved, ValidationError, Refused.

    seen: the version that was read, 0 where nobody had said anything.
    """
    evaluation = run.result_file.evaluation
    _begin(evaluation, by, Capability.CONTRIBUTE)
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise TypeError(f"a run has no {', '.join(sorted(unknown))}")
    with writing(evaluation.log, by=by, at=at) as entry:
        row = RunFacts.objects.select_for_update().filter(run=run).first() or RunFacts(run=run)
        if row.version != seen:
            raise FactsMoved(row)
        before = facts_of(row) if row.pk else None
        for name, value in facts.items():
            setattr(row, name, value)
        row.full_clean(exclude=["run"])
        row.version = entry.record(
            "spikes.run_described",
            about={"run": run.pk, **entering.about(run.result_file)},
            payload={"before": before, "after": facts_of(row)},
        )
        row.save()
        remeasure(entry, evaluation=evaluation)
        return row


def let_count(*, run: SpikeRun, reason: str, seen: int, by: Person, at: datetime) -> SpikeRun:
    """A lead lets a run count although it can't be compared, and says why; an empty reason ends that.

    Raises RunMoved, Refused.
    """
    evaluation = run.result_file.evaluation
    _begin(evaluation, by, Capability.LEAD)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = SpikeRun.objects.select_for_update().get(pk=run.pk)
        if row.version != seen:
            raise RunMoved(row)
        before, row.counts_despite = row.counts_despite, reason.strip()
        row.version = entry.record(
            "spikes.run_let_count" if row.counts_despite else "spikes.run_guarded_again",
            about={"run": row.pk, **entering.about(run.result_file)},
            payload={"before": before, "after": row.counts_despite},
        )
        row.save(update_fields=["counts_despite", "version"])
        remeasure(entry, evaluation=evaluation)
        return row


def set_tie_ratio(*, evaluation: Evaluation, ratio: Decimal, seen: int, by: Person, at: datetime) -> ComparisonRule:
    """Up to which ratio two candidates' figures are a tie. Raises RuleMoved, ValidationError, Refused."""
    _begin(evaluation, by, Capability.CONTRIBUTE)
    with writing(evaluation.log, by=by, at=at) as entry:
        row = ComparisonRule.objects.select_for_update().filter(evaluation=evaluation).first() or rule_of(evaluation)
        if row.version != seen:
            raise RuleMoved(row)
        before, row.tie_ratio = float(row.tie_ratio), ratio
        row.full_clean(exclude=["evaluation"])
        row.version = entry.record("spikes.tie_ratio_set", about={}, payload={"before": before, "after": float(ratio)})
        row.save()
        return row


def facts_of(row: RunFacts) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FACTS}


def _begin(evaluation: Evaluation, by: Person, capability: Capability) -> None:
    check_can(capability, by, evaluation)
    check_is_writable(evaluation)
