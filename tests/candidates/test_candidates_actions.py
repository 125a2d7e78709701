import pytest
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_guest, make_member, make_team

pytestmark = pytest.mark.django_db


def test_a_smoke():
    team = make_team()
    e = make_evaluation(team=team, legacy=True)
    make_candidate(e)
    make_guest(e)
    make_member(team)
    assert e.checklist_items.count() > 20
    assert e.candidates.count() == 3
