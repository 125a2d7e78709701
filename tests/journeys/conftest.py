"""The journeys' houses, what they said when a journey failed, and the last lines of the run: what was counted."""

import re
from collections.abc import Generator, Iterator

import pytest

from tests.journeys.house import EVERYWHERE, House

TOLD: list[str] = []
OPEN: list[House] = []
LINES_SHOWN = 30
# What went well says nothing about a failure and hides what does.
WENT_WELL = re.compile(r'"status": [23]\d\d|tasks\.sweep|"event": "(stream_closed|task_(enqueued|started|succeeded))"')


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TOLD:
        terminalreporter.write_line(f"journey: {line}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    report = yield
    for house in OPEN if call.excinfo else []:
        told = [line[:400] for line in house.said.splitlines() if not WENT_WELL.search(line)]
        report.sections.append((house.url, "\n".join(told[-LINES_SHOWN:])))  # type: ignore[attr-defined]
    return report


@pytest.fixture
def tell(record_property: object, capsys: pytest.CaptureFixture[str]) -> object:
    """Say a count in the middle of the run and again at its end."""

    def say(line: str) -> None:
        TOLD.append(line)
        with capsys.disabled():
            print(f"\njourney: {line}")

    return say


@pytest.fixture(scope="module")
def open_house() -> Iterator[House]:
    """Reached by the machine's own network address, as laptops in a meeting room reach it; no demo accounts."""
    with House(EVERYWHERE, FWSELECT_EXAMPLES="false") as house:
        OPEN.append(house)
        yield house
        OPEN.remove(house)


@pytest.fixture(scope="module")
def demo_house() -> Iterator[House]:
    """On the loopback address, with the demo accounts and both examples."""
    with House() as house:
        OPEN.append(house)
        yield house
        OPEN.remove(house)
