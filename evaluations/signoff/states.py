"""The states of a phase and the moves between them. The diagram in docs/signoff.md is printed from MOVES."""

from enum import StrEnum


class PhaseState(StrEnum):
    OPEN = "open"
    READY = "ready"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    STALE = "stale"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ")


MOVES: dict[PhaseState, dict[PhaseState, str]] = {
    PhaseState.OPEN: {
        PhaseState.READY: "nothing is missing any more",
        PhaseState.NOT_APPLICABLE: "the lead says why it does not apply",
    },
    PhaseState.READY: {
        PhaseState.OPEN: "something is missing again",
        PhaseState.APPROVED: "a reviewer approves, or the lead alone with a reason",
        PhaseState.CHANGES_REQUESTED: "a reviewer asks for changes",
        PhaseState.NOT_APPLICABLE: "the lead says why it does not apply",
    },
    PhaseState.APPROVED: {
        PhaseState.STALE: "what was signed changed",
        PhaseState.CHANGES_REQUESTED: "a reviewer asks for changes",
    },
    PhaseState.CHANGES_REQUESTED: {
        PhaseState.OPEN: "all points are ticked off, something is missing",
        PhaseState.READY: "all points are ticked off, nothing is missing",
        PhaseState.NOT_APPLICABLE: "the lead says why it does not apply",
    },
    PhaseState.STALE: {
        PhaseState.APPROVED: "a reviewer confirms it, or the change was taken back",
        PhaseState.CHANGES_REQUESTED: "a reviewer asks for changes",
        PhaseState.NOT_APPLICABLE: "the lead says why it does not apply",
    },
    PhaseState.NOT_APPLICABLE: {
        PhaseState.OPEN: "the lead says it applies after all, something is missing",
        PhaseState.READY: "the lead says it applies after all, nothing is missing",
    },
}
"""From a state to those that may follow it, each with its occasion."""

SETTLED = (PhaseState.APPROVED, PhaseState.NOT_APPLICABLE)
"""What all five phases have to be before the lead decides."""


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> open"]
    for state, followers in MOVES.items():
        lines += [f"    {state} --> {follower}: {occasion}" for follower, occasion in followers.items()]
    return "\n".join(lines)
