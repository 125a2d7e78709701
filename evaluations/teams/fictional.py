"""People of the shipped examples: they act while an example is entered, and nobody can ever sign in as one."""

from collections.abc import Iterable

from evaluations.teams.models import Person


def ensure_fictional_person(*, username: str, name: str) -> Person:
    """Awake, so that actions may name it; made where it is missing. It has no password and no address."""
    person = Person.objects.filter(username=username, is_demo=True).first()
    if person is None:
        person = Person(username=username, name=name, is_demo=True)
        person.set_unusable_password()
        person.save()
    elif not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
    return person


def retire(people: Iterable[Person]) -> None:
    """They keep what they said; they are no longer expected to answer, and count as nobody's lead."""
    for person in people:
        person.is_active = False
        person.save(update_fields=["is_active"])
