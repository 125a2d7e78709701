from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from evaluations.candidates.models import Evaluation
from evaluations.checklist.actions import set_state
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.overview.context import Shell
from evaluations.overview.places import place_of
from evaluations.teams.models import Person
from tests.builders import NOW, lead_of, make_evaluation, make_guest, make_member, make_team

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def lead(evaluation: Evaluation) -> Person:
    return lead_of(evaluation.team)


def request_of(url: str, person: Any, **more: Any) -> HttpRequest:
    request = RequestFactory().get(url)
    request.user = person
    request.resolver_match = resolve(url)
    for name, value in more.items():
        setattr(request, name, value)
    return request


def shell_on(evaluation: Evaluation, person: Person, name: str = "overview:evaluation", **kwargs: Any) -> Shell:
    url = reverse(name, kwargs={"evaluation_id": evaluation.pk, **kwargs})
    return Shell(request_of(url, person, evaluation=Evaluation.objects.select_related("team", "log").get()))


def drawn(shell: Shell) -> str:
    return render_to_string("shell.html", {"shell": shell, "user": shell._request.user}, request=shell._request)


def current(shell: Shell) -> list[str]:
    return [item.label for group in shell.rail for item in group.items if item.current]


def items(shell: Shell) -> dict[str, Any]:
    return {item.key: item for group in shell.rail for item in group.items}


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_page_outside_any_team_costs_no_query(lead: Person, django_assert_num_queries: Any) -> None:
    request = request_of("/", lead)

    with django_assert_num_queries(0):
        page = render_to_string("shell.html", {}, request=request)

    assert 'id="rail"' in page and "Revision" not in page


def test_a_stranger_at_the_door_is_drawn_without_a_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Shell(request_of("/", AnonymousUser())).teams == []


def test_the_shell_of_an_evaluation_costs_three_queries_once_it_is_known_how_the_phases_stand(
    evaluation: Evaluation, lead: Person, django_assert_num_queries: Any
) -> None:
    make_team("Second", lead=lead)
    drawn(shell_on(evaluation, lead))
    shell = shell_on(evaluation, lead)

    with django_assert_num_queries(3):
        drawn(shell)


def test_the_shell_of_a_team_costs_three_queries(lead: Person, django_assert_num_queries: Any) -> None:
    team = make_team("Second", lead=lead)
    team.refresh_from_db()
    shell = Shell(request_of(reverse("overview:team", args=[team.pk]), lead, team=type(team).objects.get(pk=team.pk)))

    with django_assert_num_queries(3):
        drawn(shell)


PAGES = [
    ("overview:evaluation", {}, "Overview"),
    ("candidates:page", {}, "Candidates"),
    ("candidates:add", {}, "Candidates"),
    ("candidates:join_link", {}, "Candidates"),
    ("requirements:index", {}, "Requirements"),
    ("requirements:criteria", {}, "Requirements"),
    ("requirements:weights", {}, "Requirements"),
    ("workshop:index", {}, "Requirements"),
    ("scoring:sheet", {}, "Requirements"),
    ("scoring:agenda", {}, "Requirements"),
    ("scoring:verdicts", {}, "Requirements"),
    ("scoring:cell", {"candidate_id": 1, "criterion_id": 1}, "Compare"),
    ("checklist:phase", {"phase": "requirements"}, "Requirements"),
    ("checklist:phase", {"phase": "ecosystem"}, "Ecosystem"),
    ("checklist:phase", {"phase": "teamfit"}, "Team fit"),
    ("checklist:phase", {"phase": "readiness"}, "Readiness"),
    ("matrix:page", {}, "Compare"),
    ("record:draft", {}, "Draft record"),
    ("history:page", {}, "History"),
    ("history:verify", {}, "History"),
]


@pytest.mark.parametrize(("name", "more", "label"), PAGES, ids=[f"{row[0]} {row[1]}" for row in PAGES])
def test_each_page_is_marked_in_the_rail_once(
    evaluation: Evaluation, lead: Person, name: str, more: dict[str, Any], label: str
) -> None:
    assert current(shell_on(evaluation, lead, name, **more)) == [label]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("overview:team", "Evaluations"),
        ("candidates:create", "Evaluations"),
        ("teams:page", "Team"),
        ("history:team", "History"),
    ],
)
def test_each_page_of_a_team_is_marked_in_the_rail_once(
    lead: Person, evaluation: Evaluation, name: str, label: str
) -> None:
    url = reverse(name, args=[evaluation.team_id])

    assert current(Shell(request_of(url, lead, team=evaluation.team))) == [label]


def test_every_link_of_the_rail_opens(evaluation: Evaluation, lead: Person) -> None:
    client = signed_in(lead)
    statuses = {item.url: client.get(item.url).status_code for item in items(shell_on(evaluation, lead)).values()}

    assert set(statuses.values()) == {200}, statuses


def test_the_rail_counts_each_phase_in_words_too(evaluation: Evaluation, lead: Person) -> None:
    for item in ChecklistItem.objects.filter(phase=Phase.READINESS):
        set_state(item=item, state="done", reason="", seen=item.version, by=lead, at=NOW)
    first = ChecklistItem.objects.filter(phase=Phase.SPIKES)[0]
    set_state(item=first, state="done", reason="", seen=first.version, by=lead, at=NOW)

    rail = items(shell_on(evaluation, lead))

    total = ChecklistItem.objects.filter(phase=Phase.SPIKES).count()
    assert (rail["spikes"].state, rail["spikes"].note) == ("open", f"1 of {total}")
    assert rail["readiness"].state == "ready"


def test_a_guest_is_offered_neither_the_teams_page_nor_a_way_to_it(evaluation: Evaluation) -> None:
    guest = make_guest(evaluation)

    shell = shell_on(evaluation, guest)

    assert "teams" not in items(shell)
    assert shell.team_url == reverse("overview:home")
    client = signed_in(guest)
    assert client.get(shell.team_url, follow=True).redirect_chain[-1][0] == f"/evaluations/{evaluation.pk}/"


def test_the_switcher_appears_with_a_second_team(evaluation: Evaluation, lead: Person) -> None:
    alone = drawn(shell_on(evaluation, lead))
    second = make_team("Second", lead=lead)

    both = drawn(shell_on(evaluation, lead))

    assert "Change team" not in alone and reverse("overview:team", args=[evaluation.team_id]) in alone
    assert "Change team" in both and reverse("overview:team", args=[second.pk]) in both
    assert both.count('aria-current="true"') == 1


def test_the_footer_says_revision_and_moment(evaluation: Evaluation, lead: Person) -> None:
    page = drawn(shell_on(evaluation, lead))

    assert f"Revision {evaluation.log.count}" in page
    assert '<time datetime="2026-03-02T09:00:00+00:00">2 Mar 2026 09:00 UTC</time>' in page


class TestFollowing:
    def asked(self, evaluation: Evaluation, person: Person, **query: Any) -> Any:
        return signed_in(person).get(reverse("overview:rail", args=[evaluation.pk]), query, headers=HTMX)

    def test_nothing_is_sent_where_nothing_happened(self, evaluation: Evaluation, lead: Person) -> None:
        assert self.asked(evaluation, lead, since=evaluation.log.count).status_code == 204

    def test_progress_place_and_revision_are_sent_after_a_change(self, evaluation: Evaluation, lead: Person) -> None:
        seen = evaluation.log.count
        item = ChecklistItem.objects.filter(phase=Phase.SPIKES)[0]
        set_state(item=item, state="done", reason="", seen=item.version, by=lead, at=NOW)

        part = self.asked(evaluation, make_member(evaluation.team), since=seen, place="matrix").content.decode()

        assert "1 of " in part and "<html" not in part and "<nav" not in part
        assert f'<input type="hidden" name="since" value="{seen + 1}">' in part
        assert 'id="rail-matrix" href="/evaluations/' in part and part.count('aria-current="page"') == 1
        assert '<footer class="foot" id="foot" hx-swap-oob="true">' in part and f"Revision {seen + 1}" in part

    def test_the_page_asks_for_the_place_it_shows(self, evaluation: Evaluation, lead: Person) -> None:
        page = signed_in(lead).get(reverse("history:page", args=[evaluation.pk])).content.decode()

        assert f'hx-get="/evaluations/{evaluation.pk}/rail/?place=history"' in page

    def test_a_teams_rail_follows_too(self, evaluation: Evaluation, lead: Person) -> None:
        url = reverse("overview:team_rail", args=[evaluation.team_id])

        part = signed_in(lead).get(url, {"since": 0, "place": "teams"}, headers=HTMX).content.decode()

        assert 'id="rail-teams"' in part and "Evaluations" in part
        assert signed_in(make_guest(evaluation)).get(url).status_code == 404

    def test_a_place_that_is_none_marks_nothing(self, evaluation: Evaluation, lead: Person) -> None:
        part = self.asked(evaluation, lead, place='"><script>').content.decode()

        assert "aria-current" not in part and "<script>" not in part


def test_the_address_of_a_page_alone_tells_its_place() -> None:
    assert place_of(resolve("/evaluations/1/checklist/teamfit/")) == "teamfit"
    assert place_of(resolve("/evaluations/1/checklist/no-phase/")) == "checklist"
