"""Who changes the log behind the triggers' back is found: the chain names the event."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import CompletedProcess

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evaluations.audit.actions import open_log, writing
from evaluations.audit.models import AuditLog
from evaluations.audit.queries import first_fault
from tests.builders import NOW, make_evaluation, make_team


@contextmanager
def as_superuser_without_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")


def tamper(statement: str, *values: object) -> None:
    with as_superuser_without_triggers(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


@pytest.fixture
def log(db: None) -> AuditLog:
    log = open_log()
    for number in range(1, 6):
        with writing(log, by=None, at=NOW) as entry:
            entry.record("scoring.rated", about={"candidate": number}, payload={"after": {"value": number}})
    return log


CHANGES = {
    "payload": """payload = '{"after": {"value": 5}}'""",
    "moment": "at = at + interval '1 microsecond'",
    "kind": "kind = 'scoring.set'",
    "about": """about = '{"candidate": 9}'""",
    "seal": "sealed_by = 'round:1'",
    "salt": "salt = '\\x00'",
    "digest": "digest = repeat('a', 64)",
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_event_is_named(log: AuditLog, changed: str) -> None:
    tamper(f"UPDATE evaluations_auditevent SET {CHANGES[changed]} WHERE log_id = %s AND number = 3", log.pk)

    fault = first_fault(log)

    assert fault is not None
    assert (fault.log_id, fault.number, "was changed" in fault.reason) == (log.pk, 3, True)


def test_one_removed_in_the_middle_is_named(log: AuditLog) -> None:
    tamper("DELETE FROM evaluations_auditevent WHERE log_id = %s AND number = 2", log.pk)

    fault = first_fault(log)

    assert fault is not None and (fault.number, fault.reason) == (2, "is missing")


def test_the_last_one_removed_is_named(log: AuditLog) -> None:
    tamper("DELETE FROM evaluations_auditevent WHERE log_id = %s AND number = 5", log.pk)

    fault = first_fault(log)

    assert fault is not None and (fault.number, "counts 5" in fault.reason) == (5, True)


def test_a_tail_cut_off_with_the_count_is_still_named(log: AuditLog) -> None:
    tamper("DELETE FROM evaluations_auditevent WHERE log_id = %s AND number = 5", log.pk)
    tamper("UPDATE evaluations_auditlog SET count = 4 WHERE id = %s", log.pk)

    fault = first_fault(log)

    assert fault is not None and (fault.number, "head" in fault.reason) == (4, True)


def test_an_event_moved_in_from_another_log_does_not_follow(log: AuditLog) -> None:
    other = open_log()
    with writing(other, by=None, at=NOW) as entry:
        entry.record("scoring.rated", about={})
    tamper("DELETE FROM evaluations_auditevent WHERE log_id = %s AND number = 1", log.pk)
    tamper("UPDATE evaluations_auditevent SET log_id = %s WHERE log_id = %s", log.pk, other.pk)

    fault = first_fault(log)

    assert fault is not None and fault.number == 1


@pytest.mark.django_db
def test_the_command_names_the_log_and_the_event(capsys: pytest.CaptureFixture[str]) -> None:
    team = make_team()
    make_evaluation(team=team)
    call_command("verify_audit")
    held = capsys.readouterr().out
    tamper(
        "UPDATE evaluations_auditevent SET at = at + interval '1 hour' WHERE log_id = %s AND number = 1", team.log_id
    )

    with pytest.raises((CommandError, SystemExit)) as refusal:
        call_command("verify_audit", log=team.log_id)

    said = capsys.readouterr()
    told = said.out + said.err + str(refusal.value)
    assert str(team.log_id) in held
    assert f"{team.log_id}" in told and "1" in told and "was changed" in told


@pytest.mark.django_db(transaction=True)
def test_an_operator_sees_it_on_the_terminal(manage: Callable[..., CompletedProcess[str]]) -> None:
    evaluation = make_evaluation()
    good = manage("verify_audit", "--log", str(evaluation.log_id))
    tamper("DELETE FROM evaluations_auditevent WHERE log_id = %s AND number = 2", evaluation.log_id)

    bad = manage("verify_audit")

    assert good.returncode == 0, good.stderr
    assert bad.returncode != 0
    assert "2" in bad.stdout + bad.stderr and "is missing" in bad.stdout + bad.stderr
    assert "Traceback" not in bad.stderr
