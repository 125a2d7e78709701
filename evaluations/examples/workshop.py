"""The first meeting of an example: requirements, votes, criteria, weights, blind ratings, agreed scores."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from evaluations.candidates import actions as candidates
from evaluations.catalogue.scenario_entries import WeightOpinion
from evaluations.examples.stage import Stage
from evaluations.requirements import actions as requirements
from evaluations.requirements import queries as read_requirements
from evaluations.requirements import weighing
from evaluations.requirements.models import Criterion
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import has_finished, last_revealed, open_round_of
from evaluations.scoring import actions as scoring
from evaluations.scoring.queries import cells_of, own_ratings
from evaluations.teams.models import Person


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else."""
    for step in (
        _candidates,
        _requirements,
        _votes,
        _top_three,
        _criteria,
        _mapping,
        _weights,
        _agreed_weights,
        _ratings,
        _agreed_scores,
    ):
        step(stage)


def _candidates(stage: Stage) -> None:
    present = stage.candidates()
    for each in stage.scenario.candidates:
        if each.key not in present:
            candidates.add_candidate(
                evaluation=stage.evaluation,
                name=each.name,
                framework=each.framework,
                framework_version=each.version,
                server=each.server,
                data_layer=each.data_layer,
                proxy=each.proxy,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _requirements(stage: Stage) -> None:
    stage.clock.turn_to(1, 9)
    present = stage.requirements()
    for each in stage.scenario.requirements:
        if each.key not in present:
            requirements.add_requirement(
                evaluation=stage.evaluation,
                kind=each.kind,
                statement=each.statement,
                quantity=None if each.quantity is None else Decimal(str(each.quantity)),
                unit=each.unit or "",
                must_have=each.must_have,
                source=each.source,
                verification=each.how_verified,
                by=stage.person(each.votes[0]) if each.votes else stage.lead,
                at=stage.clock.tick(),
            )


def _votes(stage: Stage) -> None:
    stage.clock.turn_to(1, 10)
    rows = stage.requirements()
    chosen = {
        handle: [rows[each.key] for each in stage.scenario.requirements if handle in each.votes]
        for handle in stage.cast.people
    }

    def answer(handle: str, person: Person) -> None:
        given = read_requirements.own_votes(open_round_of(stage.evaluation, Round.Subject.VOTES), person)
        if given != {row.pk for row in chosen[handle]}:
            requirements.vote(
                evaluation=stage.evaluation, requirements=chosen[handle], by=person, at=stage.clock.tick()
            )

    _blind(stage, Round.Subject.VOTES, [handle for handle, rows in chosen.items() if rows], answer)


def _top_three(stage: Stage) -> None:
    rows = stage.requirements()
    top = [rows[each.key] for each in stage.scenario.requirements if each.top]
    if not all(row.is_top for row in top):
        requirements.set_top(evaluation=stage.evaluation, requirements=top, by=stage.lead, at=stage.clock.tick())


def _criteria(stage: Stage) -> None:
    present = stage.criteria()
    missing = [key for key in stage.scenario.criteria if key not in present]
    if missing:
        requirements.add_criteria(evaluation=stage.evaluation, keys=missing, by=stage.lead, at=stage.clock.tick())


def _mapping(stage: Stage) -> None:
    criteria, rows = stage.criteria(), stage.requirements()
    for each in stage.scenario.requirements:
        row, wanted = rows[each.key], [criteria[key] for key in each.criteria]
        if {c.pk for c in row.criteria.all()} != {c.pk for c in wanted}:
            requirements.edit_requirement(
                requirement=row,
                seen=row.version,
                changes={"criteria": wanted},
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _weights(stage: Stage) -> None:
    stage.clock.turn_to(1, 11)
    criteria = stage.criteria()
    opinions = {opinion.member: opinion for opinion in stage.scenario.weight_opinions}

    def answer(handle: str, person: Person) -> None:
        found = open_round_of(stage.evaluation, Round.Subject.WEIGHTS)
        if found and found.weight_opinions.filter(person=person).exists():
            return
        weighing.give_weights(
            evaluation=stage.evaluation,
            method=opinions[handle].method,
            answers=_answers(opinions[handle], criteria),
            by=person,
            at=stage.clock.tick(),
        )

    _blind(stage, Round.Subject.WEIGHTS, opinions, answer)


def _answers(opinion: WeightOpinion, criteria: dict[str, Criterion]) -> dict[str, object]:
    if opinion.points is None:
        return {"order": [criteria[key].pk for key in opinion.order]}
    return {"points": {str(criteria[key].pk): points for key, points in opinion.points.items()}}


def _agreed_weights(stage: Stage) -> None:
    if read_requirements.team_weights(stage.evaluation).is_agreed:
        return
    criteria = stage.criteria()
    weighing.agree_weights(
        evaluation=stage.evaluation,
        shares={criteria[key].pk: share for key, share in stage.scenario.agreed_weights.items()},
        method=stage.scenario.agreed_weights_reason.rstrip("."),
        seen=0,
        by=stage.lead,
        at=stage.clock.tick(),
    )


def _ratings(stage: Stage) -> None:
    stage.clock.turn_to(1, 12)
    candidates, criteria = stage.candidates(), stage.criteria()

    def answer(handle: str, person: Person) -> None:
        given = own_ratings(open_round_of(stage.evaluation, Round.Subject.RATINGS), person)
        for cell in stage.scenario.cells:
            candidate, criterion = candidates[cell.candidate], criteria[cell.criterion]
            rating = cell.ratings.get(handle)
            if rating is None or (candidate.pk, criterion.pk) in given:
                continue
            scoring.rate(
                candidate=candidate,
                criterion=criterion,
                value=None if rating == "dont-know" else rating,
                reason=cell.reason_of(handle) or "",
                by=person,
                at=stage.clock.tick(),
            )

    raters = [handle for handle in stage.cast.people if any(handle in c.ratings for c in stage.scenario.cells)]
    _blind(stage, Round.Subject.RATINGS, raters, answer)


def _agreed_scores(stage: Stage) -> None:
    stage.clock.turn_to(1, 15)
    candidates, criteria = stage.candidates(), stage.criteria()
    present = cells_of(stage.evaluation, list(candidates.values()), list(criteria.values()))
    for cell in stage.scenario.cells:
        candidate, criterion = candidates[cell.candidate], criteria[cell.criterion]
        if cell.agreed is not None and not present[candidate.pk, criterion.pk].version:
            scoring.set_score(
                candidate=candidate,
                criterion=criterion,
                value=Decimal(str(cell.agreed)),
                reason=cell.agreed_reason or "",
                seen=0,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _blind(stage: Stage, subject: str, handles: Iterable[str], answer: Callable[[str, Person], None]) -> None:
    """Everybody answers and says so, then the lead reveals; a round that was revealed stays as it is."""
    if last_revealed(stage.evaluation, subject):
        return
    people = {handle: stage.person(handle) for handle in handles}
    for handle, person in people.items():
        answer(handle, person)
    found = open_round_of(stage.evaluation, subject)
    if found is None:
        return
    found.evaluation = stage.evaluation
    for person in people.values():
        if not has_finished(found, person):
            rounds.set_finished(round=found, finished=True, by=person, at=stage.clock.tick())
    rounds.reveal(round=found, by=stage.lead, at=stage.clock.tick())
