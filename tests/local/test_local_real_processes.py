"""The processes the tests borrow are the real ones and share the test's database and broker."""

import re
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.real_processes import RealProcess, answers_with, worker_answers


@pytest.mark.django_db(transaction=True)
def test_pages_see_what_a_test_commits(
    pages_server: str, page: Page, django_user_model: type, manage: Callable[..., object]
) -> None:
    django_user_model.objects.create_superuser("ada", "ada@example.com", "a long enough word")

    page.goto(f"{pages_server}/admin/")
    signed_out = page.title()
    counted = manage("shell", "-c", "from evaluations.models import Person; print('people', Person.objects.count())")

    assert signed_out
    assert answers_with(f"{pages_server}/health/ready") == 200
    assert "people 1" in counted.stdout


@pytest.mark.django_db(transaction=True)
def test_the_worker_listens_to_the_test_s_broker(worker_process: RealProcess) -> None:
    assert worker_answers()
    assert worker_process.process.poll() is None


def test_the_live_process_answers(live_process: str) -> None:
    with urllib.request.urlopen(f"{live_process}/health", timeout=60) as answer:
        said = answer.read().decode()

    assert re.fullmatch(r'\{"status": "ok".*\}', said)
