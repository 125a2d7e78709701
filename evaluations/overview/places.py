"""Where things are: which rail item a page belongs to, and where a phase is worked on."""

from django.urls import NoReverseMatch, ResolverMatch, reverse

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase

PHASE_PAGES = {
    Phase.REQUIREMENTS: "requirements:index",
    Phase.SPIKES: "spikes:index",
    Phase.ECOSYSTEM: "ecosystem:index",
    Phase.TEAMFIT: "teamfit:index",
    Phase.READINESS: "readiness:index",
}
"""Phases with pages of their own; the others are their checklists."""

PLACE_OF = {"legacy": "candidates", "rounds": "requirements", "workshop": "requirements", "scoring": "requirements"}
"""The rail item a namespace belongs to, where it is not its own word."""
PLACE_OF_PAGE = {"scoring:cell": "matrix"}
"""Pages that belong elsewhere than their namespace: a cell is opened from the comparison."""
PLACE_IN_TEAM = {"candidates": "overview"}
"""The same on a team's pages: a new evaluation is begun from the list of evaluations."""


def place_of(match: ResolverMatch, *, in_team: bool = False) -> str:
    """The key of the rail item a page belongs to: a phase, or the namespace's own word."""
    if match.kwargs.get("phase") in Phase.values:
        return str(match.kwargs["phase"])
    if in_team and match.namespace in PLACE_IN_TEAM:
        return PLACE_IN_TEAM[match.namespace]
    return PLACE_OF_PAGE.get(match.view_name) or PLACE_OF.get(match.namespace, match.namespace)


def phase_url(evaluation: Evaluation, phase: Phase) -> str:
    try:
        return reverse(PHASE_PAGES[phase], args=[evaluation.pk])
    except (KeyError, NoReverseMatch):
        return reverse("checklist:phase", args=[evaluation.pk, phase.value])
