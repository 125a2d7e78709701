"""A worker killed -9 at each stage of reading a file and of printing: done once, within 30 s, without a hand."""

import pytest

from tests.jobs.killed_work import check_draft_printed_once, check_read_once, check_record_printed_once
from tests.jobs.killing import DRAFT_PLACES, FINAL_PLACES, INGEST_PLACES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("place", INGEST_PLACES)
def test_a_file_is_read_once(process_environment: dict[str, str], place: str) -> None:
    seconds = check_read_once(process_environment, place)

    print(f"\n{place}: {seconds:.1f} s")
    assert seconds < 30


@pytest.mark.parametrize("place", DRAFT_PLACES)
def test_a_draft_is_printed_once(process_environment: dict[str, str], place: str) -> None:
    seconds = check_draft_printed_once(process_environment, place)

    print(f"\n{place}: {seconds:.1f} s")
    assert seconds < 30


@pytest.mark.parametrize("place", FINAL_PLACES)
def test_a_decided_record_is_printed_once(process_environment: dict[str, str], place: str) -> None:
    seconds = check_record_printed_once(process_environment, place)

    print(f"\n{place}: {seconds:.1f} s")
    assert seconds < 30
