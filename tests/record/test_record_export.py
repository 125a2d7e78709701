import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from evaluations.record.canonical import canonical_bytes, checksum
from evaluations.record.compose import body_now
from evaluations.record.printing import print_record
from tests.record.bodies import sample_body
from tests.scoring.table import make_table


@pytest.fixture
def table(db):
    table = make_table()
    table.agree({("FastAPI", "Speed"): 4, ("Django", "Speed"): 3})
    return table


def export(table, path, *words):
    call_command("export_record", str(table.evaluation.pk), *words, "--output", str(path))
    return path.read_bytes()


def test_the_json_has_the_ranking_with_worst_expected_and_best(table, tmp_path):
    data = json.loads(export(table, tmp_path / "record.json", "--format", "json"))

    assert [one["candidate"] for one in data["ranking"]] == ["FastAPI", "Django"]
    assert data["ranking"][0] == {
        "candidate": "FastAPI",
        "rank": 1,
        "worst": 2.5,
        "expected": 3.5,
        "best": 4.5,
        "first_share": data["ranking"][0]["first_share"],
    }


def test_each_format_is_written_from_the_same_body(table, tmp_path):
    body = body_now(table.evaluation)

    assert export(table, tmp_path / "a.json", "--format", "json", "--draft") == canonical_bytes(body)
    assert export(table, tmp_path / "a.pdf", "--format", "pdf") == print_record(body)
    assert b"# Order service" in export(table, tmp_path / "a.md", "--format", "md", "--draft")
    assert export(table, tmp_path / "a.xlsx", "--format", "xlsx").startswith(b"PK")


def test_what_cannot_be_exported_is_said_in_one_line(table, tmp_path):
    with pytest.raises(CommandError, match="There is no evaluation 999999"):
        call_command("export_record", "999999", "--output", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="could not be written: Is a directory"):
        call_command("export_record", str(table.evaluation.pk), "--format", "json", "--output", str(tmp_path))
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("export_record", str(table.evaluation.pk), "--format", "doc", "--output", str(tmp_path / "x"))


def test_a_record_s_json_is_verified_and_a_changed_one_is_refused(tmp_path, capsys):
    body = sample_body()
    path = tmp_path / "record.json"
    path.write_bytes(canonical_bytes(body))

    call_command("verify_record", str(path), "--sha256", checksum(body))

    assert checksum(body) in capsys.readouterr().out
    path.write_bytes(canonical_bytes({**body, "revision": 129}))
    with pytest.raises(CommandError, match="has the checksum"):
        call_command("verify_record", str(path), "--sha256", checksum(body))
    path.write_text('{"schema_version": 1}')
    with pytest.raises(CommandError, match="is not a record"):
        call_command("verify_record", str(path))
    path.write_text("{")
    with pytest.raises(CommandError, match="is not a record"):
        call_command("verify_record", str(path))


def test_the_page_process_imports_neither_typst_nor_xlsxwriter():
    code = (
        "import django, sys; django.setup()\n"
        "import evaluations.record.urls, evaluations.record.tasks, evaluations.record.actions\n"
        "print(sorted({'typst', 'xlsxwriter'} & set(sys.modules)))"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)

    assert said.stdout.strip() == "[]"
