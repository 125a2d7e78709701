from dataclasses import dataclass

from django import template

from evaluations.teams.demo import DEMO_PEOPLE, is_offered
from evaluations.teams.queries import demo_people

register = template.Library()


@dataclass(frozen=True)
class DemoAccount:
    username: str
    name: str
    role: str


@register.simple_tag(takes_context=True)
def demo_accounts(context: template.Context) -> list[DemoAccount]:
    """The accounts the sign-in page offers to be clicked; none anywhere but on the machine itself in demo mode."""
    request = context.get("request")
    if request is None or not is_offered(request):
        return []
    return [
        DemoAccount(person.username, person.shown_name, DEMO_PEOPLE[person.username][1].label)
        for person in demo_people()
        if person.username in DEMO_PEOPLE
    ]
