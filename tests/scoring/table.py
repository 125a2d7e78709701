"""A small comparison to test with: candidates by criteria, filled the way people fill it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements import weighing
from evaluations.requirements.models import Criterion
from evaluations.requirements.queries import agreed_version
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions
from evaluations.scoring.models import Score
from evaluations.teams.models import Person
from tests.builders import NOW, lead_of, make_candidate, make_criterion, make_evaluation, make_member


@dataclass
class Table:
    evaluation: Evaluation
    lead: Person
    members: list[Person]
    candidates: list[Candidate]
    criteria: list[Criterion]

    def candidate(self, name: str) -> Candidate:
        return next(one for one in self.candidates if one.name == name)

    def criterion(self, name: str) -> Criterion:
        return next(one for one in self.criteria if one.name == name)

    def agree(self, scores: Mapping[tuple[str, str], float], by: Person | None = None) -> None:
        """{(candidate, criterion): score}."""
        for (candidate, criterion), value in scores.items():
            cell = {"candidate": self.candidate(candidate), "criterion": self.criterion(criterion)}
            found = Score.objects.filter(**cell).first()
            seen = found.version if found else 0
            value = Decimal(str(value))
            actions.set_score(**cell, value=value, reason="because", seen=seen, by=by or self.lead, at=NOW)

    def rate(self, person: Person, ratings: Mapping[tuple[str, str], int | None], reason: str = "") -> None:
        for (candidate, criterion), value in ratings.items():
            cell = {"candidate": self.candidate(candidate), "criterion": self.criterion(criterion)}
            actions.rate(**cell, value=value, reason=reason, by=person, at=NOW)

    def reveal(self) -> Round:
        found = open_round_of(self.evaluation, Round.Subject.RATINGS)
        return rounds.reveal(round=found, by=self.lead, at=NOW)

    def weigh(self, shares: Mapping[str, float]) -> None:
        weighing.agree_weights(
            evaluation=self.evaluation,
            shares={self.criterion(name).pk: share for name, share in shares.items()},
            method="points",
            seen=agreed_version(self.evaluation),
            by=self.lead,
            at=NOW,
        )


def make_table(
    candidates: Sequence[str] = ("FastAPI", "Django"), criteria: Sequence[str] = ("Speed", "Learning"), members: int = 2
) -> Table:
    evaluation = make_evaluation()
    return Table(
        evaluation=evaluation,
        lead=lead_of(evaluation.team),
        members=[make_member(evaluation.team, name=f"Member {place}") for place in range(members)],
        candidates=[make_candidate(evaluation, name) for name in candidates],
        criteria=[make_criterion(evaluation, name) for name in criteria],
    )
