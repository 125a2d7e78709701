"""The states of a decision, which are the evaluation's, and the moves between them."""

from evaluations.candidates.models import Evaluation

State = Evaluation.State

MOVES: dict[State, tuple[State, ...]] = {
    State.OPEN: (State.PROPOSED, State.ARCHIVED),
    State.PROPOSED: (State.OPEN, State.DECIDED, State.ARCHIVED),
    State.DECIDED: (State.SUPERSEDED, State.ARCHIVED),
    State.SUPERSEDED: (State.ARCHIVED,),
    State.ARCHIVED: (State.OPEN, State.PROPOSED, State.DECIDED, State.SUPERSEDED),
}
"""Allowed moves. An archived evaluation comes back only to the state it was archived from."""


class NoSuchMove(ValueError):
    """The state does not lead there; the words say from where it would."""

    def __init__(self, now: str, to: State) -> None:
        before = [str(State(state).label) for state, after in MOVES.items() if to in after and state != State.ARCHIVED]
        super().__init__(
            f"This evaluation is {State(now).label}: only one that is {' or '.join(before)} can become {to.label}."
        )


def check_move(now: str, to: State) -> None:
    """Raises NoSuchMove."""
    if to not in MOVES[State(now)]:
        raise NoSuchMove(now, to)


def diagram() -> str:
    """The table as a state diagram in Mermaid's notation, for docs/decision.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.OPEN.value}"]
    lines += [f"    {now.value} --> {to.value}" for now, after in MOVES.items() for to in after]
    return "\n".join(lines)
