import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from evaluations.assignments.actions import assign
from evaluations.candidates.door import end_guest_access
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.checklist import actions as checklist
from evaluations.overview import queries
from evaluations.requirements.models import Criterion
from evaluations.requirements.weighing import agree_weights
from evaluations.rounds import actions as rounds
from evaluations.scoring import standing
from evaluations.scoring.actions import set_score, set_verdict
from evaluations.teams.models import Person, Role
from tests.builders import (
    NOW,
    lead_of,
    make_candidate,
    make_criterion,
    make_evaluation,
    make_guest,
    make_guest_reviewer,
    make_member,
    make_person,
    make_requirement,
    make_team,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nothing_remembered(db: None) -> None:
    """Keys begin anew in each test's transaction only by luck: what another test computed is not this one's."""
    cache.clear()


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def lead(evaluation: Evaluation) -> Person:
    return lead_of(evaluation.team)


def get(person: Person, url: str, **query: Any) -> Any:
    client = Client()
    client.force_login(person)
    return client.get(url, query)


def shown(person: Person, url: str, **query: Any) -> str:
    answer = get(person, url, **query)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.content.decode())


def overview_of(evaluation: Evaluation, person: Person | None = None) -> str:
    return shown(person or lead_of(evaluation.team), reverse("overview:evaluation", args=[evaluation.pk]))


def score(candidate: Candidate, criterion: Criterion, value: float) -> None:
    by = lead_of(candidate.evaluation.team)
    facts = {"value": Decimal(str(value)), "reason": "", "seen": 0}
    set_score(candidate=candidate, criterion=criterion, **facts, by=by, at=NOW)


def weigh(evaluation: Evaluation, *criteria: Criterion) -> None:
    shares = {criterion.pk: 1 / len(criteria) for criterion in criteria}
    agree_weights(evaluation=evaluation, shares=shares, method="points", seen=0, by=lead_of(evaluation.team), at=NOW)


def pair(evaluation: Evaluation) -> tuple[Candidate, Candidate]:
    return make_candidate(evaluation, "FastAPI"), make_candidate(evaluation, "Django")


class TestHome:
    def test_one_team_is_gone_to_at_once(self, evaluation: Evaluation, lead: Person) -> None:
        assert get(lead, "/").url == reverse("overview:team", args=[evaluation.team_id])

    def test_several_teams_are_offered_with_ones_work_in_all_of_them(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        second = make_evaluation("Billing", team=make_team("Second", lead=lead))
        give(second, lead, "Measure the outage")

        page = shown(lead, "/")

        assert "Your teams" in page and "Second" in page and evaluation.team.name in page
        assert "Measure the outage" in page

    def test_the_newest_of_each_team_stand_there_with_their_verdicts(self, lead: Person) -> None:
        second = make_team("Second", lead=lead)
        for number in range(1, 6):
            make_evaluation(f"Billing {number}", team=second)
        make_team("Third", lead=lead)

        page = shown(lead, "/")

        titles = re.findall(r"<h3><a [^>]*>([^<]+)", page)
        assert [title for title in titles if title.startswith("Billing")] == ["Billing 5", "Billing 4", "Billing 3"]
        assert page.count("There is nothing to compare yet: add candidates.") == 4
        assert "and 2 more" in page and "No evaluation yet." in page

    def test_a_guest_of_several_evaluations_finds_each_with_its_team(self, evaluation: Evaluation) -> None:
        guest = make_guest_reviewer(evaluation)
        make_guest_reviewer(make_evaluation("Billing", team=make_team("Second")), guest)

        page = shown(guest, "/")

        assert "Evaluations you were admitted to" in page
        assert all(name in page for name in (evaluation.title, evaluation.team.name, "Billing", "Second"))

    def test_a_guest_of_one_evaluation_is_led_to_it_and_sees_nothing_else(self, evaluation: Evaluation) -> None:
        other = make_evaluation("Secret plans", team=evaluation.team)
        guest = make_guest(evaluation)

        assert get(guest, "/").url == reverse("overview:evaluation", args=[evaluation.pk])
        assert "Secret plans" not in overview_of(evaluation, guest)
        assert get(guest, reverse("overview:evaluation", args=[other.pk])).status_code == 404
        assert get(guest, reverse("overview:team", args=[evaluation.team_id])).status_code == 404

    def test_a_guest_of_two_chooses(self, evaluation: Evaluation) -> None:
        guest = make_guest(evaluation)
        other = make_evaluation("Billing")
        other.guests.create(person=guest, role="contributor", since_at=NOW)

        page = shown(guest, "/")

        assert "Evaluations you were admitted to" in page
        assert "Billing" in page and "as a guest" in page and evaluation.title in page

    def test_a_member_of_one_team_who_is_also_a_guest_sees_both(self, evaluation: Evaluation) -> None:
        person = make_person()
        make_team("Own", lead=person)
        evaluation.guests.create(person=person, role="contributor", since_at=NOW)

        page = shown(person, "/")

        assert "Own" in page and evaluation.title in page

    def test_whoever_belongs_nowhere_is_told_what_to_do(self) -> None:
        page = shown(make_person(), "/")

        assert "You are in no team yet" in page and reverse("teams:create") in page

    def test_a_guest_whose_access_ended_has_nothing_left(self, evaluation: Evaluation, lead: Person) -> None:
        guest = make_guest(evaluation)
        end_guest_access(guest=guest.guest_access.get(), by=lead, at=NOW + timedelta(hours=1))

        assert "You are in no team yet" in shown(guest, "/")
        assert get(guest, reverse("overview:evaluation", args=[evaluation.pk])).status_code == 404

    def test_strangers_are_asked_to_sign_in(self, evaluation: Evaluation) -> None:
        for url in ("/", reverse("overview:evaluation", args=[evaluation.pk])):
            assert Client().get(url).url.startswith("/accounts/login/")


def give(evaluation: Evaluation, owner: Person, title: str, due: Any = None) -> None:
    subject = f"item:{evaluation.checklist_items.order_by('pk')[evaluation.assignments.count()].pk}"
    by = lead_of(evaluation.team)
    assign(evaluation=evaluation, subject=subject, title=title, owner=owner, due_date=due, seen=0, by=by, at=NOW)


class TestTeamPage:
    def test_an_empty_team_says_who_begins(self) -> None:
        team = make_team()
        contributor = make_member(team)
        url = reverse("overview:team", args=[team.pk])

        assert reverse("candidates:create", args=[team.pk]) in shown(lead_of(team), url)
        theirs = shown(contributor, url)
        assert "A lead of this team begins one" in theirs
        assert reverse("candidates:create", args=[team.pk]) not in theirs

    def test_each_evaluation_is_a_card_with_verdict_progress_and_moment(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        url = reverse("overview:team", args=[evaluation.team_id])

        page = shown(lead, url)

        assert "There is nothing to compare yet: add candidates." in page
        assert page.count('<svg class="ring') == 5 and "Readiness: 0 of" in page
        assert "changed <time" in page and "2 Mar 2026, 09:00" in page

    def test_an_example_says_that_it_is_invented_and_a_closed_one_that_it_is(self, lead: Person) -> None:
        team = make_team(lead=lead)
        make_evaluation("Shown", team=team, example="logistics")
        Evaluation.objects.filter(pk=make_evaluation("Old", team=team).pk).update(state=Evaluation.State.DECIDED)

        page = shown(lead, reverse("overview:team", args=[team.pk]))

        assert page.count("invented example") == 1 and '<span class="chip">decided</span>' in page

    def test_ten_evaluations_cost_few_queries_more_than_one(
        self, evaluation: Evaluation, lead: Person, django_assert_max_num_queries: Any
    ) -> None:
        client = Client()
        client.force_login(lead)
        url = reverse("overview:team", args=[evaluation.team_id])
        for number in range(9):
            make_evaluation(f"Number {number}", team=evaluation.team)
        client.get(url)

        with django_assert_max_num_queries(30):
            client.get(url)


class TestMyWork:
    def work(self, person: Person, evaluation: Evaluation) -> queries.Work:
        return queries.work_of(person, queries.evaluations_of(evaluation.team), today=NOW.date())

    def test_nothing_waits_at_first(self, evaluation: Evaluation, lead: Person) -> None:
        assert self.work(lead, evaluation).is_empty
        assert "Nothing waits for you." in shown(lead, reverse("overview:team", args=[evaluation.team_id]))

    def test_what_was_assigned_stands_there_with_its_date_the_most_pressing_first(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        give(evaluation, lead, "No date")
        give(evaluation, lead, "Later", due=NOW.date() + timedelta(days=9))
        give(evaluation, lead, "Sooner", due=NOW.date())

        page = shown(lead, reverse("overview:team", args=[evaluation.team_id]))

        assert page.index("Sooner") < page.index("Later") < page.index("No date")
        assert '<time datetime="2026-03-02">2 Mar 2026</time>' in page

    @pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (None, False)])
    def test_what_is_past_its_date_is_late(
        self, evaluation: Evaluation, lead: Person, days: int | None, late: bool
    ) -> None:
        give(evaluation, lead, "Ask", due=None if days is None else NOW.date() + timedelta(days=days))

        assert [given.is_late for given in self.work(lead, evaluation).assignments] == [late]

    def test_each_leads_to_the_page_where_it_is_done(self, evaluation: Evaluation, lead: Person) -> None:
        candidate, criterion = make_candidate(evaluation), make_criterion(evaluation)
        requirement = make_requirement(evaluation, must_have=True)
        item = evaluation.checklist_items.filter(phase="teamfit")[0]
        cell, here = f"{candidate.pk}:{criterion.pk}", f"/evaluations/{evaluation.pk}"
        places = {
            f"cell:{cell}": reverse("scoring:cell", args=[evaluation.pk, candidate.pk, criterion.pk]),
            f"requirement:{requirement.pk}": f"{here}/requirements/",
            f"verdict:{requirement.pk}:{candidate.pk}": f"{here}/scoring/verdicts/",
            "phase:readiness": f"{here}/readiness/",
            f"item:{item.pk}": f"{here}/checklist/teamfit/#item-{item.pk}",
        }
        for subject in places:
            given = {"subject": subject, "title": subject, "owner": lead, "due_date": None, "seen": 0}
            assign(evaluation=evaluation, **given, by=lead, at=NOW)

        found = {given.assignment.subject: given.url for given in self.work(lead, evaluation).assignments}

        assert found == places
        assert {get(lead, url).status_code for url in found.values()} == {200}

    def test_an_item_that_is_settled_waits_for_nobody_until_it_is_opened_again(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        give(evaluation, lead, "Ask")
        item = evaluation.checklist_items.order_by("pk")[0]
        by = {"reason": "", "by": lead, "at": NOW}

        done = checklist.set_state(item=item, state="done", seen=item.version, **by)
        after = self.work(lead, evaluation).assignments
        checklist.set_state(item=item, state="open", seen=done.version, **by)

        assert after == []
        assert [given.assignment.title for given in self.work(lead, evaluation).assignments] == ["Ask"]

    def test_what_another_was_given_is_not_mine(self, evaluation: Evaluation, lead: Person) -> None:
        give(evaluation, make_member(evaluation.team), "Theirs")

        assert self.work(lead, evaluation).is_empty

    @pytest.mark.parametrize("subject", ["votes", "weights", "ratings"])
    def test_an_open_round_waits_until_one_is_finished_or_it_is_revealed(
        self, evaluation: Evaluation, lead: Person, subject: str
    ) -> None:
        mia = make_member(evaluation.team)
        opened = rounds.open_round(evaluation=evaluation, subject=subject, by=lead, at=NOW)
        waiting = self.work(mia, evaluation).rounds
        rounds.set_finished(round=opened, finished=True, by=mia, at=NOW)

        assert [row.page for row in waiting] == [queries.ROUND_PAGES[subject][1]]
        assert get(mia, reverse(waiting[0].page, args=[evaluation.pk])).status_code == 200
        assert self.work(mia, evaluation).is_empty and not self.work(lead, evaluation).is_empty
        rounds.reveal(round=opened, by=lead, at=NOW)
        assert self.work(lead, evaluation).is_empty

    def test_rounds_wait_for_those_who_rate_only_and_nowhere_in_a_closed_evaluation(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        viewer = make_member(evaluation.team, Role.VIEWER)
        rounds.open_round(evaluation=evaluation, subject="weights", by=lead, at=NOW)

        assert self.work(viewer, evaluation).is_empty
        Evaluation.objects.update(state=Evaluation.State.DECIDED)
        assert self.work(lead, evaluation).is_empty


class TestOverview:
    def test_without_candidates_it_says_to_add_some(self, evaluation: Evaluation) -> None:
        page = overview_of(evaluation)

        assert "Begin with what you choose between" in page
        assert f'href="{reverse("candidates:page", args=[evaluation.pk])}">Add candidates' in page

    def test_without_criteria_it_leads_to_the_requirements(self, evaluation: Evaluation) -> None:
        make_candidate(evaluation, "Django")

        page = overview_of(evaluation)

        assert "Next: what the service needs" in page and "add criteria" in page

    def test_while_nothing_is_known_it_is_too_early(self, evaluation: Evaluation) -> None:
        pair(evaluation)
        make_criterion(evaluation, "Speed")

        page = overview_of(evaluation)

        assert "Too early: nothing is known yet." in page
        assert "Speed, FastAPI" in page or "Speed, Django" in page

    def test_a_single_candidate_has_nothing_beside_it(self, evaluation: Evaluation) -> None:
        make_candidate(evaluation, "Django")
        make_criterion(evaluation, "Speed")

        page = overview_of(evaluation)

        assert "Django is the only candidate" in page
        assert "This list fills when there is something to compare." in page

    def test_where_nothing_tells_them_apart_nobody_is_sent_collecting(self, evaluation: Evaluation) -> None:
        speed = make_criterion(evaluation, "Speed")
        for candidate in pair(evaluation):
            score(candidate, speed, 4)
        weigh(evaluation, speed)

        page = overview_of(evaluation)

        assert "are level at 4.00 of 5." in page
        assert "Stop collecting: no cell tells them apart any more." in page
        assert "Stop collecting, decide" not in page

    def test_the_leader_is_named_in_its_own_weight(self, evaluation: Evaluation) -> None:
        fast, django = pair(evaluation)
        speed = make_criterion(evaluation, "Speed")
        score(fast, speed, 4)
        score(django, speed, 3)
        weigh(evaluation, speed)

        page = overview_of(evaluation)

        assert '<h1 class="verdict"><b>FastAPI</b> leads with 4.0 of 5, ahead of Django by 1.0.</h1>' in page
        assert "It is first in 100 % of 10,000 draws" in page
        assert "<b>4.0</b> 4.0–4.0" in page
        assert "Stop collecting, decide" in page

    def test_level_candidates_are_called_level(self, evaluation: Evaluation) -> None:
        speed = make_criterion(evaluation, "Speed")
        for candidate in pair(evaluation):
            score(candidate, speed, 3)

        page = overview_of(evaluation)

        assert "FastAPI and Django are level at 3.00 of 5." in page and "Weights are not agreed yet" in page

    def test_a_candidate_that_fails_a_must_have_stands_apart_with_the_reason(self, evaluation: Evaluation) -> None:
        fast, django = pair(evaluation)
        speed = make_criterion(evaluation, "Speed")
        score(fast, speed, 4)
        fail(evaluation, django, "Holds 5,000 sockets")

        page = overview_of(evaluation)

        assert "Only FastAPI is left: the other candidate fails a must-have." in page
        assert "out: fails “Holds 5,000 sockets”" in page and "Django: It does not" in page

    def test_when_all_are_out_no_leader_is_named(self, evaluation: Evaluation) -> None:
        make_criterion(evaluation, "Speed")
        for candidate in pair(evaluation):
            fail(evaluation, candidate, f"Suits {candidate.name}")

        assert "No candidate is left: each fails a must-have." in overview_of(evaluation)

    def test_unknown_cells_are_question_marks_and_worth_finding_out(self, evaluation: Evaluation) -> None:
        fast, django = pair(evaluation)
        speed = make_criterion(evaluation, "Speed")
        score(fast, speed, 4)

        page = overview_of(evaluation)

        assert '<span class="cell v0"><b>?</b></span>' in page
        assert "Speed, Django" in page and "changes the winner in" in page and "points an hour" in page
        assert f'id="assign-cell-{django.pk}-{speed.pk}"' in page

    def test_a_viewer_reads_all_of_it_and_assigns_nothing(self, evaluation: Evaluation) -> None:
        pair(evaluation)
        make_criterion(evaluation, "Speed")

        page = overview_of(evaluation, make_member(evaluation.team, Role.VIEWER))

        assert "Find out next" in page and "<summary>Assign" not in page

    def test_five_phases_with_their_purpose_and_progress(self, evaluation: Evaluation) -> None:
        page = overview_of(evaluation)

        assert page.count("<progress max=") == 5
        assert reverse("teamfit:index", args=[evaluation.pk]) in page

    def test_an_example_says_that_it_is_invented(self) -> None:
        assert "invented example" in overview_of(make_evaluation(example="logistics"))

    def test_standing_is_computed_once_per_revision(
        self, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        speed = make_criterion(evaluation, "Speed")
        fast, _ = pair(evaluation)
        computed: list[int] = []
        real = standing.standing_of
        monkeypatch.setattr(standing, "standing_of", lambda matrix: computed.append(matrix.revision) or real(matrix))
        cache.clear()

        for _ in range(3):
            overview_of(evaluation)
        shown(lead_of(evaluation.team), reverse("overview:team", args=[evaluation.team_id]))
        score(fast, speed, 4)
        overview_of(evaluation)

        assert len(computed) == 2 and computed[0] + 1 == computed[1]


def fail(evaluation: Evaluation, candidate: Candidate, statement: str) -> None:
    requirement = make_requirement(evaluation, statement, must_have=True)
    verdict = {"verdict": "not_met", "reason": "It does not", "seen": 0}
    by = lead_of(evaluation.team)
    set_verdict(requirement=requirement, candidate=candidate, **verdict, by=by, at=NOW)


class TestFollowing:
    def changes(self, evaluation: Evaluation, since: int) -> Any:
        client = Client()
        client.force_login(lead_of(evaluation.team))
        url = reverse("overview:changes", args=[evaluation.pk])
        return client.get(url, {"since": since}, headers=HTMX)

    def test_nothing_is_sent_where_nothing_happened(self, evaluation: Evaluation) -> None:
        assert self.changes(evaluation, evaluation.log.count).status_code == 204

    def test_the_part_is_the_one_the_page_was_drawn_from(self, evaluation: Evaluation) -> None:
        seen = evaluation.log.count
        make_candidate(evaluation, "Django")

        part = self.changes(evaluation, seen).content.decode()

        assert part.lstrip().startswith('<div id="overview"') and "<html" not in part
        assert f'name="since" value="{evaluation.log.count}"' in part
        assert "Added the candidate Django" in part

    def test_a_new_verdict_is_said_to_those_who_do_not_see_it_and_an_old_one_is_not(
        self, evaluation: Evaluation, lead: Person
    ) -> None:
        url = reverse("overview:changes", args=[evaluation.pk])
        old = "There is nothing to compare yet: add candidates."
        make_candidate(evaluation, "Django")

        new = shown(lead, url, since=0, said=old)
        again = shown(lead, url, since=0, said="There is nothing to compare by yet: add criteria.")

        said = '<div id="announce" hx-swap-oob="innerHTML">There is nothing to compare by yet: add criteria.</div>'
        assert said in new and 'id="announce"' not in again
