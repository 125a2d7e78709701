"""Two people at once, with two connections."""

from decimal import Decimal

import pytest

from evaluations.audit.queries import first_fault
from evaluations.rounds.models import Round
from evaluations.scoring import actions
from evaluations.scoring.models import Rating, Score
from tests.at_once import at_once
from tests.builders import NOW
from tests.scoring.table import make_table

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_people_who_set_one_new_cell_at_once_the_second_is_told():
    table = make_table()
    cell = {"candidate": table.candidate("FastAPI"), "criterion": table.criterion("Speed")}

    def setting(person, value):
        return lambda: actions.set_score(**cell, value=Decimal(value), reason="", seen=0, by=person, at=NOW)

    outcomes = at_once(setting(table.members[0], 2), setting(table.members[1], 4))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "ScoreMoved"]
    assert Score.objects.count() == 1
    assert first_fault(table.evaluation.log) is None


def test_two_first_ratings_at_once_open_one_round():
    table = make_table()
    cell = {"candidate": table.candidate("FastAPI"), "criterion": table.criterion("Speed")}

    outcomes = at_once(*[lambda p=p: actions.rate(**cell, value=3, seen=0, by=p, at=NOW) for p in table.members])

    assert outcomes == [None, None]
    assert (Rating.objects.count(), Round.objects.filter(evaluation=table.evaluation).count()) == (2, 1)
