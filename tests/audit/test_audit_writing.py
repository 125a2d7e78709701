import os
import threading
from decimal import Decimal

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from evaluations.audit import announcing
from evaluations.audit.actions import NestedWriting, NothingRecorded, open_log, writing
from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.audit.queries import first_fault, has_news
from evaluations.teams.models import Person
from tests.at_once import at_once
from tests.builders import NOW, lead_of, make_evaluation, make_person, make_team


@pytest.fixture
def log(db: None) -> AuditLog:
    return open_log()


def write(log: AuditLog, *kinds: str, **more: object) -> None:
    with writing(log, by=None, at=NOW) as entry:
        for kind in kinds or ("teams.renamed",):
            entry.record(kind, about={}, **more)  # type: ignore[arg-type]


def refused_by_the_database(statement: str) -> str:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(refusal.value)


def heard(channel: redis.client.PubSub) -> list[bytes]:
    found = []
    while message := channel.get_message(timeout=0.3):
        if message["type"] == "message":
            found.append(message["data"])
    return found


def test_each_event_gets_the_next_number_and_the_digest_of_the_one_before(log: AuditLog) -> None:
    person = make_person()

    with writing(log, by=person, at=NOW) as entry:
        numbers = [entry.record("teams.renamed", about={"team": 1}, payload={"after": Decimal("1.50")}) for _ in "ab"]

    first, second = log.events.order_by("number")
    assert numbers == [1, 2] == [first.number, second.number]
    assert (first.previous, second.previous, log.head) == ("", first.digest, second.digest)
    assert (first.by, first.at, first.payload, log.count) == (person, NOW, {"after": "1.5"}, 2)
    assert first_fault(log) is None


def test_the_number_of_an_event_can_be_known_before_it_is_recorded(log: AuditLog) -> None:
    with writing(log, by=None, at=NOW) as entry:
        foreseen = entry.next_revision
        told = entry.record("teams.renamed", about={})

    assert foreseen == told == 1


def test_a_write_that_records_nothing_is_rolled_back(log: AuditLog) -> None:
    with pytest.raises(NothingRecorded), writing(log, by=None, at=NOW):
        make_person(username="never-was")

    log.refresh_from_db()
    assert log.count == 0
    assert not Person.objects.filter(username="never-was").exists()


def test_a_write_that_fails_leaves_neither_rows_nor_events(log: AuditLog) -> None:
    with pytest.raises(ZeroDivisionError), writing(log, by=None, at=NOW) as entry:
        entry.record("teams.renamed", about={})
        raise ZeroDivisionError

    log.refresh_from_db()
    assert (log.count, log.head, log.events.count()) == (0, "", 0)


def test_writing_inside_writing_is_refused_and_the_next_write_works(log: AuditLog) -> None:
    with pytest.raises(NestedWriting), writing(log, by=None, at=NOW) as entry:
        entry.record("teams.renamed", about={})
        write(log)

    write(log)

    assert log.count == 1


def test_what_json_cannot_say_is_refused(log: AuditLog) -> None:
    with pytest.raises(ValueError, match="JSON"), writing(log, by=None, at=NOW) as entry:
        entry.record("teams.renamed", about={}, payload={"after": float("nan")})

    assert not log.events.exists()


@pytest.mark.django_db
def test_teams_and_evaluations_are_written_in_logs_of_their_own() -> None:
    team = make_team("Orders")
    evaluation = make_evaluation(team=team)

    kinds = set(team.log.events.values_list("kind", flat=True))

    assert {kind.split(".")[0] for kind in kinds} <= {"teams", "candidates"}
    assert evaluation.log_id != team.log_id
    assert first_fault(team.log) is None and first_fault(evaluation.log) is None


def test_news_are_told_by_topic(log: AuditLog) -> None:
    write(log, "teams.renamed", "scoring.rated", "scoringx.other")

    assert has_news(log, 0) and has_news(log, 2) and not has_news(log, 3)
    assert has_news(log, 1, "scoring") and not has_news(log, 2, "scoring", "teams")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluations_auditevent SET kind = 'teams.other'",
        "DELETE FROM evaluations_auditevent",
        "TRUNCATE evaluations_auditevent",
        "TRUNCATE evaluations_auditevent CASCADE",
    ],
)
def test_the_database_refuses_to_change_what_happened(log: AuditLog, statement: str) -> None:
    write(log)

    said = refused_by_the_database(statement)

    assert "cannot" in said.lower() or "refused" in said.lower()
    assert log.events.get().kind == "teams.renamed"


@pytest.mark.django_db
def test_the_same_number_twice_is_refused_by_the_database(log: AuditLog) -> None:
    write(log)
    row = AuditEvent.objects.get()
    row.pk = None

    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_on_one_log_leave_no_gap_and_no_number_twice() -> None:
    log = open_log()

    def twenty() -> None:
        mine = AuditLog.objects.get(pk=log.pk)
        for _ in range(20):
            write(mine)

    outcomes = at_once(*[twenty] * 8)

    assert outcomes == [None] * 8
    assert list(log.events.order_by("number").values_list("number", flat=True)) == list(range(1, 161))
    assert first_fault(log) is None


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_asks_for_what_is_newer_than_the_last_it_saw_misses_nothing() -> None:
    log = open_log()
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        last = 0
        while not stop.is_set() or log.events.filter(number__gt=last).exists():
            for number in log.events.filter(number__gt=last).order_by("number").values_list("number", flat=True):
                seen.append(number)
                last = number
        connection.close()

    def ten() -> None:
        mine = AuditLog.objects.get(pk=log.pk)
        for _ in range(10):
            write(mine)

    reader = threading.Thread(target=read)
    reader.start()
    at_once(ten, ten, ten, ten)
    stop.set()
    reader.join(120)

    assert seen == list(range(1, 41))


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_after_its_commit_and_not_before(redis_client: redis.Redis) -> None:
    log = open_log()
    channel = redis_client.pubsub()
    channel.subscribe(announcing.channel(log.pk))
    channel.get_message(timeout=30)

    with transaction.atomic():
        write(log, "teams.renamed", "scoring.rated")
        before = heard(channel)
    after = heard(channel)

    assert before == []
    assert len(after) == 1 and b'"revision": 2' in after[0] and b'["scoring", "teams"]' in after[0]
    assert redis_client.get(announcing.revision_key(log.pk)) == b"2"


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_announced(redis_client: redis.Redis) -> None:
    log = open_log()
    channel = redis_client.pubsub()
    channel.subscribe(announcing.channel(log.pk))
    channel.get_message(timeout=30)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(log)
        raise ZeroDivisionError

    assert heard(channel) == []


@pytest.mark.django_db(transaction=True)
def test_a_write_stands_although_nobody_can_be_told(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    log = open_log()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    announcing._client.cache_clear()
    monkeypatch.setattr(announcing, "_silent_until", 0.0)
    try:
        write(log)
        write(log)
    finally:
        announcing._client.cache_clear()

    assert log.count == 2
    assert first_fault(log) is None
    assert announcing._silent_until > 0


def test_the_tests_redis_is_the_one_that_is_announced_on() -> None:
    assert settings.REDIS_URL.split("?")[0] == os.environ["REDIS_URL"].split("?")[0]


@pytest.mark.django_db
def test_people_are_named_by_their_key_and_the_system_by_none(log: AuditLog) -> None:
    team = make_team()

    with writing(log, by=lead_of(team), at=NOW) as entry:
        entry.record("teams.renamed", about={})
    write(log)

    assert list(log.events.order_by("number").values_list("by", flat=True)) == [lead_of(team).pk, None]
