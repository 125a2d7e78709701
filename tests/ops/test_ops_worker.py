import json
import threading
import time

import pytest
from django.conf import settings
from structlog.contextvars import bound_contextvars

from tests.real_processes import RealProcess


def whole_lines(worker: RealProcess) -> list[str]:
    """The last one may still be on its way into the file."""
    return worker.said.read_text().rpartition("\n")[0].splitlines()


def lines_with(worker: RealProcess, request_id: str, patience: float = 60.0) -> list[dict[str, object]]:
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        found = [json.loads(line) for line in whole_lines(worker) if request_id in line]
        if any(line.get("event") == "task_succeeded" for line in found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"no line with {request_id}:\n{worker.said.read_text()[-3000:]}")


@pytest.mark.django_db(transaction=True)
def test_a_tasks_log_lines_carry_the_id_of_the_request_that_sent_it_from_any_thread(
    worker_process: RealProcess,
) -> None:
    def send() -> None:
        from celery import current_app

        with bound_contextvars(request_id="request-of-a-page"):
            current_app.send_task("evaluations.jobs.tasks.sweep", retry=False)

    page_thread = threading.Thread(target=send)
    page_thread.start()
    page_thread.join(timeout=60)

    lines = lines_with(worker_process, "request-of-a-page")
    assert {"task_started", "task_succeeded"} <= {line["event"] for line in lines}
    assert all(line["request_id"] == "request-of-a-page" for line in lines if "request_id" in line)


def test_a_message_stays_with_its_worker_longer_than_the_longest_task_may_last() -> None:
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"] > 0


def test_every_task_of_the_clock_exists() -> None:
    from fwselect.celery import app

    app.loader.import_default_modules()

    assert {name for _, name, _ in settings.PERIODIC_TASKS} <= set(app.tasks)


def test_a_worker_takes_json_only_and_acknowledges_late() -> None:
    from fwselect.celery import app

    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late and app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result and app.conf.result_backend is None
