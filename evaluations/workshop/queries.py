from dataclasses import dataclass
from datetime import datetime

from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.requirements.queries import standing_criteria
from evaluations.rounds.queries import Progress, open_round_of, progress_of
from evaluations.workshop.models import Workshop
from evaluations.workshop.steps import FEWEST_CANDIDATES, MOST_CANDIDATES, MOST_CRITERIA, STEPS, Step

FOLLOWS = ("workshop", "rounds", "candidates")
"""What changes the clock, the step or the count of those who are finished."""


@dataclass(frozen=True)
class ShownStep:
    """A step as the bar shows it; `done` in percent as at the moment the page was drawn."""

    step: Step
    minutes: int
    done: int
    is_current: bool


@dataclass(frozen=True)
class Clock:
    """The clock as at one moment. `left_s` is negative when the step is over its time; `runs` while it counts down."""

    workshop: Workshop
    at: datetime
    left_s: int
    runs: bool
    steps: tuple[ShownStep, ...]
    progress: Progress | None

    @property
    def is_over(self) -> bool:
        return self.left_s < 0

    @property
    def shown(self) -> str:
        """18:40; past its time +2:05."""
        minutes, seconds = divmod(abs(self.left_s), 60)
        return f"{'+' if self.is_over else ''}{minutes}:{seconds:02d}"

    @property
    def can_go_back(self) -> bool:
        return self.workshop.step > 0

    @property
    def is_last(self) -> bool:
        return self.workshop.step == len(STEPS) - 1


def workshop_of(evaluation: Evaluation) -> Workshop | None:
    return Workshop.objects.filter(evaluation=evaluation).first()


def going_on(evaluation: Evaluation) -> Workshop | None:
    return Workshop.objects.filter(evaluation=evaluation, ended_at__isnull=True).first()


def clock_of(workshop: Workshop, at: datetime) -> Clock:
    """The clock and who is finished: a count, never names."""
    left_s = round(workshop.left(at).total_seconds())
    subject = workshop.current.subject
    round_ = open_round_of(workshop.evaluation, subject) if subject else None
    return Clock(
        workshop=workshop,
        at=at,
        left_s=left_s,
        runs=workshop.is_running,
        steps=tuple(_shown(workshop, number, step, left_s) for number, step in enumerate(STEPS)),
        progress=progress_of(round_) if round_ else None,
    )


def _shown(workshop: Workshop, number: int, step: Step, left_s: int) -> ShownStep:
    if number != workshop.step:
        return ShownStep(step, step.minutes, 100 if number < workshop.step else 0, False)
    whole = workshop.minutes * 60
    done = min(100, max(0, round(100 * (whole - left_s) / whole)))
    return ShownStep(step, workshop.minutes, done, workshop.ended_at is None)


def too_much_for_two_hours(evaluation: Evaluation) -> list[str]:
    """What would not fit into the meeting, each with what to do about it."""
    criteria, candidates = len(standing_criteria(evaluation)), len(standing_candidates(evaluation))
    found = []
    if criteria > MOST_CRITERIA:
        found.append(
            f"{criteria} criteria are more than two hours carry. Keep at most {MOST_CRITERIA}: leave out those on "
            "which every candidate would score alike."
        )
    if candidates > MOST_CANDIDATES:
        found.append(
            f"{candidates} candidates are too many to rate in one meeting. Take {FEWEST_CANDIDATES} or "
            f"{MOST_CANDIDATES}; withdraw the others with a reason, they stay readable."
        )
    return found
