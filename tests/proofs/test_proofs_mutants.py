"""Five thousand damaged result files: each is accepted or refused in words, and whoever reads them stays alive."""

import io
import time
from collections.abc import Iterator

from evaluations.spikes import limited, reading_server
from tests.spikes.mutants import answer_to, mutant, sources

MUTANTS = 5_000


def mutants() -> Iterator[tuple[str, int, bytes]]:
    """One at a time: with MUTANTS_FROM their sum is larger than a small machine's memory."""
    found = sources()
    for number in range(-(-MUTANTS // len(found))):
        for name, content in found.items():
            yield name, number, mutant(name, content, number)


def test_five_thousand_damaged_files_are_accepted_or_refused_in_words() -> None:
    count = 0
    for name, number, content in mutants():
        try:
            assert answer_to(content)
        except Exception as error:
            raise AssertionError(f"mutant {number} of {name}") from error
        count += 1
    assert count >= MUTANTS


def test_the_limited_child_answers_to_each_of_them_and_its_server_outlives_them() -> None:
    reading_server.close_idle()
    with reading_server.borrowed() as server:
        first = server.pid
    count, accepted, slowest = 0, 0, 0.0
    for name, number, content in mutants():
        begun = time.monotonic()
        outcome = limited.read_file(io.BytesIO(content))
        slowest = max(slowest, time.monotonic() - begun)

        assert outcome.outcome in ("accepted", "rejected"), (name, number, outcome)
        assert outcome.outcome == "accepted" or outcome.message, (name, number)
        count, accepted = count + 1, accepted + (outcome.outcome == "accepted")
    with reading_server.borrowed() as server:
        assert server.pid == first
    print(f"\n{count} mutants, {accepted} accepted, {count - accepted} refused in words; the slowest {slowest:.2f} s")
    assert count >= MUTANTS and slowest < limited.WALL_BASE_S
