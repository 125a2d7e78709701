"""A worker killed -9 at each stage of reading a file and of printing: done once, within 30 s, without a hand."""

import pytest

from tests.jobs.killed_work import check_printed_once, check_read_once
from tests.jobs.killing import INGEST_PLACES, PRINT_PLACES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("place", INGEST_PLACES)
def test_a_file_is_read_once(process_environment: dict[str, str], place: str) -> None:
    seconds = check_read_once(process_environment, place)

    print(f"\n{place}: {seconds:.1f} s")
    assert seconds < 30


@pytest.mark.parametrize("place", PRINT_PLACES)
def test_a_draft_is_printed_once(process_environment: dict[str, str], place: str) -> None:
    seconds = check_printed_once(process_environment, place)

    print(f"\n{place}: {seconds:.1f} s")
    assert seconds < 30
