"""Evaluations and their candidates. The workshop's door stands in `door.py`."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from evaluations import catalogue
from evaluations.audit.actions import Entry, open_log, writing
from evaluations.candidates.access import check_can, check_is_writable
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.teams import access as teams
from evaluations.teams.access import Capability, Refused
from evaluations.teams.models import Person, Team

if TYPE_CHECKING:
    from evaluations.catalogue.scenario_entries import Scenario

Preparation = Callable[[Entry, Evaluation, "Scenario | None"], None]
preparations: list[Preparation] = []
"""What packages above put into every new evaluation, in its first write; registered when the app starts."""

STACK_FIELDS = ("name", "framework", "framework_version", "server", "data_layer", "proxy", "note")

LEGACY_CANDIDATES = (
    (
        Candidate.Kind.KEEP,
        "Keep and modernise",
        "The system as it stands, brought up to date in place. State the cost of migration as evidence: here it is "
        "lowest, and what stays hard is the price.",
    ),
    (
        Candidate.Kind.STRANGLER,
        "Replace step by step",
        "The strangler fig: new parts grow beside the old system and take over route by route. State the cost of "
        "migration as evidence, with the time both systems run side by side.",
    ),
)


class EvaluationMoved(Exception):
    """Somebody changed title or context since they were read; `evaluation` is how it stands now."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__("Somebody else changed this evaluation in the meantime.")
        self.evaluation = evaluation


class CandidateMoved(Exception):
    """Somebody changed the candidate since it was read; `candidate` is how it stands now."""

    def __init__(self, candidate: Candidate) -> None:
        super().__init__("Somebody else changed this candidate in the meantime.")
        self.candidate = candidate


class OrderMoved(Exception):
    """Candidates came or went since the order was read."""


class NameTaken(ValueError):
    """Two candidates that stand cannot carry one name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a candidate called {name} already. Give this one another name.")


class Withdrawn(Refused):
    def __init__(self) -> None:
        super().__init__("This candidate was withdrawn: it can be read, not changed.")


def create_evaluation(
    *,
    team: Team,
    title: str,
    by: Person,
    at: datetime,
    context: str = "",
    scenario: str = "",
    legacy: bool = False,
    example: str = "",
) -> Evaluation:
    """A new evaluation with its checklists, as one write.

    scenario: key of a catalogue scenario to start from (its candidates, and what the packages above take from it;
    never ratings). legacy: adds keeping the old system, and replacing it step by step, as candidates. example: key of
    the scenario this evaluation *is*, for the loader of examples. Raises Refused, KeyError for an unknown scenario.
    """
    teams.check_can(Capability.LEAD, by, team)
    source = catalogue.scenario(scenario) if scenario else None
    with transaction.atomic():
        made = Evaluation.objects.create(
            team=team, title=title, context=context, example=example, log=open_log(), created_by=by, created_at=at
        )
        with writing(made.log, by=by, at=at) as entry:
            made.version = entry.record(
                "candidates.evaluation_created",
                about={"evaluation": made.pk, "team": team.pk},
                payload={"after": {"title": title, "context": context}, "scenario": scenario, "example": example},
            )
            made.save(update_fields=["version"])
            for stack in source.candidates if source else ():
                _add(entry, made, kind=Candidate.Kind.STACK, **_stack_of(stack))
            for kind, name, note in LEGACY_CANDIDATES if legacy else ():
                _add(entry, made, kind=kind, name=name, note=note)
            for prepare in preparations:
                prepare(entry, made, source)
        with writing(team.log, by=by, at=at) as entry:
            entry.record(
                "candidates.evaluation_opened", about={"team": team.pk, "evaluation": made.pk}, payload={"after": title}
            )
    return made


def _stack_of(candidate: object) -> dict[str, str]:
    return {
        "name": candidate.name,  # type: ignore[attr-defined]
        "framework": candidate.framework,  # type: ignore[attr-defined]
        "framework_version": candidate.version,  # type: ignore[attr-defined]
        "server": candidate.server,  # type: ignore[attr-defined]
        "data_layer": candidate.data_layer,  # type: ignore[attr-defined]
        "proxy": candidate.proxy,  # type: ignore[attr-defined]
    }


def describe(*, evaluation: Evaluation, title: str, context: str, seen: int, by: Person, at: datetime) -> Evaluation:
    """Set title and context. Raises EvaluationMoved, Refused, NotOpen."""
    check_can(Capability.LEAD, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        locked = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
        if locked.version != seen:
            raise EvaluationMoved(locked)
        before = {"title": locked.title, "context": locked.context}
        locked.title, locked.context = title, context
        locked.version = entry.record(
            "candidates.evaluation_described",
            about={"evaluation": locked.pk},
            payload={"before": before, "after": {"title": title, "context": context}},
        )
        locked.save()
        return locked


def add_candidate(
    *,
    evaluation: Evaluation,
    name: str,
    by: Person,
    at: datetime,
    kind: str = Candidate.Kind.STACK,
    framework: str = "",
    framework_version: str = "",
    server: str = "",
    data_layer: str = "",
    proxy: str = "",
    note: str = "",
) -> Candidate:
    """A stack to choose from. framework: key in the catalogue, empty for an own one. Raises NameTaken, Refused,
    NotOpen, KeyError for a framework the catalogue does not have."""
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    if framework:
        catalogue.framework(framework)
    with writing(evaluation.log, by=by, at=at) as entry:
        return _add(
            entry,
            evaluation,
            kind=kind,
            name=name,
            framework=framework,
            framework_version=framework_version,
            server=server,
            data_layer=data_layer,
            proxy=proxy,
            note=note,
        )


def _add(entry: Entry, evaluation: Evaluation, *, kind: str, **stack: str) -> Candidate:
    _check_name_is_free(evaluation, stack["name"])
    last = Candidate.objects.filter(evaluation=evaluation).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    made = Candidate.objects.create(evaluation=evaluation, kind=kind, position=position, **stack)
    made.version = entry.record(
        "candidates.candidate_added",
        about={"candidate": made.pk},
        payload={"before": None, "after": _described(made)},
    )
    made.save(update_fields=["version"])
    return made


def edit_candidate(
    *,
    candidate: Candidate,
    seen: int,
    by: Person,
    at: datetime,
    name: str,
    framework_version: str = "",
    server: str = "",
    data_layer: str = "",
    proxy: str = "",
    note: str = "",
) -> Candidate:
    """Change the stack; the framework itself stays what it is. Raises CandidateMoved, NameTaken, Withdrawn, Refused."""
    check_can(Capability.CONTRIBUTE, by, candidate.evaluation)
    check_is_writable(candidate.evaluation)
    with writing(candidate.evaluation.log, by=by, at=at) as entry:
        locked = _standing(candidate)
        if locked.version != seen:
            raise CandidateMoved(locked)
        _check_name_is_free(locked.evaluation, name, besides=locked)
        before = _described(locked)
        locked.name, locked.framework_version, locked.server = name, framework_version, server
        locked.data_layer, locked.proxy, locked.note = data_layer, proxy, note
        locked.version = entry.record(
            "candidates.candidate_edited",
            about={"candidate": locked.pk},
            payload={"before": before, "after": _described(locked)},
        )
        locked.save()
        return locked


def withdraw_candidate(*, candidate: Candidate, reason: str, by: Person, at: datetime) -> Candidate:
    """Take it out of the comparison; what was entered about it stays readable. Raises Withdrawn, Refused."""
    check_can(Capability.LEAD, by, candidate.evaluation)
    check_is_writable(candidate.evaluation)
    with writing(candidate.evaluation.log, by=by, at=at) as entry:
        locked = _standing(candidate)
        locked.withdrawn_at, locked.withdrawn_reason = at, reason
        locked.version = entry.record(
            "candidates.candidate_withdrawn",
            about={"candidate": locked.pk},
            payload={"before": _described(locked), "after": None, "reason": reason},
        )
        locked.save()
        return locked


def reorder(*, evaluation: Evaluation, order: list[int], by: Person, at: datetime) -> None:
    """order: keys of all standing candidates, first to last. Raises OrderMoved when that is not who stands, Refused."""
    check_can(Capability.CONTRIBUTE, by, evaluation)
    check_is_writable(evaluation)
    with writing(evaluation.log, by=by, at=at) as entry:
        standing = {
            candidate.pk: candidate
            for candidate in Candidate.objects.standing().select_for_update().filter(evaluation=evaluation)
        }
        before = sorted(standing, key=lambda key: (standing[key].position, key))
        if sorted(order) != sorted(standing):
            raise OrderMoved("Candidates were added or withdrawn in the meantime: order them again.")
        entry.record(
            "candidates.reordered", about={"evaluation": evaluation.pk}, payload={"before": before, "after": order}
        )
        for position, key in enumerate(order):
            standing[key].position = position
        Candidate.objects.bulk_update(standing.values(), ["position"])


def _standing(candidate: Candidate) -> Candidate:
    locked = Candidate.objects.select_for_update(of=("self",)).select_related("evaluation__log").get(pk=candidate.pk)
    if locked.withdrawn_at is not None:
        raise Withdrawn
    return locked


def _check_name_is_free(evaluation: Evaluation, name: str, *, besides: Candidate | None = None) -> None:
    same = Candidate.objects.standing().filter(evaluation=evaluation, name__iexact=name)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise NameTaken(name)


def _described(candidate: Candidate) -> dict[str, object]:
    shown = {field: getattr(candidate, field) for field in STACK_FIELDS}
    return {**shown, "kind": candidate.kind, "position": candidate.position}
