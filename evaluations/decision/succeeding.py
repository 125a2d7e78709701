"""A successor: a new evaluation that starts from a decided one, and supersedes it once it is decided itself."""

from datetime import datetime

from django.db import transaction

from evaluations.audit.actions import writing
from evaluations.candidates import actions as candidates
from evaluations.candidates.access import check_can
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.decision.models import Succession
from evaluations.decision.queries import lineage_of
from evaluations.decision.states import State
from evaluations.legacy import actions as legacy
from evaluations.requirements import actions as requirements
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import standing_criteria, standing_requirements, team_weights
from evaluations.requirements.weighing import agree_weights
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person

STACK = ("kind", "name", "framework", "framework_version", "server", "data_layer", "proxy", "note")
REQUIREMENT = ("kind", "statement", "quantity", "unit", "must_have", "source", "verification")
CRITERION = ("name", "question", "group", "anchor_1", "anchor_3", "anchor_5", "evidence_kind", "cost_hours")


class NoSuccessor(Refused):
    """Only a decision that stands has a successor, and one at a time."""


def start_successor(*, evaluation: Evaluation, title: str, by: Person, at: datetime) -> Evaluation:
    """Candidates with their plans, requirements, criteria and agreed weights are copied; what was found out is not:
    scores, runs and answers are of their day, and stay in the record. Raises NoSuccessor, Refused."""
    check_can(Capability.LEAD, by, evaluation)
    with transaction.atomic():
        with writing(evaluation.log, by=by, at=at) as entry:
            locked = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
            if locked.state != State.DECIDED:
                raise NoSuccessor("Only an evaluation that is decided has a successor.")
            under_way = lineage_of(locked).under_way
            if under_way is not None:
                raise NoSuccessor(f"“{under_way.title}” starts from this decision already: go on there.")
            entry.record("decision.successor_started", about={}, payload={"title": title})
        made = candidates.create_evaluation(team=evaluation.team, title=title, context=evaluation.context, by=by, at=at)
        Succession.objects.create(predecessor=evaluation, successor=made, by=by, at=at)
        with writing(made.log, by=by, at=at) as entry:
            entry.record(
                "decision.started_from", about={"evaluation": evaluation.pk}, payload={"title": evaluation.title}
            )
        _copy_candidates(evaluation, made, by, at)
        copied = _copy_criteria(evaluation, made, by, at)
        _copy_requirements(evaluation, made, copied, by, at)
        _copy_weights(evaluation, made, copied, by, at)
    return made


def _copy_candidates(origin: Evaluation, made: Evaluation, by: Person, at: datetime) -> None:
    for row in standing_candidates(origin):
        copy = candidates.add_candidate(evaluation=made, by=by, at=at, **_stack(row))
        legacy.copy_plan(origin=row, candidate=copy, by=by, at=at)


def _stack(row: Candidate) -> dict[str, str]:
    return {name: getattr(row, name) for name in STACK}


def _copy_criteria(origin: Evaluation, made: Evaluation, by: Person, at: datetime) -> dict[int, Criterion]:
    """By the id of the criterion it was copied from."""
    copied = {}
    for row in standing_criteria(origin):
        facts = {name: getattr(row, name) for name in CRITERION}
        copied[row.pk] = requirements.add_criterion(evaluation=made, key=row.key, by=by, at=at, **facts)
    return copied


def _copy_requirements(
    origin: Evaluation, made: Evaluation, copied: dict[int, Criterion], by: Person, at: datetime
) -> None:
    top = []
    for row in standing_requirements(origin):
        facts = {name: getattr(row, name) for name in REQUIREMENT}
        weighed_by = [copied[one.pk] for one in row.criteria.all() if one.pk in copied]
        copy = requirements.add_requirement(evaluation=made, criteria=weighed_by, by=by, at=at, **facts)
        if row.is_top:
            top.append(copy)
    if top:
        requirements.set_top(evaluation=made, requirements=top, by=by, at=at)


def _copy_weights(origin: Evaluation, made: Evaluation, copied: dict[int, Criterion], by: Person, at: datetime) -> None:
    weights = team_weights(origin)
    if not weights.is_agreed or not copied:
        return
    shares = {copied[pk].pk: share for pk, share in weights.shares.items() if pk in copied}
    agree_weights(evaluation=made, shares=shares, method=f"as in “{origin.title}”"[:80], seen=0, by=by, at=at)
