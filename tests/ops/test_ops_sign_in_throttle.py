import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from tests.builders import make_person

WORD = "a long enough word"


@pytest.fixture(autouse=True)
def nobody_counted_yet() -> None:
    cache.clear()


def sign_in(client: Client, login: str, word: str, address: str = "192.0.2.1") -> int:
    return client.post("/accounts/login/", {"login": login, "password": word}, REMOTE_ADDR=address).status_code


@pytest.mark.django_db
def test_who_guesses_too_often_is_locked_out_even_with_the_right_word_and_others_are_not() -> None:
    guessed, other = make_person(password=WORD), make_person(password=WORD)
    client = Client()

    answers = [sign_in(client, guessed.username, "wrong word") for _ in range(settings.AXES_FAILURE_LIMIT + 1)]

    assert answers[0] == 200
    assert answers[-1] == 429
    assert sign_in(client, guessed.username, WORD) == 429
    assert sign_in(Client(), other.username, WORD, address="192.0.2.2") == 302


@pytest.mark.django_db
def test_the_refusal_reads_the_same_whether_the_name_exists_or_not() -> None:
    known, pages = make_person(password=WORD), []

    for login in (known.username, "nobody-of-this-name"):
        client = Client()
        for _ in range(settings.AXES_FAILURE_LIMIT):
            answer = client.post("/accounts/login/", {"login": login, "password": "wrong word"})
        assert answer.status_code == 429
        pages.append(re.sub(r'nonce="[^"]+"|csrf\S+|[0-9a-f]{32}|"X-CSRFToken": "\w+"', "", answer.text))

    assert "Wait a quarter of an hour" in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.django_db
def test_spelling_the_name_otherwise_is_the_same_person_to_the_throttle() -> None:
    person = make_person(password=WORD)
    spellings = [person.username, person.username.upper(), f" {person.username} "]

    answers = [sign_in(Client(), spellings[number % 3], "wrong word") for number in range(settings.AXES_FAILURE_LIMIT)]

    assert answers[-1] == 429
    assert sign_in(Client(), person.username, WORD) == 429


@pytest.mark.django_db
def test_the_right_word_starts_the_count_anew() -> None:
    person = make_person(password=WORD)

    for _ in range(2):
        for _ in range(3):
            assert sign_in(Client(), person.username, "wrong word") == 200
        assert sign_in(Client(), person.username, WORD) == 302
