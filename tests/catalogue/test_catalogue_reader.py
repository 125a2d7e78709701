import dataclasses
import datetime
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evaluations import catalogue
from evaluations.catalogue import reader
from evaluations.catalogue.decoding import CatalogueError, decode
from evaluations.catalogue.entries import Criterion, Metric

METRIC = """
[[metrics]]
key = "latency_p95_ms"
name = "Latency"
unit = "ms"
direction = "lower"
phase = "spikes"
points = [[50, 5], [1000, 1]]
explains = "One request in twenty takes longer."
"""


def metrics_file(folder: Path, text: str) -> Path:
    path = folder / "metrics.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_ships_can_be_read() -> None:
    assert len(catalogue.criteria()) > 50
    assert len(catalogue.metrics()) > 20
    assert len(catalogue.frameworks()) == 12
    assert [scenario.key for scenario in catalogue.scenarios()] == ["logistics", "publishing"]


def test_files_are_read_once() -> None:
    assert catalogue.metrics() is catalogue.metrics()
    assert catalogue.frameworks() is catalogue.frameworks()
    assert catalogue.scenarios() is catalogue.scenarios()


def test_entries_cannot_be_changed() -> None:
    scenario = catalogue.scenario("logistics")

    with pytest.raises(dataclasses.FrozenInstanceError):
        catalogue.criterion("async-native").name = "Other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        scenario.agreed_weights["openapi"] = 50.0  # type: ignore[index]


@pytest.mark.parametrize("find", ["framework", "criterion", "metric", "phase", "scenario", "evidence_kind"])
def test_an_unknown_key_is_a_key_error(find: str) -> None:
    with pytest.raises(KeyError, match="no-such-thing"):
        getattr(catalogue, find)("no-such-thing")


@pytest.mark.parametrize(
    ("find", "keys"),
    [
        ("framework", [entry.key for entry in catalogue.frameworks()]),
        ("criterion", [entry.key for entry in catalogue.criteria()]),
        ("metric", [entry.key for entry in catalogue.metrics()]),
        ("phase", [entry.key for entry in catalogue.phases()]),
        ("scenario", [entry.key for entry in catalogue.scenarios()]),
    ],
)
def test_each_entry_is_found_by_its_key(find: str, keys: list[str]) -> None:
    assert [getattr(catalogue, find)(key).key for key in keys] == keys


def test_the_reader_needs_no_django() -> None:
    code = "import sys; from evaluations import catalogue; catalogue.scenarios(); print('django' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True)

    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("found", "written", "said"),
    [
        ('unit = "ms"\n', "", r"metrics\.toml: metrics\[latency_p95_ms\]\.unit: is missing"),
        ('unit = "ms"', "unit = 5", r"metrics\[latency_p95_ms\]\.unit: expected text, found int 5"),
        ('unit = "ms"', 'unit = " "', r"metrics\[latency_p95_ms\]\.unit: is empty"),
        ('unit = "ms"', 'unit = "ms"\ncolour = "red"', r"metrics\[latency_p95_ms\]\.colour: unknown key"),
        ('"lower"', '"sideways"', r"\.direction: 'sideways' is not one of: lower, higher"),
        ("[50, 5]", "[50, true]", r"\.points\[0\]\[1\]: expected a number, found bool True"),
        ("[50, 5]", "[50]", r"\.points\[0\]: expected 2 values, found 1"),
        ("[50, 5]", "[5000, 5]", r"ascending order"),
        ("[50, 5]", "[50, 6]", r"scores from 1 to 5"),
        ('"lower"', '"higher"', r"must make higher values better"),
        ("[[metrics]]", "[[metrics", r"metrics\.toml: the file: "),
        ("[[metrics]]", "[metrics]", r"metrics: expected a list of tables, found dict"),
        ("[[metrics]]", "[[numbers]]", r"numbers: unknown key; known is metrics"),
    ],
)
def test_an_error_names_file_and_key(tmp_path: Path, found: str, written: str, said: str) -> None:
    path = metrics_file(tmp_path, METRIC.replace(found, written))

    with pytest.raises(CatalogueError, match=said) as refusal:
        reader.read_metrics(path)

    assert "metrics.toml" in str(refusal.value)


def test_the_sound_file_those_errors_start_from_is_read(tmp_path: Path) -> None:
    (metric,) = reader.read_metrics(metrics_file(tmp_path, METRIC))

    assert metric.points == ((50.0, 5.0), (1000.0, 1.0))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "metrics.toml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CatalogueError, match="the file"):
        reader.read_metrics(path)


def test_the_same_key_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"metrics\[latency_p95_ms\]: this key is there twice"):
        reader.read_metrics(metrics_file(tmp_path, METRIC * 2))


@pytest.mark.parametrize(
    ("found", "written", "said"),
    [
        ('metric = "latency_p95_ms"', 'metric = "furlongs"', r"latency-under-load\]\.metric: 'furlongs' is not known"),
        ('group = "Community"', 'group = "Weather"', r"\.group: 'Weather' is not known"),
        ('covers = ["error-handlers"]', 'covers = ["errors"]', r"error-handling\]\.covers: 'errors' is not known"),
        ("hours = 0.5\nphase", "hours = 0\nphase", r"\.hours: must be above 0"),
        ("anchors.three = ", "anchors.two = ", r"\.anchors\.two: unknown key"),
    ],
)
def test_a_criterion_that_leads_nowhere_is_refused(tmp_path: Path, found: str, written: str, said: str) -> None:
    text = (reader.HOME / "criteria.toml").read_text(encoding="utf-8")
    path = tmp_path / "criteria.toml"
    assert found in text
    path.write_text(text.replace(found, written, 1), encoding="utf-8")

    with pytest.raises(CatalogueError, match=said):
        reader.read_criteria(path, [metric.key for metric in catalogue.metrics()])


def test_a_framework_file_bears_its_key(tmp_path: Path) -> None:
    path = tmp_path / "falcon.toml"
    shutil.copy(reader.HOME / "frameworks" / "flask.toml", path)

    with pytest.raises(CatalogueError, match=r"key: 'flask' is not the name of the file"):
        reader.read_framework(path, [criterion.key for criterion in catalogue.criteria()])


def test_a_fact_on_an_unknown_criterion_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flask.toml"
    shutil.copy(reader.HOME / "frameworks" / "flask.toml", path)

    with pytest.raises(CatalogueError, match=r"facts\[0\]\.criterion: 'async-native' is not known"):
        reader.read_framework(path, ["validation"])


def test_phases_stand_in_order(tmp_path: Path) -> None:
    text = (reader.HOME / "phases.toml").read_text(encoding="utf-8")
    path = tmp_path / "phases.toml"
    path.write_text(text.replace("number = 2", "number = 3"), encoding="utf-8")

    with pytest.raises(CatalogueError, match="not numbered 1 to 5"):
        reader.read_phases(path)


def test_a_moment_is_not_taken_for_a_day() -> None:
    @dataclasses.dataclass(frozen=True)
    class Day:
        date: datetime.date

    assert decode(Day, {"date": datetime.date(2026, 11, 22)}, file="x").date.day == 22
    with pytest.raises(CatalogueError, match="x: date: expected a date"):
        decode(Day, {"date": datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)}, file="x")


def test_a_table_is_asked_for_where_something_else_stands() -> None:
    with pytest.raises(CatalogueError, match="x: the file: expected a table, found list"):
        decode(Criterion, [], file="x")


def test_texts_fit_the_columns_they_go_to() -> None:
    for criterion in catalogue.criteria():
        anchors = (criterion.anchors.one, criterion.anchors.three, criterion.anchors.five)
        assert len(criterion.key) <= 60 and len(criterion.name) <= 80 and len(criterion.group) <= 60
        assert max(len(text) for text in (criterion.question, *anchors)) <= 300
    for phase in catalogue.phases():
        assert all(len(item.text) <= 300 and len(item.evidence) <= 300 for item in phase.items)


def test_metrics_of_both_directions_ship() -> None:
    directions = {metric.direction for metric in catalogue.metrics()}

    assert directions == {"lower", "higher"}
    assert isinstance(catalogue.metric("latency_p95_ms"), Metric)
