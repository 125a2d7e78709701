"""What the shell around every page shows: rail, team switcher, revision. Nothing is read before it is drawn."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import Phase
from evaluations.checklist.queries import progress_of
from evaluations.teams.models import Team
from evaluations.teams.queries import teams_of

PHASE_PAGES = {Phase.REQUIREMENTS: "requirements:index", Phase.SPIKES: "spikes:index"}
"""Phases with pages of their own; the others are their checklists."""

RAIL_OF = {"rounds": "requirements", "workshop": "requirements", "scoring": "requirements", "record": "record"}
"""Which rail item a namespace belongs to, where it is not its own word."""


@dataclass(frozen=True)
class RailItem:
    label: str
    url: str
    current: bool = False
    state: str = ""
    done: int = 0
    total: int = 0
    icon: str = ""
    note: str = ""


@dataclass(frozen=True)
class RailGroup:
    label: str
    items: list[RailItem]


class Shell:
    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.evaluation: Evaluation | None = getattr(request, "evaluation", None)
        own_team: Team | None = getattr(request, "team", None)
        self.team = self.evaluation.team if self.evaluation else own_team

    @cached_property
    def teams(self) -> list[dict[str, Any]]:
        if not self._request.user.is_authenticated:
            return []
        return [
            {"label": team.name, "url": reverse("overview:team", args=[team.pk]), "current": self.team == team}
            for team in teams_of(self._request.user)
        ]

    @property
    def team_url(self) -> str:
        return reverse("overview:team", args=[self.team.pk]) if self.team else reverse("overview:home")

    @property
    def _log(self) -> AuditLog | None:
        if self.evaluation:
            return self.evaluation.log
        return self.team.log if self.team else None

    @property
    def revision(self) -> int | None:
        return self._log.count if self._log else None

    @cached_property
    def announced_at(self) -> datetime | None:
        log = self._log
        if log is None:
            return None
        return AuditEvent.objects.filter(log=log, number=log.count).values_list("at", flat=True).first()

    @cached_property
    def rail(self) -> list[RailGroup]:
        if self.evaluation:
            return self._of_evaluation(self.evaluation)
        return self._of_team(self.team) if self.team else []

    def _of_evaluation(self, evaluation: Evaluation) -> list[RailGroup]:
        return [
            RailGroup(
                "",
                [
                    self._item("Overview", "overview:evaluation", "overview", evaluation.pk, icon="overview"),
                    self._item("Candidates", "candidates:page", "candidates", evaluation.pk, icon="candidates"),
                ],
            ),
            RailGroup("Five phases", self._phases(evaluation)),
            RailGroup(
                "Decision",
                [
                    self._item("Compare", "matrix:page", "matrix", evaluation.pk, icon="compare"),
                    self._item("Draft record", "record:draft", "record", evaluation.pk, icon="record"),
                ],
            ),
            RailGroup(
                "",
                [
                    self._item("History", "history:page", "history", evaluation.pk, icon="history"),
                    self._item("Team", "teams:page", "teams", evaluation.team_id, icon="team"),
                ],
            ),
        ]

    def _phases(self, evaluation: Evaluation) -> list[RailItem]:
        found = []
        progress = progress_of(evaluation)
        for phase in Phase:
            counted = progress[phase]
            found.append(
                RailItem(
                    label=phase.label,
                    url=phase_url(evaluation, phase),
                    current=self._is_phase(phase),
                    state="ready" if counted.total and counted.done == counted.total else "open",
                    done=counted.done,
                    total=counted.total,
                    note=f"{counted.done} of {counted.total}",
                )
            )
        return found

    def _of_team(self, team: Team) -> list[RailGroup]:
        return [
            RailGroup(
                "",
                [
                    self._item("Evaluations", "overview:team", "overview", team.pk, icon="overview"),
                    self._item("Team", "teams:page", "teams", team.pk, icon="team"),
                    self._item("History", "history:team", "history", team.pk, icon="history"),
                ],
            )
        ]

    def _is_phase(self, phase: Phase) -> bool:
        match = self._request.resolver_match
        if match is None:
            return False
        if "phase" in match.kwargs:
            return match.kwargs["phase"] == phase.value
        return RAIL_OF.get(match.namespace, match.namespace) == phase.value

    def _item(self, label: str, name: str, word: str, key: int, *, icon: str) -> RailItem:
        match = self._request.resolver_match
        current = match is not None and RAIL_OF.get(match.namespace, match.namespace) == word
        return RailItem(label, reverse(name, args=[key]) if is_there(name, key) else "", current, icon=icon)


def is_there(name: str, key: int) -> bool:
    try:
        return bool(reverse(name, args=[key]))
    except NoReverseMatch:
        return False


def phase_url(evaluation: Evaluation, phase: Phase) -> str:
    if phase in PHASE_PAGES and is_there(PHASE_PAGES[phase], evaluation.pk):
        return reverse(PHASE_PAGES[phase], args=[evaluation.pk])
    return reverse("checklist:phase", args=[evaluation.pk, phase.value])


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(request)}
