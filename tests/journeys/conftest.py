"""The journeys' houses, and the last lines of the run: what was counted."""

from collections.abc import Iterator

import pytest

from tests.journeys.house import EVERYWHERE, House

TOLD: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TOLD:
        terminalreporter.write_line(f"journey: {line}")


@pytest.fixture
def tell(record_property: object, capsys: pytest.CaptureFixture[str]) -> object:
    """Say a count in the middle of the run and again at its end."""

    def say(line: str) -> None:
        TOLD.append(line)
        with capsys.disabled():
            print(f"\njourney: {line}")

    return say


@pytest.fixture(scope="session")
def open_house() -> Iterator[House]:
    """Reached by the machine's own network address, as laptops in a meeting room reach it; no demo accounts."""
    with House(EVERYWHERE, FWSELECT_EXAMPLES="false") as house:
        yield house


@pytest.fixture(scope="session")
def demo_house() -> Iterator[House]:
    """On the loopback address, with the demo accounts and both examples."""
    with House() as house:
        yield house
