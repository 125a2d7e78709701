"""What each phase renders, asks for and was written by: the packages say it, here it is put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.checklist.queries import items_of
from evaluations.ecosystem import exit as ecosystem_exit
from evaluations.ecosystem import signed as ecosystem
from evaluations.legacy import signed as legacy
from evaluations.readiness import exit as readiness_exit
from evaluations.readiness import signed as readiness
from evaluations.requirements import exit as requirements_exit
from evaluations.requirements import signed as requirements
from evaluations.scoring import signed as scoring
from evaluations.spikes import exit as spikes_exit
from evaluations.spikes import signed as spikes
from evaluations.teamfit import exit as teamfit_exit
from evaluations.teamfit import signed as teamfit

ITEMS_NAMED = 2

Criterion = Callable[[Evaluation], str]


@dataclass(frozen=True)
class PhaseContent:
    """One phase's functions, each over the evaluation: parts of what is signed, exit criteria, ids of the authors."""

    rendered: tuple[Callable[[Evaluation], dict[str, Any]], ...]
    exit_criteria: tuple[Criterion, ...]
    authors: tuple[Callable[[Evaluation], set[int]], ...]


CONTENT: dict[Phase, PhaseContent] = {
    Phase.REQUIREMENTS: PhaseContent(
        (requirements.rendered, legacy.rendered, scoring.judged),
        requirements_exit.EXIT_CRITERIA,
        (requirements.authors_of, legacy.authors_of, scoring.judges_of),
    ),
    Phase.SPIKES: PhaseContent((spikes.rendered,), spikes_exit.EXIT_CRITERIA, (spikes.authors_of,)),
    Phase.ECOSYSTEM: PhaseContent((ecosystem.rendered,), ecosystem_exit.EXIT_CRITERIA, (ecosystem.authors_of,)),
    Phase.TEAMFIT: PhaseContent((teamfit.rendered,), teamfit_exit.EXIT_CRITERIA, (teamfit.authors_of,)),
    Phase.READINESS: PhaseContent((readiness.rendered,), readiness_exit.EXIT_CRITERIA, (readiness.authors_of,)),
}


def rendered_phase(evaluation: Evaluation, phase: str) -> dict[str, Any]:
    """Everything a reviewer of the phase sees and signs, as JSON: named sections, the checklist last.

    A section is a list of entries or one dict. No ids, no moments of looking: the same content gives the same bytes.
    """
    content: dict[str, Any] = {}
    for part in CONTENT[Phase(phase)].rendered:
        content |= part(evaluation)
    content |= scoring.measured(evaluation, phase)
    content["checklist"] = [
        {
            "item": item.text,
            "state": item.get_state_display(),
            "reason": item.reason,
            "evidence_asked": item.evidence_asked,
        }
        for item in items_of(evaluation, phase)
    ]
    return content


def missing_in(evaluation: Evaluation, phase: str) -> tuple[str, ...]:
    """What keeps the phase from being ready, a sentence each; empty when nothing does."""
    told = [settles_its_checklist(items_of(evaluation, phase))]
    told += [criterion(evaluation) for criterion in CONTENT[Phase(phase)].exit_criteria]
    return tuple(sentence for sentence in told if sentence)


def settles_its_checklist(items: Sequence[ChecklistItem]) -> str:
    left = [item.text for item in items if item.state == ChecklistItem.State.OPEN]
    if not left:
        return ""
    named = "; ".join(f"“{text}”" for text in left[:ITEMS_NAMED])
    more = f" and {len(left) - ITEMS_NAMED} more" if len(left) > ITEMS_NAMED else ""
    return f"{len(left)} of {len(items)} checklist items {'is' if len(left) == 1 else 'are'} open: {named}{more}."


def authors_of(evaluation: Evaluation, phase: str) -> set[int]:
    """Ids of the people who entered the phase's agreed content; they can't sign it."""
    found = scoring.scale_makers_of(evaluation, phase) | _keepers_of_checklist(evaluation, phase)
    return found.union(*(part(evaluation) for part in CONTENT[Phase(phase)].authors))


def _keepers_of_checklist(evaluation: Evaluation, phase: str) -> set[int]:
    events = AuditEvent.objects.filter(
        log=evaluation.log_id,
        kind__in=("checklist.state_set", "checklist.item_added"),
        payload__phase=phase,
        by__isnull=False,
    )
    return set(events.order_by().values_list("by_id", flat=True).distinct())
