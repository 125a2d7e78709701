"""One stage of each kind of work; every stage, with the lease's real seconds, is a proof (`make prove`)."""

import pytest

from tests.jobs.killed_work import check_read_once, check_record_printed_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_that_was_entered_but_not_committed_is_entered_once(process_environment: dict[str, str]) -> None:
    check_read_once(process_environment, "after evaluations.spikes.actions.remeasure", lease_ran_out=True)


def test_a_record_that_was_stored_but_not_noted_is_noted_once(process_environment: dict[str, str]) -> None:
    check_record_printed_once(process_environment, "after evaluations.record.freezing.stored_print", lease_ran_out=True)
