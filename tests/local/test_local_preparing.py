"""What `up` does once in the life of a database is there whole or not at all."""

import pytest
from django.core.management import CommandError

from evaluations.teams.models import Person
from fwselect.local import once, preparing
from tests.builders import make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def told_apart(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FWSELECT_EXAMPLES = True
    monkeypatch.setattr(once, "TABLE", "fwselect_done_once_in_a_test")


def test_of_an_example_that_was_not_completed_nothing_is_seen_and_the_next_start_loads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problems: list[Exception] = [CommandError("no reader"), KeyboardInterrupt()]
    said: list[str] = []

    def load(*words: object, **options: object) -> None:
        make_person()
        if problems:
            raise problems.pop(0)

    monkeypatch.setattr(preparing, "call_command", load)
    preparing.load_examples_once(["logistics"], said.append)
    with pytest.raises(KeyboardInterrupt):
        preparing.load_examples_once(["logistics"], said.append)
    seen, missing = Person.objects.count(), preparing.missing_examples(["logistics"])

    preparing.load_examples_once(["logistics"], said.append)
    preparing.load_examples_once(["logistics"], said.append)

    assert (seen, missing) == (0, ["logistics"])
    assert Person.objects.count() == 1
    assert preparing.missing_examples(["logistics"]) == []
    assert said == [
        "loading the example evaluation “logistics”",
        "example logistics: not done: no reader",
        *["loading the example evaluation “logistics”"] * 2,
    ]


def test_no_examples_are_loaded_where_none_are_wanted(settings: object) -> None:
    settings.FWSELECT_EXAMPLES = False

    assert preparing.missing_examples(preparing.LATER_EXAMPLES) == []
