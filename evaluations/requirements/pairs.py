"""Weights from pairs: what was answered, how consistent that is, and which three answers contradict each other most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from evaluations.requirements.models import Criterion

LIMIT = 0.10
"""Saaty 1977: above this ratio the answers are worth another look."""
STEPS = tuple(Fraction(n) for n in range(9, 0, -1)) + tuple(Fraction(1, n) for n in range(2, 10))
Comparisons = Mapping[str, float]
"""{"a:b": how many times criterion a matters more than b}, ids as text."""


class NotConnected(ValueError):
    """Too few pairs: no chain of comparisons ties all criteria together."""

    def __init__(self) -> None:
        super().__init__("Compare more pairs: some criteria are not tied to the others by any answer yet.")


@dataclass(frozen=True)
class Consistency:
    """`ratio` is CR over the named table of random indices; None beyond 15 criteria. shares by criterion id."""

    shares: dict[int, float]
    ratio: float | None
    random_index: str
    variant: str
    answered: int
    pairs: int
    contradiction: str

    @property
    def is_worth_another_look(self) -> bool:
        return self.ratio is not None and self.ratio > LIMIT


def name_of(a: int, b: int) -> str:
    return f"pair-{a}-{b}"


def typed_comparisons(criteria: Sequence[Criterion], typed: Mapping[str, str]) -> dict[str, float]:
    """The answers among the fields; anything that is not one of the steps is no answer."""
    known = {str(step): float(step) for step in STEPS}
    found = {}
    for place, first in enumerate(criteria):
        for second in criteria[place + 1 :]:
            value = known.get(typed.get(name_of(first.pk, second.pk), ""))
            if value is not None:
                found[f"{first.pk}:{second.pk}"] = value
    return found


def matrix_of(ids: Sequence[int], comparisons: Comparisons) -> list[list[float | None]]:
    """n x n with None where nothing was said. ValueError for a pair that is not among the ids, or off the scale."""
    places = {pk: place for place, pk in enumerate(ids)}
    matrix: list[list[float | None]] = [[1.0 if i == j else None for j in range(len(ids))] for i in range(len(ids))]
    for key, value in comparisons.items():
        first, _, second = key.partition(":")
        if not (first.isdecimal() and second.isdecimal() and {int(first), int(second)} <= set(places)):
            raise ValueError("Compare criteria of this evaluation only.")
        if not 1 / 9 - 1e-9 <= float(value) <= 9 + 1e-9:
            raise ValueError("A comparison goes from 1/9 to 9.")
        i, j = places[int(first)], places[int(second)]
        matrix[i][j], matrix[j][i] = float(value), 1 / float(value)
    return matrix


def shares_from(ids: Sequence[int], comparisons: Comparisons) -> dict[int, float]:
    """The principal eigenvector, gaps completed. Raises NotConnected, ValueError."""
    from evaluations.analysis import weights  # NumPy: not needed to start the page process

    matrix = matrix_of(ids, comparisons)
    if not is_connected(ids, comparisons):
        raise NotConnected()
    return {pk: float(share) for pk, share in zip(ids, weights.pairwise(matrix).weights, strict=True)}


def is_connected(ids: Sequence[int], comparisons: Comparisons) -> bool:
    """Whether every criterion hangs together with the first by a chain of answers."""
    ties = [{int(part) for part in key.split(":")} for key in comparisons]
    reached, grew = set(ids[:1]), True
    while grew:
        grew = False
        for tie in ties:
            if tie & reached and not tie <= reached:
                reached |= tie
                grew = True
    return reached == set(ids)


def consistency_of(criteria: Sequence[Criterion], comparisons: Comparisons) -> Consistency:
    """How the answers fit together so far. Raises NotConnected, ValueError."""
    from evaluations.analysis import weights  # NumPy: not needed to start the page process

    ids = [criterion.pk for criterion in criteria]
    matrix = matrix_of(ids, comparisons)
    if not is_connected(ids, comparisons):
        raise NotConnected()
    found = weights.pairwise(matrix)
    triple = weights.most_inconsistent_triple(matrix)
    said = ""
    if triple is not None:
        a, b, c = (criteria[place].name for place in (triple.first, triple.second, triple.third))
        said = (
            f"Least consistent: {a}, {b} and {c}. By way of {b}, {a} counts {in_words(triple.implied)} {c}; you "
            f"answered {in_words(triple.stated)}."
        )
    return Consistency(
        shares={pk: float(share) for pk, share in zip(ids, found.weights, strict=True)},
        ratio=found.consistency_ratio,
        random_index=found.random_index,
        variant=found.variant,
        answered=len(comparisons),
        pairs=len(ids) * (len(ids) - 1) // 2,
        contradiction=said,
    )


def in_words(times: float) -> str:
    """How many times one matters as much as another."""
    if abs(times - 1) < 0.005:
        return "as much as"
    return f"{times:.3g} times as much as" if times > 1 else f"1/{1 / times:.3g} of"
