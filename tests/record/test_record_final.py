import hashlib
import io
import json

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from evaluations.audit.models import AuditEvent
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.decision import actions as decisions
from evaluations.decision.models import Decision
from evaluations.decision.moving import decide as decide_now
from evaluations.decision.moving import propose
from evaluations.decision.succeeding import start_successor
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.record import actions, compose, freezing
from evaluations.record.canonical import canonical_bytes, checksum
from evaluations.record.models import FinalPrint, FinalRecord
from evaluations.record.printing import print_record
from evaluations.record.queries import final_record_of
from evaluations.record.schema import SCHEMA_VERSION
from evaluations.record.tasks import print_final
from evaluations.record.validation import InvalidBody, check_body
from evaluations.record.verifying import checks_of
from evaluations.requirements import actions as requirements
from evaluations.signoff import actions as signoff
from evaluations.signoff.queries import digest_of
from evaluations.teams.access import Refused
from evaluations.teams.models import Role
from tests.builders import NOW, make_evaluation, make_member, make_person, make_requirement
from tests.decision.choosing import Choice, choose, decide, make_choice, seen_now
from tests.record.pdf_text import page_texts
from tests.signoff.signing import leave_nothing_to_answer, settle_checklist

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    """Files of one test, away from those of others."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return tmp_path


@pytest.fixture
def choice() -> Choice:
    return make_choice()


def decided(choice: Choice) -> FinalRecord:
    choose(choice, reason="It holds the load.", confirmation="A load test in the pipeline.")
    decisions.accept_trade_off(
        evaluation=choice.evaluation, what="No admin", mitigation="A small one", by=choice.lead, at=NOW
    )
    decide(choice)
    return final_record_of(choice.evaluation)


def printed(record: FinalRecord) -> FinalPrint:
    print_final(job_id=record.print.job_id)
    record.print.refresh_from_db()
    return record.print


def url(name, record, *args):
    return reverse(f"record:{name}", args=[record.evaluation_id, *args])


def test_a_lead_without_a_team_finishes_and_the_cover_says_that_nobody_independent_looked(choice):
    evaluation, lead = choice.evaluation, choice.lead
    assert [one.person for one in evaluation.team.memberships.all()] == [lead]
    need = make_requirement(evaluation, "Hold 5,000 connections", must_have=True)
    requirements.set_top(evaluation=evaluation, requirements=[need], by=lead, at=NOW)
    for phase in ("requirements", "readiness"):
        settle_checklist(evaluation, phase)
    leave_nothing_to_answer(evaluation)
    for phase in ("spikes", "ecosystem", "teamfit"):
        signoff.set_not_applicable(evaluation=evaluation, phase=phase, reason="A tool for one", by=lead, at=NOW)
    for phase in ("requirements", "readiness"):
        seen = digest_of(evaluation, phase)
        why = "Nobody else works here"
        signoff.approve_alone(evaluation=evaluation, phase=phase, digest_seen=seen, reason=why, by=lead, at=NOW)
    choose(choice, reason="It holds the load.")
    propose(evaluation=evaluation, seen=seen_now(evaluation), by=lead, at=NOW)
    decide_now(evaluation=evaluation, seen=seen_now(evaluation), by=lead, at=NOW)

    record = final_record_of(evaluation)
    cover = " ".join(page_texts(print_record(record.body))[0].split())

    assert record.body["state"] == "decided"
    assert "without independent review" in cover
    assert "Nobody else works here" in cover


class TestFreezing:
    def test_deciding_freezes_one_body_as_at_the_deciding_revision(self, choice):
        record = decided(choice)

        event = AuditEvent.objects.get(log=choice.evaluation.log, kind="decision.decided")
        body = json.loads(record.document)
        check_body(body)
        assert (body["state"], body["revision"], record.revision) == ("decided", event.number, event.number)
        assert body["decision"]["chosen"] == Decision.objects.get().candidate.name
        assert (body["decision"]["decided_by"], body["people"]["decided"]) == (
            choice.lead.shown_name,
            [choice.lead.shown_name],
        )
        assert body["decision"]["trade_offs"][0]["mitigation"] == "A small one"
        assert record.document.encode() == canonical_bytes(body)
        assert record.sha256 == hashlib.sha256(record.document.encode()).hexdigest()

    def test_the_log_repeats_the_checksum_in_the_same_write(self, choice):
        record = decided(choice)

        event = AuditEvent.objects.get(log=choice.evaluation.log, kind="record.frozen")
        assert event.number == record.revision + 1
        assert event.payload == {"revision": record.revision, "sha256": record.sha256}

    def test_a_phase_without_independent_review_stands_on_the_cover_with_its_reason(self, choice):
        record = decided(choice)

        alone = [one for one in record.body["sign_offs"] if not one["independent"]]
        assert all(any(one["reason"] in notice for notice in record.body["notices"]) for one in alone)
        assert len(record.body["sign_offs"]) == 5
        assert all(one["stands"] for one in record.body["sign_offs"])
        assert {one["state"] for one in record.body["phases"]} <= {"approved", "not applicable"}

    def test_what_cannot_be_a_record_is_not_decided_either(self, choice, monkeypatch):
        choose(choice, reason="It holds the load.")
        monkeypatch.setattr(freezing, "compose", lambda *_: {"schema_version": SCHEMA_VERSION})

        with pytest.raises(InvalidBody):
            decide(choice)

        assert Evaluation.objects.get(pk=choice.evaluation.pk).state == Evaluation.State.PROPOSED
        assert not FinalRecord.objects.exists()

    def test_the_database_neither_changes_nor_removes_it(self, choice):
        record = decided(choice)

        for refused in (
            lambda: FinalRecord.objects.filter(pk=record.pk).update(revision=1),
            lambda: FinalRecord.objects.filter(pk=record.pk).delete(),
            lambda: connection.cursor().execute("TRUNCATE evaluations_finalrecord CASCADE"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                refused()
        assert final_record_of(choice.evaluation).sha256 == record.sha256

    def test_the_database_refuses_a_document_that_does_not_have_its_checksum(self, choice):
        with pytest.raises(IntegrityError, match="final_record_has_its_checksum"), transaction.atomic():
            FinalRecord.objects.create(
                evaluation=choice.evaluation, revision=1, document="{}", sha256="0" * 64, frozen_at=NOW
            )

    def test_no_draft_is_asked_for_once_it_is_decided(self, choice, client):
        record = decided(choice)
        client.force_login(choice.lead)

        answer = client.get(url("draft", record))

        assert (answer.status_code, answer["Location"]) == (303, url("final", record))
        with pytest.raises(Refused):
            actions.request_draft(evaluation=Evaluation.objects.get(pk=choice.evaluation.pk), by=choice.lead, at=NOW)


class TestPrinting:
    def test_it_is_printed_from_what_was_frozen_the_same_bytes_each_time(self, choice):
        record = decided(choice)

        pdf = printed(record).pdf.read()

        assert pdf == print_record(json.loads(record.document)) == freezing.printed(record)
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert opened.attachments["record.json"].get_file().read_bytes() == record.document.encode()
        cover = page_texts(pdf)[0]
        assert f"{record.body['decision']['chosen']} was chosen." in cover
        assert all(notice in cover for notice in record.body["notices"])

    def test_a_failed_printing_is_asked_for_again_by_anybody_who_may_read(self, choice):
        record = decided(choice)
        jobs.fail(job=jobs.claim(job_id=record.print.job_id, at=NOW), error="no room", at=NOW)
        viewer = make_member(choice.evaluation.team, Role.VIEWER)

        again = freezing.request_print(record=record, by=viewer, at=NOW)

        assert again.job.state == Job.State.QUEUED
        with pytest.raises(Refused):
            freezing.request_print(record=record, by=make_person(), at=NOW)

    def test_what_stands_printed_is_not_printed_again(self, choice):
        record = decided(choice)
        printed(record)

        freezing.request_print(record=record, by=choice.lead, at=NOW)

        assert not AuditEvent.objects.filter(kind="record.print_asked").exists()


class TestVerifying:
    def test_a_record_that_nobody_touched_holds_in_every_check(self, choice):
        record = decided(choice)
        printed(record)

        assert [check.fault for check in checks_of(final_record_of(choice.evaluation))] == [""] * 5

    def test_a_document_changed_together_with_its_checksum_is_found_by_the_log(self, choice):
        record = decided(choice)
        printed(record)
        body = record.body | {"context": "something else"}
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(
                "UPDATE evaluations_finalrecord SET document = %s, sha256 = %s WHERE id = %s",
                [canonical_bytes(body).decode(), checksum(body), record.pk],
            )

        faults = {check.what: check.fault for check in checks_of(final_record_of(choice.evaluation))}

        assert faults["The document has its checksum"] == ""
        assert faults["The log says the same checksum"] == f"the log says {record.sha256}"

    def test_a_file_that_was_exchanged_is_named(self, choice):
        record = decided(choice)
        name = printed(record).pdf.name
        with default_storage.open(name, "wb") as file:
            file.write(b"%PDF-other")

        faults = [check.fault for check in checks_of(final_record_of(choice.evaluation)) if check.fault]

        assert len(faults) == 1
        assert faults[0].startswith("its content has the checksum")

    def test_the_command_names_where_a_changed_file_differs_from_what_was_frozen(self, choice, tmp_path, capsys):
        record = decided(choice)
        path = tmp_path / "record.json"
        path.write_text(record.document)
        call_command("verify_record", str(path))
        body = record.body
        body["decision"]["why"] = "Because."
        changed = tmp_path / "changed.json"
        changed.write_bytes(canonical_bytes(body))

        with pytest.raises(CommandError, match=r"was changed after it was frozen.*in body\.decision\.why\."):
            call_command("verify_record", str(changed))

        assert "the same as the record kept here" in capsys.readouterr().out

    def test_a_record_of_another_place_is_said_to_be_unknown_here(self, choice, tmp_path, capsys):
        path = tmp_path / "record.json"
        body = decided(choice).body
        body["evaluation"]["id"] += 1000
        path.write_bytes(canonical_bytes(body))

        call_command("verify_record", str(path))

        assert "not kept here: compare the checksum" in capsys.readouterr().out


class TestExporting:
    def test_the_export_of_a_decision_is_the_frozen_record_and_a_draft_is_what_stands_now(self, choice, tmp_path):
        record = decided(choice)
        paths = {kind: tmp_path / f"r.{kind}" for kind in ("json", "md", "pdf")}

        for kind, path in paths.items():
            call_command("export_record", str(choice.evaluation.pk), "--format", kind, "--output", str(path))
        call_command(
            "export_record", str(choice.evaluation.pk), "--format", "json", "--draft", "--output", str(tmp_path / "d")
        )

        assert paths["json"].read_bytes() == record.document.encode()
        assert 'status: "accepted"' in paths["md"].read_text()
        assert paths["pdf"].read_bytes() == freezing.printed(record)
        assert json.loads((tmp_path / "d").read_bytes())["state"] == "draft"


class TestPage:
    def test_before_a_decision_the_page_says_what_to_do_first(self, client):
        evaluation = make_evaluation()
        member = make_member(evaluation.team, Role.VIEWER)
        client.force_login(member)

        page = client.get(reverse("record:final", args=[evaluation.pk])).content.decode()

        assert "Nothing has been decided yet" in page
        assert reverse("decision:index", args=[evaluation.pk]) in page

    def test_the_page_follows_the_printing_and_offers_every_form(self, client, choice):
        record = decided(choice)
        client.force_login(make_member(choice.evaluation.team, Role.VIEWER))
        waiting = client.get(url("final", record)).content.decode()
        seen = waiting.split('name="seen" value="')[1].split('"')[0]
        unchanged = client.get(url("final_state", record), {"seen": seen})
        printed(record)

        part = client.get(url("final_state", record), {"seen": seen})
        files = {kind: client.get(url("final_file", record, kind)) for kind in ("pdf", "json", "md", "xlsx")}

        assert "Waiting for the worker" in waiting
        assert (unchanged.status_code, part.status_code) == (204, 200)
        assert url("final_file", record, "pdf") in part.content.decode()
        assert record.sha256 in part.content.decode()
        assert files["pdf"].getvalue() == freezing.printed(record)
        assert files["json"].content == record.document.encode()
        assert b'status: "accepted"' in files["md"].content
        assert files["xlsx"].content.startswith(b"PK")
        assert f"-r{record.revision}.json" in files["json"]["Content-Disposition"]

    def test_a_record_that_was_superseded_says_by_what_and_stays_as_it_was(self, client, choice):
        record = decided(choice)
        successor = start_successor(evaluation=choice.evaluation, title="Again", by=choice.lead, at=NOW)
        again = Choice(successor, choice.lead, standing_candidates(successor)[0], *[None] * 3)
        choose(again, reason="As before.")
        decide(again)
        client.force_login(choice.lead)

        page = client.get(url("final", record)).content.decode()

        assert "Superseded by" in page
        assert reverse("decision:index", args=[successor.pk]) in page
        assert final_record_of(choice.evaluation).sha256 == record.sha256
        assert "supersedes" in final_record_of(successor).body["decision"]

    @pytest.mark.parametrize(("headers", "status"), [({}, 303), (HTMX, 200)])
    def test_printing_again_works_with_and_without_htmx(self, client, choice, headers, status):
        record = decided(choice)
        jobs.fail(job=jobs.claim(job_id=record.print.job_id, at=NOW), error="no <room>", at=NOW)
        client.force_login(choice.lead)
        failed = client.get(url("final", record)).content.decode()

        answer = client.post(url("print_final", record), headers=headers)

        assert "no &lt;room&gt;" in failed
        assert answer.status_code == status
        assert Job.objects.filter(task=freezing.PRINT, state=Job.State.QUEUED).count() == 1

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_verifying_says_each_check(self, client, choice, headers):
        record = decided(choice)
        client.force_login(choice.lead)

        page = client.get(url("verify", record), headers=headers).content.decode()

        assert "The log says the same checksum" in page
        assert "it is not printed yet" in page
        assert ("<html" in page) == (not headers)

    def test_what_is_not_there_is_404(self, client, choice):
        evaluation = make_evaluation()
        client.force_login(make_member(evaluation.team, Role.VIEWER))
        record = decided(choice)

        answers = [
            client.get(reverse("record:final_file", args=[evaluation.pk, "json"])),
            client.get(reverse("record:verify", args=[evaluation.pk])),
            client.post(reverse("record:print_final", args=[evaluation.pk])),
            client.get(url("final", record)),
            client.get(url("final_file", record, "json")),
        ]
        client.force_login(choice.lead)
        answers += [client.get(url("final_file", record, kind)) for kind in ("pdf", "exe")]

        assert [answer.status_code for answer in answers] == [404] * 7


def test_a_proposal_is_composed_as_one(choice):
    choose(choice, reason="It holds the load.")
    propose(evaluation=choice.evaluation, seen=seen_now(choice.evaluation), by=choice.lead, at=NOW)

    body = compose.body_now(Evaluation.objects.get(pk=choice.evaluation.pk))

    check_body(body)
    assert (body["state"], body["decision"]["decided_at"]) == ("proposed", None)
    assert body["decision"]["proposed_by"] == choice.lead.shown_name
