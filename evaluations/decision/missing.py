"""What is missing before a choice can be proposed and decided, each a function that says it in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.decision.models import Decision
from evaluations.decision.ranking import Place, place_of
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring.standing import current_standing
from evaluations.signoff.queries import PhaseStanding, phase_standings, standing_of_phase
from evaluations.signoff.states import SETTLED


@dataclass(frozen=True)
class Known:
    """What the functions look at. place: None as long as nobody is chosen."""

    evaluation: Evaluation
    decision: Decision | None
    place: Place | None
    phases: tuple[PhaseStanding, ...] = ()


def known_of(evaluation: Evaluation, decision: Decision | None, *, exactly: bool = False) -> Known:
    """Everything as it stands now. exactly: nothing from the cache, for callers that hold the log's lock."""
    candidate = decision.candidate if decision else None
    place = place_of(current_standing(evaluation), candidate) if candidate else None
    phases = [standing_of_phase(evaluation, phase) for phase in Phase] if exactly else phase_standings(evaluation)
    return Known(evaluation, decision, place, tuple(phases))


def a_choice(known: Known) -> list[str]:
    candidate = known.decision.candidate if known.decision else None
    if candidate is None:
        return ["Nobody chose a candidate yet."]
    if candidate.withdrawn_at is not None:
        return [f"{candidate.name} was withdrawn after it was chosen: choose again."]
    return []


def a_reason_against_the_ranking(known: Known) -> list[str]:
    if known.place is None or not known.place.is_against or (known.decision and known.decision.reason.strip()):
        return []
    return [f"The choice goes against the ranking, and nobody says why. {known.place.note}"]


def a_proposal(known: Known) -> list[str]:
    if known.evaluation.state == Evaluation.State.PROPOSED:
        return []
    return ["The choice is not proposed yet."]


def revealed_rounds(known: Known) -> list[str]:
    """An answer that is never revealed would be lost: nothing can be revealed once it is decided."""
    subjects = [subject for subject in Round.Subject if open_round_of(known.evaluation, subject)]
    return [f"A blind round of {subject.label} is open: reveal it first." for subject in subjects]


def settled_phases(known: Known) -> list[str]:
    return [_unsettled(one) for one in known.phases if one.state not in SETTLED]


def _unsettled(one: PhaseStanding) -> str:
    said = f"{one.phase.label} is {one.state.label}"
    why = [*one.open_points, *one.missing]
    return f"{said}: {why[0]}" if why else f"{said}: it waits for a reviewer to sign it."


BEFORE_PROPOSING: tuple[Callable[[Known], list[str]], ...] = (a_choice, a_reason_against_the_ranking)
BEFORE_DECIDING = (*BEFORE_PROPOSING, a_proposal, revealed_rounds, settled_phases)


def missing_to_propose(known: Known) -> list[str]:
    return [sentence for look in BEFORE_PROPOSING for sentence in look(known)]


def missing_to_decide(known: Known) -> list[str]:
    return [sentence for look in BEFORE_DECIDING for sentence in look(known)]
