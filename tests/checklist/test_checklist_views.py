import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluations import catalogue
from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions, queries
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.teams.models import Person, Role
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_guest, make_member, make_person

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evaluation() -> Evaluation:
    return make_evaluation()


@pytest.fixture
def item(evaluation: Evaluation) -> ChecklistItem:
    return queries.items_of(evaluation, Phase.READINESS)[0]


@pytest.fixture
def lead_client(evaluation: Evaluation) -> Client:
    return signed_in(lead_of(evaluation.team))


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_url(evaluation: Evaluation, phase: str = Phase.READINESS) -> str:
    return reverse("checklist:phase", args=[evaluation.pk, phase])


def set_url(item: ChecklistItem) -> str:
    return reverse("checklist:set_state", args=[item.evaluation_id, item.pk])


def typed(item: ChecklistItem, **fields: Any) -> dict[str, Any]:
    return {"state": "done", "reason": "See run 3", "seen": item.version, **fields}


def state_of(item: ChecklistItem) -> tuple[str, str]:
    found = ChecklistItem.objects.get(pk=item.pk)
    return found.state, found.reason


@pytest.mark.parametrize("phase", Phase.values)
def test_every_phase_has_its_page_with_purpose_items_and_the_evidence_asked_for(
    lead_client: Client, evaluation: Evaluation, phase: str
) -> None:
    page = lead_client.get(page_url(evaluation, phase)).content.decode()

    about = catalogue.phase(phase)
    assert page.count('<li id="item-') == len(about.items) > 0
    assert f"0 of {len(about.items)} settled" in page
    assert page.count("Evidence: ") == sum(bool(item.evidence) for item in about.items)
    assert page.count("<summary>Assign") == len(about.items)


@pytest.mark.parametrize("phase", Phase.values)
def test_the_list_stands_on_the_phases_own_page_with_one_click_for_each_open_item(
    lead_client: Client, evaluation: Evaluation, phase: str
) -> None:
    item = evaluation.checklist_items.filter(phase=phase).first()

    page = lead_client.get(reverse(f"{phase}:index", args=[evaluation.pk])).content.decode()

    total = len(catalogue.phase(phase).items)
    assert f"0 of {total} settled" in page and page.count("Tick off<") == total
    lead_client.post(set_url(item), typed(item, reason=""))
    page = lead_client.get(reverse(f"{phase}:index", args=[evaluation.pk])).content.decode()
    assert f"1 of {total} settled" in page and page.count("Tick off<") == total - 1


def test_a_phase_nobody_knows_is_not_there(lead_client: Client, evaluation: Evaluation) -> None:
    for name in ("phase", "items"):
        assert lead_client.get(reverse(f"checklist:{name}", args=[evaluation.pk, "other"])).status_code == 404
    assert lead_client.post(reverse("checklist:add", args=[evaluation.pk, "other"]), {"text": "x"}).status_code == 404


def test_without_script_setting_leads_back_to_the_list(
    lead_client: Client, evaluation: Evaluation, item: ChecklistItem
) -> None:
    answer = lead_client.post(set_url(item), typed(item))

    assert (answer.status_code, answer["Location"]) == (303, page_url(evaluation))
    assert state_of(item) == ("done", "See run 3")
    assert "See run 3" in lead_client.get(page_url(evaluation)).content.decode()


def test_with_htmx_the_item_alone_comes_back_and_the_other_parts_look_again(
    lead_client: Client, item: ChecklistItem
) -> None:
    answer = lead_client.post(set_url(item), typed(item), headers=HTMX)

    part = answer.content.decode()
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "revision")
    assert part.lstrip().startswith(f'<li id="item-{item.pk}">') and '<span class="chip ok">done</span>' in part
    assert f'name="seen" value="{ChecklistItem.objects.get(pk=item.pk).version}"' in part


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_of_two_on_one_item_the_second_sees_both_and_loses_nothing(
    evaluation: Evaluation, item: ChecklistItem, headers: dict[str, str]
) -> None:
    first, second = (signed_in(make_member(evaluation.team)) for _ in range(2))
    first.post(set_url(item), typed(item, state="not_applicable", reason="Theirs"))

    answer = second.post(set_url(item), typed(item, reason="Mine, half a page"), headers=headers)

    part = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in part and 'value="Mine, half a page"' in part
    assert "Somebody set this to “not applicable” while this form was open." in part
    assert ("<html" in part) == (not headers)
    assert state_of(item) == ("not_applicable", "Theirs")
    seen = re.search(r'name="seen" value="(\d+)"', part)
    assert seen is not None
    again = second.post(set_url(item), typed(item, reason="Mine, half a page", seen=seen[1]), headers=headers)
    assert again.status_code in {200, 303} and state_of(item) == ("done", "Mine, half a page")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_not_applicable_without_a_reason_says_so_beside_the_field(
    lead_client: Client, item: ChecklistItem, headers: dict[str, str]
) -> None:
    answer = lead_client.post(set_url(item), typed(item, state="not_applicable", reason=""), headers=headers)

    part = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why it does not apply." in part
    assert '<option value="not_applicable" selected>' in part and '<details class="more" open>' in part
    assert state_of(item) == ("open", "")


@pytest.mark.parametrize("sent", [{"state": "perhaps"}, {"seen": "x"}, {"reason": "x" * 501}])
def test_what_no_form_would_send_is_refused_in_place(
    lead_client: Client, item: ChecklistItem, sent: dict[str, str]
) -> None:
    assert lead_client.post(set_url(item), typed(item, **sent), headers=HTMX).status_code == 422
    assert state_of(item) == ("open", "")


def test_a_refusal_without_script_stands_in_its_phase(lead_client: Client, item: ChecklistItem) -> None:
    page = lead_client.post(set_url(item), typed(item, state="not_applicable", reason="")).content.decode()

    current = re.search(r'<a id="rail-([a-z]+)"[^>]*aria-current="page"', page)
    assert current is not None and current[1] == "readiness"


def test_an_own_item_is_added_at_the_end(lead_client: Client, evaluation: Evaluation) -> None:
    url = reverse("checklist:add", args=[evaluation.pk, Phase.READINESS])

    answer = lead_client.post(url, {"text": "Ask <b>operations</b>", "evidence_asked": "Their yes"})

    page = lead_client.get(page_url(evaluation)).content.decode()
    assert (answer.status_code, answer["Location"]) == (303, page_url(evaluation))
    assert "Ask &lt;b&gt;operations&lt;/b&gt;" in page and "Evidence: Their yes" in page


def test_an_empty_item_is_refused_beside_its_field(lead_client: Client, evaluation: Evaluation) -> None:
    answer = lead_client.post(reverse("checklist:add", args=[evaluation.pk, Phase.READINESS]), {"text": ""})

    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()


def test_who_only_reads_sees_the_list_without_its_forms_and_is_refused(
    evaluation: Evaluation, item: ChecklistItem
) -> None:
    viewer = signed_in(make_member(evaluation.team, Role.VIEWER))

    page = viewer.get(page_url(evaluation)).content.decode()

    assert item.text in page and "<summary>" not in page.split('id="main"')[1] and "Something missing?" not in page
    assert viewer.post(set_url(item), typed(item)).status_code == 403
    assert (
        viewer.post(reverse("checklist:add", args=[evaluation.pk, Phase.READINESS]), {"text": "x"}).status_code == 403
    )


def test_a_decided_evaluation_is_read_only(lead_client: Client, evaluation: Evaluation, item: ChecklistItem) -> None:
    Evaluation.objects.update(state=Evaluation.State.DECIDED)

    assert lead_client.get(page_url(evaluation)).status_code == 200
    assert lead_client.post(set_url(item), typed(item)).status_code == 403


def test_strangers_and_items_of_others_are_not_there(evaluation: Evaluation, item: ChecklistItem) -> None:
    other = make_evaluation()
    foreign = reverse("checklist:set_state", args=[other.pk, item.pk])

    assert signed_in(make_person()).get(page_url(evaluation)).status_code == 404
    assert signed_in(lead_of(other.team)).post(foreign, typed(item)).status_code == 404
    assert signed_in(make_guest(evaluation)).get(page_url(evaluation)).status_code == 200


class TestFollowing:
    def changes(self, client: Client, evaluation: Evaluation, since: int) -> Any:
        url = reverse("checklist:items", args=[evaluation.pk, Phase.READINESS])
        return client.get(url, {"since": since}, headers=HTMX)

    def test_the_list_is_sent_when_an_item_changed(
        self, lead_client: Client, evaluation: Evaluation, item: ChecklistItem
    ) -> None:
        seen = evaluation.log.count
        actions.set_state(item=item, state="done", reason="", seen=item.version, by=lead_of(evaluation.team), at=NOW)

        part = self.changes(lead_client, evaluation, seen)

        assert part.status_code == 200
        assert part.content.decode().lstrip().startswith('<section id="checklist"')
        assert f'name="since" value="{seen + 1}"' in part.content.decode()

    def test_nothing_is_sent_when_something_else_changed(self, lead_client: Client, evaluation: Evaluation) -> None:
        from evaluations.rounds.actions import open_round

        seen = evaluation.log.count
        open_round(evaluation=evaluation, subject="weights", by=lead_of(evaluation.team), at=NOW)

        assert self.changes(lead_client, evaluation, seen).status_code == 204
        assert self.changes(lead_client, evaluation, evaluation.log.count).status_code == 204

    def test_the_list_costs_the_same_however_long_it_is(
        self, lead_client: Client, evaluation: Evaluation, django_assert_max_num_queries: Any
    ) -> None:
        make_candidate(evaluation)

        with django_assert_max_num_queries(14):
            self.changes(lead_client, evaluation, 0)
