"""Five thousand damaged result files: each is accepted or refused in words, and the child is never hurt."""

import io
import time

from evaluations.spikes import limited
from tests.spikes.mutants import answer_to, mutant, sources

MUTANTS = 5_000
BY_CHILD_EVERY = 10


def mutants() -> list[tuple[str, int, bytes]]:
    found = sources()
    each = -(-MUTANTS // len(found))
    return [(name, number, mutant(name, found[name], number)) for number in range(each) for name in found]


def test_five_thousand_damaged_files_are_accepted_or_refused_in_words() -> None:
    damaged = mutants()
    assert len(damaged) >= MUTANTS

    for name, number, content in damaged:
        try:
            assert answer_to(content)
        except Exception as error:
            raise AssertionError(f"mutant {number} of {name}") from error


def test_the_limited_child_answers_to_every_tenth_of_them() -> None:
    slowest = 0.0
    for name, number, content in mutants()[::BY_CHILD_EVERY]:
        begun = time.monotonic()
        outcome = limited.read_file(io.BytesIO(content))
        slowest = max(slowest, time.monotonic() - begun)

        assert outcome.outcome in ("accepted", "rejected"), (name, number, outcome)
        assert outcome.outcome == "accepted" or outcome.message, (name, number)
    print(f"\nthe slowest took {slowest:.2f} s")
    assert slowest < limited.WALL_BASE_S
