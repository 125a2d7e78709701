"""The published description holds against the real pages: schemathesis finds nothing, every operation is reached."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.api.api_pipeline import Pipeline, made_pipeline
from tests.api.test_api_runs import named

READ_ONLY = "evaluation"
EXAMPLES = 6
"""How many requests each operation gets from the random phase, beside those that go through every limit."""


def described(server: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{server}/api/v1/openapi.json", timeout=60) as answer:
        return json.load(answer)


def filled(description: dict[str, Any], pipeline: Pipeline, file_id: int) -> dict[str, Any]:
    """The same description, where ids and names are those of things that exist."""
    known = {"evaluation_id": pipeline.evaluation.pk, "file_id": file_id}
    for operations in description["paths"].values():
        for operation in operations.values():
            # That a key stands for one content only is more than a schema can say; test_api_runs shows it.
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "Idempotency-Key"]
            for parameter in operation["parameters"]:
                if parameter["name"] in known:
                    parameter["schema"] = {"type": "integer", "enum": [known[parameter["name"]]]}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["schema"]["properties"]["candidate"]["enum"] = [pipeline.candidate.name]
                content["schema"]["properties"]["workload"]["enum"] = [pipeline.workload.digest]
    return description


def walked(server: str, schema: Path, token: str, har: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", str(schema), "--url", server]
    command += ["-H", f"Authorization: Bearer {token}", "--phases", "coverage,fuzzing", "--seed", "7"]
    command += ["--report", "har", "--report-har-path", str(har), "-n", str(EXAMPLES), "--no-shrink", *options]
    return subprocess.run(command, cwd=schema.parent, capture_output=True, text=True, timeout=600, check=False)


def reached(har: Path) -> set[tuple[str, str]]:
    """Method and path of what was answered with 2xx."""
    entries = json.loads(har.read_text())["log"]["entries"]
    return {
        (entry["request"]["method"], entry["request"]["url"].split("?")[0])
        for entry in entries
        if 200 <= entry["response"]["status"] < 300
    }


@pytest.mark.django_db(transaction=True)
def test_schemathesis_finds_nothing_and_every_operation_is_reached(pages_server: str, tmp_path: Path) -> None:
    pipeline = made_pipeline()
    file_id = pipeline.send(named("first.csv", b"Type,Name\n")).json()["sent"][0]["id"]
    description = filled(described(pages_server), pipeline, file_id)
    schema = tmp_path / "openapi.json"
    schema.write_text(json.dumps(description))
    wanted = {
        (method.upper(), pages_server + path.format(evaluation_id=pipeline.evaluation.pk, file_id=file_id))
        for path, operations in description["paths"].items()
        for method in operations
    }

    hars = [tmp_path / "upload.har", tmp_path / "read.har"]
    runs = [
        walked(pages_server, schema, pipeline.texts["upload"], hars[0], "--exclude-operation-id", READ_ONLY),
        walked(pages_server, schema, pipeline.texts["read"], hars[1], "--include-operation-id", READ_ONLY),
    ]

    for run in runs:
        assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-1000:]
    assert wanted - (reached(hars[0]) | reached(hars[1])) == set()


@pytest.mark.django_db
def test_the_description_is_open_and_of_its_version() -> None:
    answer = Client().get("/api/v1/openapi.json")

    described = answer.json()
    assert (answer.status_code, described["openapi"]) == (200, "3.1.0")
    assert described["components"]["securitySchemes"]["ByToken"] == {"type": "http", "scheme": "bearer"}
    for operations in described["paths"].values():
        for operation in operations.values():
            assert {"401", "403", "429"} <= operation["responses"].keys()


@pytest.mark.django_db
def test_every_operation_and_status_stands_in_the_docs() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    described = Client().get("/api/v1/openapi.json").json()["paths"]

    missing = [
        f"{method.upper()} {path}"
        for path, of_path in described.items()
        for method in of_path
        if f"`{method.upper()} {path}`" not in docs
    ]
    statuses = {
        status for operations in described.values() for each in operations.values() for status in each["responses"]
    }

    assert missing == []
    assert [status for status in statuses if status >= "400" and f"| {status} |" not in docs] == []
