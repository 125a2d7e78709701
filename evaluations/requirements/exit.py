"""What phase 1 needs before it can be signed: each function says what is missing in a sentence, or nothing."""

from collections.abc import Callable

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.queries import open_points
from evaluations.rounds.models import Round

FEWEST_CANDIDATES = 2


def has_candidates(evaluation: Evaluation) -> str:
    count = len(standing_candidates(evaluation))
    if count >= FEWEST_CANDIDATES:
        return ""
    return f"Name at least two candidates: there {'is one' if count else 'are none'}."


def has_settled_points(evaluation: Evaluation) -> str:
    """The page's open points: requirements without effect, criteria without weight, weights not agreed."""
    texts = [
        f"{point.text} ({point.requirement})" if point.requirement else point.text for point in open_points(evaluation)
    ]
    return " ".join(texts)


def has_no_open_round(evaluation: Evaluation) -> str:
    subjects = [row.get_subject_display() for row in Round.objects.unrevealed().filter(evaluation=evaluation)]
    return f"Reveal the open round of {' and '.join(subjects)} first." if subjects else ""


EXIT_CRITERIA: tuple[Callable[[Evaluation], str], ...] = (has_candidates, has_settled_points, has_no_open_round)
