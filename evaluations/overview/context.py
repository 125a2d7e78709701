"""What the shell around every page shows: rail, team switcher, revision. Nothing is read before it is drawn."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Evaluation
from evaluations.decision.queries import decided_at_all
from evaluations.overview.places import phase_url, place_of
from evaluations.signoff.shown import shown_phases
from evaluations.teams.models import Team
from evaluations.teams.queries import teams_of


@dataclass(frozen=True)
class RailItem:
    """One link of the rail; `key` says which one, for the page that is current and for the way back of the focus."""

    key: str
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
    """`place` names the current rail item; without it the view's `request.place` does, else the page's URL."""

    def __init__(self, request: HttpRequest, place: str | None = None) -> None:
        self._request = request
        self._place = place
        self.evaluation: Evaluation | None = getattr(request, "evaluation", None)
        own_team: Team | None = getattr(request, "team", None)
        self.team = self.evaluation.team if self.evaluation else own_team

    @cached_property
    def teams(self) -> list[dict[str, Any]]:
        """For the switcher; empty on pages outside any team."""
        if self.team is None or not self._request.user.is_authenticated:
            return []
        return [
            {"label": team.name, "url": reverse("overview:team", args=[team.pk]), "current": self.team == team}
            for team in teams_of(self._request.user)
        ]

    @property
    def is_member(self) -> bool:
        """Guests of one evaluation have no team page to go to."""
        return any(team["current"] for team in self.teams)

    @property
    def team_url(self) -> str:
        if self.team is None or not self.is_member:
            return reverse("overview:home")
        return reverse("overview:team", args=[self.team.pk])

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
    def place(self) -> str:
        """The key of the current rail item, empty where there is none."""
        given: str | None = self._place if self._place is not None else getattr(self._request, "place", None)
        if given is not None:
            return given
        match = self._request.resolver_match
        return place_of(match, in_team=self.evaluation is None) if match else ""

    @property
    def rail_url(self) -> str:
        """Where the rail and the footer are asked for again."""
        if self.evaluation:
            return f"{reverse('overview:rail', args=[self.evaluation.pk])}?place={self.place}"
        return f"{reverse('overview:team_rail', args=[self.team.pk])}?place={self.place}" if self.team else ""

    @cached_property
    def rail(self) -> list[RailGroup]:
        if self.evaluation:
            return self._of_evaluation(self.evaluation)
        return self._of_team(self.team) if self.team else []

    def _of_evaluation(self, evaluation: Evaluation) -> list[RailGroup]:
        begin = [
            self._item("overview", "Overview", "overview:evaluation", evaluation.pk),
            self._item("candidates", "Candidates", "candidates:page", evaluation.pk),
        ]
        decision = [
            self._item("matrix", "Compare", "matrix:page", evaluation.pk, icon="compare"),
            self._item("decision", "Decide", "decision:index", evaluation.pk, icon="decide"),
            self._record_of(evaluation),
        ]
        around = [self._item("history", "History", "history:page", evaluation.pk)]
        if self.is_member:
            around.append(self._item("teams", "Team", "teams:page", evaluation.team_id, icon="team"))
        return [
            RailGroup("", begin),
            RailGroup("Five phases", self._phases(evaluation)),
            RailGroup("Decision", decision),
            RailGroup("", around),
        ]

    def _phases(self, evaluation: Evaluation) -> list[RailItem]:
        return [
            RailItem(
                key=shown.phase.value,
                label=shown.phase.label,
                url=phase_url(evaluation, shown.phase),
                current=self.place == shown.phase.value,
                state=shown.ring,
                done=shown.done,
                total=shown.total,
                note=shown.note,
            )
            for shown in shown_phases(evaluation)
        ]

    @property
    def record(self) -> RailItem | None:
        """The evaluation's record: the final one once it is decided, whatever became of it since, else the draft."""
        return self._record_of(self.evaluation) if self.evaluation else None

    def _record_of(self, evaluation: Evaluation) -> RailItem:
        if decided_at_all(evaluation):
            return self._item("record", "Record", "record:final", evaluation.pk)
        return self._item("record", "Draft record", "record:draft", evaluation.pk)

    def _of_team(self, team: Team) -> list[RailGroup]:
        items = [
            self._item("overview", "Evaluations", "overview:team", team.pk),
            self._item("teams", "Team", "teams:page", team.pk, icon="team"),
            self._item("history", "History", "history:team", team.pk),
        ]
        return [RailGroup("", items)]

    def _item(self, key: str, label: str, name: str, about: int, *, icon: str = "") -> RailItem:
        return RailItem(key, label, reverse(name, args=[about]), self.place == key, icon=icon or key)


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(request)}
