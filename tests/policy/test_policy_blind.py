"""Nobody learns an answer of an open round: two worlds that differ in one member's answers alone read the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from evaluations.history import queries as history
from evaluations.problems import exporting
from evaluations.requirements import queries as requirements
from evaluations.requirements.models import RequirementVote, WeightOpinion
from evaluations.rounds import actions as rounds
from evaluations.scoring import queries as scoring
from evaluations.scoring.models import Rating
from evaluations.teamfit import queries as teamfit
from evaluations.teamfit.models import Attempt
from tests.builders import make_person
from tests.policy.answers import quiet, shown_difference, told
from tests.policy.rows import CONTRIBUTOR, LEAD, REVIEWER, ROWS, VIEWER
from tests.policy.walking import address, send, urls
from tests.policy.watching import undone
from tests.policy.world import AT, World, answer_in_open_rounds, build, print_newest_draft

pytestmark = pytest.mark.django_db
WORST, BEST = 1, 5
RANDOM = {"mfa_activate_totp", "metrics"}
"""A fresh secret, and counters of this very process."""

Told = dict[str, Any]
EVERYWHERE = tuple(name for name in ROWS if name not in RANDOM)


@dataclass
class Stage:
    """revealed: whether a round of each subject was revealed before the one that is open."""

    world: World
    sequences: list[tuple[str, int]]


@pytest.fixture(scope="module")
def stages(unlocked: None) -> dict[bool, Stage]:
    both = make_person("Both")
    worlds = {
        revealed: build(mark, both=both, invited="nobody@example.org", revealed=revealed)
        for revealed, mark in ((True, "Second"), (False, "First"))
    }
    return {revealed: Stage(world, _sequences()) for revealed, world in worlds.items()}


def _sequences() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'")
        return [(name, last) for name, last in cursor.fetchall()]


def _turn_back(sequences: Iterable[tuple[str, int]]) -> None:
    """The same ids are given out in each world."""
    with connection.cursor() as cursor:
        for name, last in sequences:
            cursor.execute("SELECT setval(%s::regclass, %s, true)", [f'"{name}"', last + 1])


def in_world(stage: Stage, value: int, look: Callable[[], Told]) -> Told:
    """What is seen when the quiet member's answers, 1 or 5, weights and vote alike, came out that way."""
    world = stage.world
    _turn_back(stage.sequences)
    cache.clear()
    with undone():
        answer_in_open_rounds(
            world.quiet,
            world.evaluation,
            world.candidates,
            world.criteria,
            world.requirements,
            value=value,
            reason=f"because it is a {value}",
        )
        rounds.set_finished(round=world.ratings, finished=True, by=world.quiet, at=AT)
        return look()


def seen_by(world: World, role: str, names: Iterable[str], *, thoroughly: bool) -> Told:
    """Everything the role gets. thoroughly: after the quiet member looked at the same page, which fills every cache;
    parts as well; and what comes back from every POST."""
    asking, client = _signed_in(world.quiet), _signed_in(world.people[role])
    found: Told = {}
    for name in names:
        row, path = ROWS[name], address(name, world)
        if row.get is not None and thoroughly:
            send(asking, "GET", path)
            found[f"GET {name} as a part"] = told(send(client, "GET", f"{path}?since=0", htmx=True))
        if row.get is not None:
            found[f"GET {name}"] = told(send(client, "GET", path))
        if row.post is not None and thoroughly:
            with undone():
                found[f"POST {name}"] = told(send(client, "POST", path, row.body(world)))
    return found


def exports(world: World, role: str, folder: Any) -> Told:
    """A draft asked for now, in each of its forms; the one printed by command; the matrix as a table."""
    client = _signed_in(world.people[role])
    with undone():
        send(client, "POST", reverse("record:ask", args=[world.evaluation.pk]))
        draft = print_newest_draft(world.evaluation)
        assert draft.pdf, "the draft was not printed"
        found = {
            kind: told(client.get(reverse("record:download", args=[world.evaluation.pk, draft.pk, kind])))
            for kind in ("json", "md", "xlsx", "pdf")
        }
        output = folder / "exported.json"
        call_command("export_record", str(world.evaluation.pk), format="json", draft=True, output=str(output))
        return found | {"export_record": quiet(output.read_bytes())}


def _signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told_apart(one: Told, other: Told) -> dict[str, str]:
    """Where the two worlds read differently, and how."""
    assert one.keys() == other.keys()
    return {what: _difference(one[what], other[what]) for what in one if one[what] != other[what]}


def _difference(one: Any, other: Any) -> str:
    if isinstance(one, bytes):
        return shown_difference(one, other)
    if one[:2] != other[:2]:
        return f"{one[:2]} and {other[:2]}"
    return shown_difference(one[2], other[2])


def compared(stage: Stage, look: Callable[[], Told], counted: dict[str, int], what: str) -> dict[str, str]:
    worst, best = (in_world(stage, value, look) for value in (WORST, BEST))
    counted[what] = counted.get(what, 0) + len(worst)
    return told_apart(worst, best)


@pytest.mark.parametrize("role", [CONTRIBUTOR, LEAD, REVIEWER, VIEWER])
def test_every_url_reads_the_same_whatever_an_unrevealed_answer_is(
    stages: dict[bool, Stage], role: str, counted: dict[str, int]
) -> None:
    stage = stages[True]

    def look() -> Told:
        return seen_by(stage.world, role, EVERYWHERE, thoroughly=role == LEAD)

    found = compared(stage, look, counted, "answers compared between two worlds, with a round revealed before")

    counted["URLs compared between two worlds"] = len({name for name, _ in urls()} - RANDOM)
    assert {name for name, _ in urls()} <= set(ROWS)
    assert not found, "\n".join(f"{what}: {how}" for what, how in found.items())


def test_the_first_blind_round_gives_nothing_away_either(stages: dict[bool, Stage], counted: dict[str, int]) -> None:
    stage = stages[False]

    def look() -> Told:
        return seen_by(stage.world, CONTRIBUTOR, EVERYWHERE, thoroughly=False)

    found = compared(stage, look, counted, "answers compared between two worlds, in the first round")

    assert not found, "\n".join(f"{what}: {how}" for what, how in found.items())


@pytest.mark.parametrize("revealed", [True, False], ids=["second round", "first round"])
def test_no_export_carries_an_unrevealed_answer(
    stages: dict[bool, Stage], revealed: bool, counted: dict[str, int], tmp_path: Any
) -> None:
    stage = stages[revealed]

    found = compared(stage, lambda: exports(stage.world, LEAD, tmp_path), counted, "exports compared")

    assert not found, "\n".join(f"{what}: {how}" for what, how in found.items())


def _all_ratings(evaluation: Any) -> dict[tuple[int, int], dict[int, int | None]]:
    found: dict[tuple[int, int], dict[int, int | None]] = defaultdict(dict)
    for row in Rating.objects.filter(round__evaluation=evaluation).order_by("pk"):
        found[row.candidate_id, row.criterion_id][row.person_id] = row.value
    return found


def _plant(monkeypatch: pytest.MonkeyPatch, query: str, leaking: Any, *modules: Any) -> None:
    """In every module that reads by it."""
    for module in modules:
        monkeypatch.setattr(module, query, leaking)


def _all_votes(evaluation: Any) -> dict[int, int]:
    found: dict[int, int] = {}
    for row in RequirementVote.objects.filter(round__evaluation=evaluation):
        found[row.requirement_id] = found.get(row.requirement_id, 0) + 1
    return found


def _all_opinions(evaluation: Any) -> list[WeightOpinion]:
    return list(WeightOpinion.objects.filter(round__evaluation=evaluation).select_related("person"))


def _all_attempts(evaluation: Any) -> list[Attempt]:
    rows = Attempt.objects.filter(round__evaluation=evaluation, finished=True)
    return list(rows.select_related("person", "candidate", "round"))


def _solution_with_an_answer(row: Attempt, own: Any, reviews: int) -> teamfit.Solution:
    code_at = f"{row.code_at}, {row.minutes} min"
    return teamfit.Solution(row.pk, row.candidate, row.person.shown_name, code_at, own, reviews, row.round.is_revealed)


RATINGS = (scoring, exporting)
LEAKS = [
    (RATINGS, "ratings_by_person", _all_ratings, "matrix:page"),
    (RATINGS, "ratings_by_person", _all_ratings, "matrix:csv"),
    (RATINGS, "ratings_by_person", _all_ratings, "overview:evaluation"),
    ((requirements,), "vote_counts", _all_votes, "requirements:index"),
    ((requirements,), "revealed_opinions", _all_opinions, "requirements:weights"),
    ((teamfit,), "revealed_attempts", _all_attempts, "teamfit:index"),
    ((teamfit,), "revealed_attempts", _all_attempts, "teamfit:results"),
    ((teamfit,), "_solution", _solution_with_an_answer, "teamfit:reviews"),
    ((history,), "_may_read", lambda event, reader, open_ones: True, "history:page"),
]


@pytest.mark.parametrize(("modules", "query", "leaking", "name"), LEAKS, ids=[f"{leak[1]}-{leak[3]}" for leak in LEAKS])
def test_a_planted_leak_turns_the_comparison_red(
    stages: dict[bool, Stage],
    modules: tuple[Any, ...],
    query: str,
    leaking: Any,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = stages[True]
    _plant(monkeypatch, query, leaking, *modules)

    found = compared(stage, lambda: seen_by(stage.world, CONTRIBUTOR, [name], thoroughly=False), {}, "leaks")

    assert list(found) == [f"GET {name}"]


def test_a_leak_into_the_record_turns_the_comparison_red(
    stages: dict[bool, Stage], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    stage = stages[True]
    _plant(monkeypatch, "ratings_by_person", _all_ratings, *RATINGS)

    found = compared(stage, lambda: exports(stage.world, LEAD, tmp_path), {}, "leaks")

    assert set(found) == {"json", "md", "xlsx", "pdf", "export_record"}
