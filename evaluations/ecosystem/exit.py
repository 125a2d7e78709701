"""What phase 3 needs before it can be signed: each function says what is missing in a sentence, or nothing."""

from collections.abc import Callable

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.ecosystem.queries import PackageCell, grid_of, standing_needs
from evaluations.scoring.queries import must_have_state


def has_needs(evaluation: Evaluation) -> str:
    if standing_needs(evaluation).filter(is_required=True).exists():
        return ""
    return "List what the service needs from outside: driver, cache, broker, sign-in, logging, metrics."


def has_a_word_on_every_need(evaluation: Evaluation) -> str:
    """Each required need has a package, or a word on what would be ours to write, for each framework in the race."""
    lacking = _needs_with(evaluation, lambda cell: not cell.has_package and not _is_explained(cell))
    if not lacking:
        return ""
    told = [f"{_candidates(count)} no package for “{name}” and no word on it" for name, count in lacking.items()]
    return f"{'; '.join(told)}."


def has_a_verdict_on_every_package(evaluation: Evaluation) -> str:
    """A package that was named was judged; unknown is a verdict when a note says why it stays so."""
    lacking = _needs_with(evaluation, lambda cell: cell.has_package and not _is_explained(cell))
    if not lacking:
        return ""
    return f"Judge the packages for {', '.join(f'“{name}”' for name in lacking)}, or note why it stays unknown."


def shows_what_its_packages_were_judged_by(evaluation: Evaluation) -> str:
    """Maintained and stable were looked at wherever a package counts as covering a need; async where it is needed."""
    lacking = _needs_with(evaluation, lambda cell: bool(cell.covers) and _is_unlooked(cell))
    if not lacking:
        return ""
    names = ", ".join(f"“{name}”" for name in lacking)
    return f"Say whether the packages for {names} are maintained, stable and, where needed, async."


def _needs_with(evaluation: Evaluation, lacks: Callable[[PackageCell], bool]) -> dict[str, int]:
    """By required need's name, for how many frameworks that are not out this is so; needs without any are left out."""
    grid = grid_of(evaluation)
    out, _ = must_have_state(evaluation, grid.candidates)
    counts = {
        row.need.name: sum(
            lacks(cell)
            for cell in row.cells
            if cell.candidate.kind == Candidate.Kind.STACK and cell.candidate.pk not in out
        )
        for row in grid.rows
        if row.need.is_required
    }
    return {name: count for name, count in counts.items() if count}


def _is_explained(cell: PackageCell) -> bool:
    return cell.covers is not None or bool(cell.choice and cell.choice.note)


def _is_unlooked(cell: PackageCell) -> bool:
    asked = ["maintained", "stable", *(["supports_async"] if cell.need.async_needed else [])]
    return any(getattr(cell.choice, name) == "unknown" for name in asked)


def _candidates(count: int) -> str:
    return "One candidate has" if count == 1 else f"{count} candidates have"


EXIT_CRITERIA: tuple[Callable[[Evaluation], str], ...] = (
    has_needs,
    has_a_word_on_every_need,
    has_a_verdict_on_every_package,
    shows_what_its_packages_were_judged_by,
)
