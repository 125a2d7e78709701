import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.test import Client

from fwselect.ops.logs import JsonFormatter


@pytest.fixture
def visitor(settings: object) -> Client:
    settings.ROOT_URLCONF = "tests.ops.failing_urls"  # type: ignore[attr-defined]
    return Client(raise_request_exception=False)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_mistake_of_ours_is_a_page_with_the_requests_id_and_asks_no_database(
    visitor: Client, db: None, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = visitor.get("/breaks/", headers={"X-Request-ID": "person-read-this"})

    assert answer.status_code == 500
    assert "person-read-this" in answer.text
    assert answer["X-Request-ID"] == "person-read-this"
    assert "a mistake of ours" not in answer.text


def test_a_mistake_of_ours_is_logged_once_with_its_traceback_and_id(
    visitor: Client, db: None, lines: io.StringIO
) -> None:
    visitor.get("/breaks/", headers={"X-Request-ID": "person-read-this"})

    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    with_traceback = [line for line in written if "a mistake of ours" in line.get("exception", "")]
    assert len(with_traceback) == 1
    assert with_traceback[0]["request_id"] == "person-read-this"


@pytest.mark.parametrize("path", ["/loses/", "/waits/"])
def test_a_lost_or_slow_database_is_a_503_that_says_when_to_come_back(visitor: Client, db: None, path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1
    assert answer["X-Request-ID"] in answer.text


def test_a_full_disk_is_a_503_that_names_it_and_another_files_trouble_is_not(visitor: Client, db: None) -> None:
    full, other = visitor.get("/fills/"), visitor.get("/opens/")

    assert (full.status_code, other.status_code) == (503, 500)
    assert "disk" in full.text and full["Retry-After"]


def test_a_database_lost_before_the_view_is_a_503_too(
    visitor: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.sessions.middleware import SessionMiddleware
    from django.db import OperationalError

    def lose(self: object, request: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(SessionMiddleware, "process_request", lose)

    answer = visitor.get("/accounts/login/")

    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_programs_get_their_errors_as_json(visitor: Client, db: None) -> None:
    answer = visitor.get("/api/breaks/")

    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_an_address_that_does_not_exist_is_a_friendly_404(visitor: Client, db: None) -> None:
    answer = visitor.get("/nothing/here/")

    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert answer["X-Request-ID"] in answer.text


def test_a_form_from_an_earlier_sign_in_is_told_what_to_do(settings: object, db: None) -> None:
    visitor = Client(enforce_csrf_checks=True)

    answer = visitor.post("/accounts/login/", {"login": "a", "password": "b"})

    assert answer.status_code == 403
    assert "reload the page" in answer.text


def test_a_host_name_that_is_none_is_refused_without_a_traceback(visitor: Client, db: None) -> None:
    answer = visitor.get("/accounts/login/", headers={"Host": "bad host;script-src *"})

    assert answer.status_code == 400
    assert "bad host" not in answer.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize("given", ["short", "with blanks in it", "x" * 65, "<script>alert(1)</script>", "-leading"])
def test_an_id_that_is_none_is_replaced_by_one_of_ours(visitor: Client, db: None, given: str) -> None:
    answer = visitor.get("/join/word/", headers={"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_one_line_a_request_names_the_route_and_never_the_secret_in_the_path(
    visitor: Client, db: None, lines: io.StringIO
) -> None:
    visitor.get("/join/a-secret-word/?token=another", headers={"X-Request-ID": "request-0001"})

    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    (line,) = [line for line in written if line["event"] == "request"]
    assert line["route"] == "join/<str:word>/"
    assert (line["status"], line["method"], line["request_id"]) == (200, "GET", "request-0001")
    assert "a-secret-word" not in lines.getvalue() and "another" not in lines.getvalue()
