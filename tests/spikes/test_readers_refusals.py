"""Broken files are refused in words with a line, doubtful ones are accepted with a warning, and nothing is made up."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from evaluations.spikes.readers import Reading, Rejected, read

SAMPLES = Path(__file__).parent.parent / "samples"
STATS = (SAMPLES / "locust_stats.csv").read_text()
HEADER, ORDERS = STATS.split("\n")[:2]


def reading(content: str | bytes) -> Reading:
    return read(io.BytesIO(content.encode() if isinstance(content, str) else content))


def refusal(content: str | bytes) -> Rejected:
    with pytest.raises(Rejected) as refused:
        reading(content)
    return refused.value


def stats(row: str) -> str:
    return f"{HEADER}\n{row}\n"


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "word", "line"),
    [
        ("", "empty", None),
        (" \n\t ", "white space", None),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS", 1),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG", None),
        (HEADER.encode("utf-16-le"), "UTF-16", 1),
        (HEADER + "\n", "no rows", 1),
        (stats(ORDERS.replace(",900,", ",1_000,")), "1_000", 2),
        (stats(ORDERS.replace(",900,", ",٩٠٠,")), "a number was expected", 2),
        (stats(ORDERS.replace(",900,", ",99999999999999999999,")), "larger than any count", 2),
        (stats(ORDERS.replace("15.5", "nan")), "nan", 2),
        (stats(ORDERS.replace("15.5", "1e999")), "inf", 2),
        (stats("GET,/orders,900"), "too short", 2),
        (stats(ORDERS + ",extra"), "too long", 2),
        (stats(ORDERS.replace("/orders", '"/orders')), "never closed", 2),
        (stats(ORDERS.replace("/orders", "/or\0ders")), "NUL", 2),
        (stats(ORDERS.replace("/orders", "a" * 140_000)), "131,072", 2),
        (STATS.replace("Request Count,", ""), "Request Count is missing", 1),
        (",".join(f"c{n}" for n in range(10_000)), "10000 columns", 1),
        ("a,b,c\n1,2,3\n", "a, b, c", 1),
        ("[1, 2, 3]", "a list of 3 values", None),
        ("[]", "empty JSON list", None),
        ('{"metrics": {"http_reqs": {"count": NaN}}}', "NaN", 1),
        ('{"metrics": {"http_reqs": {"count": "10"}}}', "a number was expected", None),
        ('{"metrics": {"http_reqs": {"count": 1}}, "metrics": {"http_reqs": {"count": 2}}}', "twice", None),
        ('{"metrics": {"http_reqs":\n {"count": 1}', "cut off", 2),
        ('{"metrics":' * 50_000 + "1" + "}" * 50_000, "nested", None),
        ('{"metrics": {"http_reqs": {"count": ' + "9" * 5000 + "}}}", "thousands of digits", 1),
        ('{"metrics": {}, "root_group": {}}', "no metrics", None),
        (
            '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<testResults/>',
            "document type",
            2,
        ),
        ("<html><body>hello</body></html>", "HTML page", 1),
        ("timeStamp,elapsed,label,success\n", "no rows", 1),
    ],
)
def test_what_cannot_be_trusted_is_refused_in_words(content: str | bytes, word: str, line: int | None) -> None:
    refused = refusal(content)

    assert word in refused.message
    assert refused.line == line


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (STATS.replace(",Aggregated,1000,", ",Aggregated,4000,"), "add up to 1000"),
        (stats(ORDERS), "no Aggregated row"),
        (stats(ORDERS.replace(",900,9,", ",900,950,")), "more than all of them"),
        (stats(ORDERS.replace("2.25", "-5")), "negative"),
        (stats(ORDERS.replace("98,140,140,140", "98,140,140,140").replace(",12,14,", ",700,14,")), "which cannot be"),
    ],
)
def test_what_is_doubtful_is_accepted_with_a_warning(content: str, word: str) -> None:
    assert any(word in warning for warning in reading(content).warnings)


def test_a_total_that_contradicts_its_rows_gives_way_to_them() -> None:
    wrong = STATS.replace(",Aggregated,1000,", ",Aggregated,4000,")

    assert reading(wrong).runs[0].numbers.requests == 1000


def test_a_run_without_requests_has_no_latencies_and_says_so() -> None:
    nothing = reading(stats(",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0" + ",N/A" * 11))

    assert set(nothing.runs[0].numbers.latency_ms().values()) == {None}
    assert any("empty run" in warning for warning in nothing.warnings)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    assert reading(STATS.encode(encoding)).runs[0].numbers.requests == 1000


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_line_ends_of_any_kind_are_understood(end: str) -> None:
    assert reading(STATS.replace("\n", end)).runs[0].numbers.requests == 1000


def test_thousands_are_grouped_and_decimal_commas_read_where_the_delimiter_allows() -> None:
    grouped = reading(stats(ORDERS.replace(",900,", ',"1,900",')))
    german = reading(STATS.replace(",", ";").replace("15.13", "15,13"))

    assert grouped.runs[0].numbers.requests == 1900
    assert german.runs[0].numbers.mean == 15.13


def test_the_last_point_of_a_killed_k6_is_left_out_with_a_warning() -> None:
    points = (SAMPLES / "k6_points.ndjson").read_text()

    cut = reading(points[:-80])

    assert cut.runs[0].numbers.requests == 4 and cut.runs[0].numbers.failures == 1
    assert any("cut off" in warning for warning in cut.warnings)


def test_a_broken_line_in_the_middle_of_k6_points_is_named() -> None:
    points = (SAMPLES / "k6_points.ndjson").read_text().split("\n")
    points[4] = points[4][:-30]

    assert refusal("\n".join(points)).line == 5


def test_success_in_any_spelling_counts_and_none_is_unknown() -> None:
    header = "timeStamp,elapsed,label,responseCode,success"
    rows = [f"176722560000{n},10,a,200,{word}" for n, word in enumerate(["true", "TRUE", "False", ""])]

    found = reading("\n".join([header, *rows]))

    assert (found.runs[0].numbers.requests, found.runs[0].numbers.failures) == (4, 1)
    assert any("do not say" in warning for warning in found.warnings)


def test_a_jmeter_log_whose_clock_steps_back_is_accepted_with_a_warning() -> None:
    log = "timeStamp,elapsed,label,success\n1767225600000,10,a,true\n1767222000000,10,a,true\n"

    assert any("clock" in warning for warning in reading(log).warnings)


def test_a_jmeter_log_that_lost_its_end_tag_keeps_its_samples() -> None:
    whole = (SAMPLES / "jmeter_nested.xml").read_text()

    cut = reading(whole.replace("</testResults>", ""))

    assert cut.runs[0].numbers.requests == 2
    assert any("without its end tag" in warning for warning in cut.warnings)


def test_a_zip_with_locusts_files_is_one_run() -> None:
    names = ("locust_stats.csv", "locust_stats_history.csv", "locust_failures.csv")
    packed = zipped(**{name: (SAMPLES / name).read_bytes() for name in names})

    found = reading(packed)

    assert len(found.runs) == 1
    assert found.runs[0].numbers.requests == 1000 and found.runs[0].numbers.duration_s == 30
    assert len(found.runs[0].series) == 3 and len(found.runs[0].errors) == 2


@pytest.mark.parametrize(
    ("packed", "word"),
    [
        (zipped(**{"a.zip": zipped(**{"b.csv": STATS.encode()})}), "archive itself"),
        (zipped(**{"..__..__tmp__x.csv": STATS.encode()}), "leads outside"),
        (zipped(**{"__etc__x.csv": STATS.encode()}), "leads outside"),
        (zipped(), "no file"),
        (zipped(**{f"{n}.csv": b"" for n in range(60)}), "60 files"),
        (zipped(**{"zeros.csv": bytes(40_000_000)}), "bomb"),
        (zipped(**{"a.csv": STATS.encode()})[:-60], "damaged"),
    ],
)
def test_archives_that_could_hurt_are_refused(packed: bytes, word: str) -> None:
    assert word in refusal(packed).message


def test_gzip_is_unpacked_and_a_bomb_is_not() -> None:
    assert reading(gzip.compress(STATS.encode())).runs[0].numbers.requests == 1000

    assert "bomb" in refusal(gzip.compress(b"[" + b" " * 60_000_000)).message


def test_names_no_database_takes_are_made_harmless() -> None:
    summary = (SAMPLES / "k6_legacy_summary.json").read_text().replace("name:/orders", "name:/or\\u0000d\\ud800ers")

    name = reading(summary).runs[0].to_json()["endpoints"][0]["name"]

    assert name == "/or\ufffdd?ers"


def test_of_a_hundred_thousand_endpoints_the_busiest_are_kept_and_all_are_counted() -> None:
    rows = [ORDERS.replace("/orders", f"/item/{n}") for n in range(5000)]

    found = reading("\n".join([HEADER, *rows]))

    assert found.runs[0].numbers.requests == 5000 * 900 and len(found.runs[0].endpoints) == 2000
    assert any("5000 endpoints" in warning for warning in found.warnings)
