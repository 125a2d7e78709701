import io
import json
import threading
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import reverse

from evaluations.audit.models import AuditEvent
from evaluations.candidates import actions as candidates
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.record import actions
from evaluations.record.canonical import canonical_bytes, checksum
from evaluations.record.compose import body_now, counted_body
from evaluations.record.files import file_name
from evaluations.record.models import Draft
from evaluations.record.printing import print_record
from evaluations.record.tasks import print_draft
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from fwselect.local.processes import wait_until
from tests.builders import NOW, lead_of, make_candidate, make_evaluation, make_member, make_person
from tests.scoring.table import make_table

HTMX = {"HX-Request": "true"}
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    """Files of one test, away from those of others."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return tmp_path


def ask(evaluation, by=None):
    return actions.request_draft(evaluation=evaluation, by=by or lead_of(evaluation.team), at=LATER)


def printed(evaluation):
    draft = ask(evaluation)
    print_draft(job_id=draft.job_id)
    draft.refresh_from_db()
    return draft


def url(name, *args):
    return reverse(f"record:{name}", args=args)


@pytest.mark.django_db
class TestAsking:
    def test_a_draft_keeps_its_body_and_asks_the_worker_and_the_history_tells(self):
        table = make_table()

        draft = ask(table.evaluation)

        assert (draft.body["revision"], draft.sha256) == (draft.revision, checksum(draft.body))
        assert (draft.job.state, draft.job.task) == (Job.State.QUEUED, "evaluations.record.tasks.print_draft")
        event = AuditEvent.objects.filter(log=table.evaluation.log).last()
        assert (event.kind, event.about) == ("record.draft_asked", {"draft": draft.pk})
        assert event.payload == {"revision": draft.revision, "sha256": draft.sha256}

    def test_the_same_body_is_the_same_draft_and_nothing_is_written(self):
        evaluation = make_evaluation()
        first = ask(evaluation)

        again = ask(evaluation)

        assert again == first
        assert AuditEvent.objects.filter(kind="record.draft_asked").count() == 1
        assert Job.objects.count() == 1

    def test_what_changed_since_makes_another_draft_and_the_first_stays_as_it_was(self):
        evaluation = make_evaluation()
        first = printed(evaluation)
        make_candidate(evaluation, "Django", at=LATER)

        second = ask(evaluation)

        assert second != first
        assert second.revision > first.revision
        assert Draft.objects.get(pk=first.pk).body["candidates"] == []

    def test_what_was_written_between_the_look_and_the_lock_is_in_the_draft(self, monkeypatch):
        table = make_table()
        looked = counted_body(table.evaluation)
        table.agree({("FastAPI", "Speed"): 4})
        monkeypatch.setattr(actions, "counted_body", lambda evaluation: looked)

        draft = ask(table.evaluation)

        assert draft.sha256 == checksum(body_now(table.evaluation)) != checksum(looked[1])

    def test_everybody_who_may_read_may_ask_and_a_stranger_may_not(self):
        evaluation = make_evaluation()
        viewer = make_member(evaluation.team, Role.VIEWER)

        assert ask(evaluation, by=viewer).asked_by == viewer
        with pytest.raises(Refused):
            ask(evaluation, by=make_person())

    def test_a_draft_whose_printing_failed_is_printed_again_on_asking(self):
        evaluation = make_evaluation()
        draft = ask(evaluation)
        job = jobs.claim(job_id=draft.job_id, at=LATER)
        jobs.fail(job=job, error="no room", at=LATER)

        again = ask(evaluation)

        assert again == draft
        assert again.job != job
        assert again.job.state == Job.State.QUEUED

    def test_a_draft_whose_file_is_gone_is_printed_again_on_asking(self):
        evaluation = make_evaluation()
        draft = printed(evaluation)
        default_storage.delete(draft.pdf.name)

        ask(evaluation)

        draft.refresh_from_db()
        assert draft.job.state == Job.State.QUEUED
        print_draft(job_id=draft.job_id)
        draft.refresh_from_db()
        assert default_storage.exists(draft.pdf.name)


@pytest.mark.django_db
class TestPrinting:
    def test_the_pdf_is_printed_from_the_stored_body_whatever_happened_since(self):
        evaluation = make_evaluation("Order service")
        draft = ask(evaluation)
        candidates.describe(
            evaluation=evaluation,
            title="Something else",
            context="",
            seen=evaluation.version,
            by=lead_of(evaluation.team),
            at=LATER,
        )

        print_draft(job_id=draft.job_id)

        draft.refresh_from_db()
        pdf = draft.pdf.read()
        assert pdf == print_record(draft.body)
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert bytes(opened.attachments["record.json"].get_file().read_bytes()) == canonical_bytes(draft.body)
        assert draft.job.state == Job.State.DONE

    def test_a_second_delivery_prints_nothing_twice(self):
        evaluation = make_evaluation()
        draft = printed(evaluation)
        default_storage.delete(draft.pdf.name)

        print_draft(job_id=draft.job_id)

        assert not default_storage.exists(draft.pdf.name)

    def test_a_stored_body_that_was_changed_is_not_printed_and_says_why(self):
        draft = ask(make_evaluation())
        Draft.objects.filter(pk=draft.pk).update(body={**draft.body, "revision": 99})

        print_draft(job_id=draft.job_id)

        draft.refresh_from_db()
        assert (draft.job.state, bool(draft.pdf)) == (Job.State.FAILED, False)
        assert "does not match its checksum" in draft.job.error


@pytest.mark.django_db
class TestPage:
    def test_before_the_first_draft_the_page_says_what_is_open_and_offers_to_print(self, client):
        table = make_table()
        client.force_login(table.lead)

        page = client.get(url("draft", table.evaluation.pk)).content.decode()

        assert "Not printed yet" in page
        assert "4 of 4 cells are unknown." in page
        assert url("ask", table.evaluation.pk) in page

    @pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
    def test_asking_works_with_and_without_htmx(self, client, headers, status):
        evaluation = make_evaluation()
        client.force_login(lead_of(evaluation.team))

        answer = client.post(url("ask", evaluation.pk), headers=headers)

        assert answer.status_code == status
        assert Draft.objects.get().evaluation == evaluation
        if headers:
            assert 'id="draft"' in answer.content.decode()
            assert "Waiting for the worker" in answer.content.decode()

    def test_the_live_part_answers_204_until_the_printing_or_the_evaluation_moves_on(self, client):
        evaluation = make_evaluation()
        client.force_login(lead_of(evaluation.team))
        draft = ask(evaluation)
        part = client.get(url("state", evaluation.pk)).content.decode()
        seen = part.split('name="seen" value="')[1].split('"')[0]

        before = client.get(url("state", evaluation.pk), {"seen": seen})
        print_draft(job_id=draft.job_id)
        after = client.get(url("state", evaluation.pk), {"seen": seen})

        assert (before.status_code, after.status_code) == (204, 200)
        assert url("download", evaluation.pk, draft.pk, "pdf") in after.content.decode()

    def test_when_the_evaluation_moved_on_the_page_says_so_and_offers_to_print_again(self, client):
        evaluation = make_evaluation()
        client.force_login(lead_of(evaluation.team))
        draft = printed(evaluation)
        newest = client.get(url("draft", evaluation.pk)).content.decode()
        make_candidate(evaluation, "Django", at=LATER)

        page = client.get(url("draft", evaluation.pk)).content.decode()

        assert "Print as at revision" not in newest
        assert f"As at revision {draft.revision}" in page
        assert "Print as at revision" in page

    def test_a_failed_printing_is_told_with_its_reason(self, client):
        evaluation = make_evaluation()
        client.force_login(lead_of(evaluation.team))
        draft = ask(evaluation)
        jobs.fail(job=jobs.claim(job_id=draft.job_id, at=LATER), error="no <room> left", at=LATER)

        page = client.get(url("draft", evaluation.pk)).content.decode()

        assert "no &lt;room&gt; left" in page
        assert "Print as at revision" in page

    @pytest.mark.parametrize(
        ("kind", "content_type", "begins"),
        [
            ("pdf", "application/pdf", b"%PDF-"),
            ("json", "application/json", b'{"as_of"'),
            ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
            ("md", "text/markdown; charset=utf-8", b"---\nstatus"),
        ],
    )
    def test_each_form_of_a_draft_is_taken_away_as_a_file(self, client, kind, content_type, begins):
        evaluation = make_evaluation("Order service")
        draft = printed(evaluation)
        client.force_login(make_member(evaluation.team, Role.VIEWER))

        answer = client.get(url("download", evaluation.pk, draft.pk, kind))

        assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
        assert answer.getvalue().startswith(begins)
        name = f'attachment; filename="order-service-draft-r{draft.revision}.{kind}"'
        assert answer["Content-Disposition"] == name

    def test_what_is_not_there_is_404(self, client):
        evaluation, other = make_evaluation(), make_evaluation()
        draft = ask(evaluation)
        client.force_login(lead_of(evaluation.team))
        foreign = ask(other)

        answers = [
            client.get(url("download", evaluation.pk, draft.pk, "pdf")),
            client.get(url("download", evaluation.pk, draft.pk, "exe")),
            client.get(url("download", evaluation.pk, foreign.pk, "json")),
            client.get(url("download", other.pk, foreign.pk, "json")),
            client.get(url("draft", other.pk)),
            client.post(url("ask", other.pk)),
        ]

        assert [answer.status_code for answer in answers] == [404] * 6


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Order service", "order-service-draft-r3.pdf"),
        ("../../etc/passwd\r\nSet-Cookie: a", "etcpasswd-set-cookie-a-draft-r3.pdf"),
        ("山", "山-draft-r3.pdf"),
        ("!!!", "decision-record-draft-r3.pdf"),
        ("a" * 200, "a" * 60 + "-draft-r3.pdf"),
    ],
)
def test_a_file_s_name_is_made_of_the_title_s_letters_and_digits(title, name):
    body = {"evaluation": {"title": title}, "state": "draft", "revision": 3}

    assert file_name(body, "pdf") == name


@pytest.mark.django_db(transaction=True)
def test_five_who_ask_at_once_get_one_draft_printed_once():
    table = make_table()
    found, failed = [], []

    def one():
        try:
            found.append(ask(table.evaluation, by=table.lead).pk)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert (len(set(found)), len(found), failed) == (1, 5, [])
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_prints_the_draft(worker_process, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": str(settings.FWSELECT_UPLOADS)}},
    }
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4, ("Django", "Speed"): 3})
    draft = ask(table.evaluation)

    is_done = wait_until(lambda: not Job.objects.get(pk=draft.job_id).is_open, 90)

    draft.refresh_from_db()
    assert is_done, worker_process.said.read_text()[-2000:]
    assert (draft.job.state, draft.job.error) == (Job.State.DONE, "")
    assert draft.pdf.read() == print_record(json.loads(canonical_bytes(draft.body)))
