from pathlib import Path

from evaluations.signoff.models import Signoff
from evaluations.signoff.states import MOVES, PhaseState, diagram

DOCS = Path(__file__).resolve().parents[2] / "docs" / "signoff.md"


def test_the_diagram_in_the_docs_is_the_table_of_moves():
    assert f"```mermaid\n{diagram()}\n```" in DOCS.read_text()


def test_every_state_can_be_left_and_reached():
    assert set(MOVES) == set(PhaseState) == {PhaseState.OPEN}.union(*MOVES.values())
    assert all(moves and state not in moves for state, moves in MOVES.items())


def test_every_word_of_a_signoff_is_explained_in_the_docs():
    text = DOCS.read_text()

    assert [word.label for word in Signoff.Word if f"*{word.label}*" not in text] == []
