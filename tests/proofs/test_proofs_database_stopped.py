"""The drill of the suite with PostgreSQL away for as long as a restart of a host takes."""

import pytest

from tests.ops.stopping import drill, own_postgres, pages_before


@pytest.mark.parametrize("kind", ["stopped", "frozen"])
def test_thirty_seconds_without_the_database_cost_typed_refusals_and_nothing_afterwards(kind: str) -> None:
    with own_postgres() as postgres, pages_before(postgres) as port:
        away, back = (postgres.stop, postgres.start) if kind == "stopped" else (postgres.freeze, postgres.thaw)
        seen = drill(port, away=away, back=back, seconds=30)

    print(f"\n{kind} for 30 s:", seen.told())
    assert seen.broken_promises(slowness=1) == []
