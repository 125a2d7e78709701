"""The account pages wear the look: each answers, stands in the base page and labels its fields."""

import pytest
from django.test import Client

from evaluations.teams.models import Person

SIGNED_OUT = ["login", "reset_password", "reset_password_done", "inactive"]
SIGNED_IN = ["change_password", "logout", "reauthenticate"]


@pytest.fixture
def person() -> Person:
    return Person.objects.create_user("ada", "ada@example.test", "a long enough secret", name="Ada Lead")


ADDRESSES = {
    "login": "/accounts/login/",
    "reset_password": "/accounts/password/reset/",
    "reset_password_done": "/accounts/password/reset/done/",
    "inactive": "/accounts/inactive/",
    "change_password": "/accounts/password/change/",
    "logout": "/accounts/logout/",
    "reauthenticate": "/accounts/reauthenticate/",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", SIGNED_OUT)
def test_a_page_for_those_signed_out_wears_the_look(client: Client, name: str) -> None:
    answer = client.get(ADDRESSES[name])

    assert answer.status_code == 200
    assert 'class="narrow entrance"' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page_for_those_signed_in_wears_the_look(client: Client, person: Person, name: str) -> None:
    client.post(ADDRESSES["login"], {"login": "ada", "password": "a long enough secret"})

    answer = client.get(ADDRESSES[name])

    assert answer.status_code == 200
    assert 'class="narrow entrance"' in answer.content.decode()
    assert "Ada Lead" in answer.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_is_said_above_the_form_and_the_name_stays(client: Client, person: Person) -> None:
    answer = client.post(ADDRESSES["login"], {"login": "ada", "password": "wrong"})

    text = answer.content.decode()
    assert 'class="error-summary" role="alert"' in text
    assert 'value="ada"' in text
    assert "wrong" not in text


@pytest.mark.django_db
def test_an_error_stands_beside_its_field_and_is_tied_to_it(client: Client) -> None:
    answer = client.post(ADDRESSES["login"], {"login": "", "password": "x"})

    text = answer.content.decode()
    assert 'id="id_login_error"' in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_login_error"' in text
