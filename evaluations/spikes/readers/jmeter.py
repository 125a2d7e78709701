"""JMeter: JTL as CSV with any delimiter, with or without a header, and as XML; the aggregate report."""

import re
from xml.parsers import expat

from .content import Content
from .figures import decimal_of
from .kept import EndpointStore
from .measurements import STATED, Endpoint, Numbers, Reading, Run
from .moments import epoch_seconds, seconds_of
from .refusal import Rejected
from .samples import Samples
from .tables import Table

TOOL = "JMeter"
_SUCCESS = {"true": False, "false": True, "": None}
_MILLISECONDS = re.compile(r"-?[0-9]{1,15}\Z", re.ASCII)
_STAMP = re.compile(r"[0-9]{13}\Z", re.ASCII)
_BAD_SHARE = 0.05
_PACE = re.compile(r"([0-9.,]+)\s*/?\s*(sec|s|min|hour|h)?\Z")
_PER_SECOND = {"min": 60, "hour": 3600, "h": 3600}


def is_jtl(columns: set[str]) -> bool:
    return {"timestamp", "elapsed"} <= columns


def is_aggregate(columns: set[str]) -> bool:
    return bool({"label", "sampler_label"} & columns) and bool(
        columns & {"# samples", "aggregate_report_count", "#samples"}
    )


def headerless(row: list[str]) -> list[str] | None:
    """Column names for a JTL whose first line is data already."""
    if len(row) < 5 or not _STAMP.match(row[0]) or not _MILLISECONDS.match(row[1]):
        return None
    success = next((i for i, text in enumerate(row) if i > 2 and text.strip().lower() in ("true", "false")), None)
    if success is None:
        return None
    names = [f"column {i}" for i in range(len(row))]
    names[:4] = ["timeStamp", "elapsed", "label", "responseCode"]
    if success > 4:
        names[4] = "responseMessage"
    names[success] = "success"
    return names


def read_jtl(table: Table) -> Reading:
    """One row per sample. A row that cannot be read is left out and named; too many of them refuse the file."""
    places = [table.need(*names) for names in (("timeStamp",), ("elapsed",), ("label", "URL"))]
    extras = [table.place(n) for n in ("success", "responseCode", "responseMessage")]
    samples = Samples(table.content.warnings)
    reader = _Rows(table, places, extras, samples)
    width = len(table.header)
    for row in table.rows_of_any_width():
        if len(row) < width and table.content.unfinished:
            table.content.warnings.append(f"Line {table.line} was cut off in the middle and is left out.")
        elif not reader.read(row):
            reader.leave_out(row)
    reader.judge()
    if extras[0] is None:
        table.content.warnings.append("There is no column success: whether samples failed is unknown.")
    run = samples.run()
    if extras[0] is None:
        run.computed.failures = None
        for endpoint in run.endpoints:
            endpoint.numbers.failures = None
    return Reading("jmeter_csv", TOOL, [run], table.content.warnings)


class _Rows:
    """Reads rows into samples and remembers the ones it could not read."""

    def __init__(self, table: Table, places: list[int], extras: list[int | None], samples: Samples) -> None:
        self._table = table
        self._places = places
        self._extras = extras
        self._samples = samples
        self._bad: list[int] = []
        self._bad_count = 0

    def read(self, row: list[str]) -> bool:
        time_place, elapsed_place, label_place = self._places
        success_place, code_place, message_place = self._extras
        try:
            stamp, elapsed, label = row[time_place], row[elapsed_place], row[label_place]
            success = "" if success_place is None else row[success_place]
            failed = _SUCCESS[success if success in _SUCCESS else success.strip().lower()]
        except (IndexError, KeyError):
            return False
        if not _MILLISECONDS.match(elapsed):
            return False
        if len(stamp) == 13 and stamp.isascii() and stamp.isdigit():
            start = int(stamp) / 1000
        else:
            try:
                start = seconds_of(stamp)
            except Rejected:
                return False
        error = ""
        if failed:
            code = row[code_place] if code_place is not None and code_place < len(row) else ""
            message = row[message_place] if message_place is not None and message_place < len(row) else ""
            error = f"{code} {message}".strip()[:300]
        self._samples.add(start, int(elapsed), label, failed, error)
        return True

    def leave_out(self, row: list[str]) -> None:
        if [field.strip() for field in row] == self._table.header:
            return
        self._bad_count += 1
        if len(self._bad) < 5:
            self._bad.append(self._table.line)

    def judge(self) -> None:
        total = self._samples.requests + self._bad_count
        if not total:
            raise Rejected("The table has a header and no rows under it: nothing was measured", 1)
        if not self._bad_count:
            return
        lines = ", ".join(map(str, self._bad)) + (" and more" if self._bad_count > len(self._bad) else "")
        if self._bad_count > max(2, total * _BAD_SHARE):
            raise Rejected(f"{self._bad_count} of {total} rows cannot be read (lines {lines})", self._bad[0])
        self._table.content.warnings.append(
            f"{self._bad_count} of {total} rows cannot be read and are left out ({lines})."
        )


def read_xml(content: Content) -> Reading:
    """`<testResults>`: the samples directly below the root; those inside others are parts of them."""
    samples = Samples(content.warnings)
    handler = _Xml(samples)
    parser = expat.ParserCreate()
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.StartDoctypeDeclHandler = handler.doctype
    handler.parser = parser
    try:
        for chunk in content.chunks():
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except LookupError as error:
        raise Rejected(f"The XML names an encoding that does not exist ({error})", 1) from error
    except expat.ExpatError as error:
        cut_off = error.code in (expat.errors.codes[m] for m in _ENDINGS)
        if not (cut_off and samples.requests):
            raise Rejected(
                f"The XML is broken: {expat.ErrorString(error.code)}", error.lineno, error.offset + 1
            ) from error
        content.warnings.append(
            f"The XML ends in line {error.lineno} without its end tag; the samples before are counted."
        )
    if not samples.requests:
        hint = f" (only <{handler.foreign}>, which carries no time)" if handler.foreign else ""
        raise Rejected(f"The test results hold no sample with a time{hint}", 1)
    if handler.foreign:
        content.warnings.append(f"Elements <{handler.foreign}> carry no time and are left out.")
    if handler.nested:
        content.warnings.append(
            f"{handler.nested} samples lie inside others (embedded resources, transactions); they are not counted."
        )
    return Reading("jmeter_xml", TOOL, [samples.run()], content.warnings)


_ENDINGS = (
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
)


class _Xml:
    def __init__(self, samples: Samples) -> None:
        self.parser: expat.XMLParserType | None = None
        self.nested = 0
        self.foreign = ""
        self._samples = samples
        self._depth = 0

    def doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber if self.parser else None
        raise Rejected("The XML declares a document type, which JMeter never writes and which can hide attacks", line)

    def start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            if name != "testResults":
                raise Rejected(f"The XML is not a JMeter log: its root is <{name[:40]}>", 1)
            return
        if self._depth > 200:
            raise Rejected("The XML is nested far deeper than any JMeter log", self._line())
        time = given.get("t", given.get("time"))
        stamp = given.get("ts", given.get("timeStamp"))
        if time is None or stamp is None:
            if self._depth == 2:
                self.foreign = self.foreign or name
            return
        if self._depth > 2:
            self.nested += 1
            return
        self._sample(given, time, stamp)

    def end(self, _: str) -> None:
        self._depth -= 1

    def _sample(self, given: dict[str, str], time: str, stamp: str) -> None:
        elapsed = decimal_of(time, "t", self._line())
        start = epoch_seconds(decimal_of(stamp, "ts", self._line()), "ts", self._line())
        success = given.get("s", given.get("success", "")).strip().lower()
        if elapsed is None or success not in _SUCCESS:
            raise Rejected(f"The sample's t or s ({time[:20]!r}, {success[:20]!r}) cannot be read", self._line())
        failed = _SUCCESS[success]
        code, message = (
            given.get("rc", given.get("responseCode", "")),
            given.get("rm", given.get("responseMessage", "")),
        )
        error = f"{code} {message}".strip()[:300] if failed else ""
        self._samples.add(start, elapsed, given.get("lb", given.get("label", "")), failed, error)

    def _line(self) -> int | None:
        return self.parser.CurrentLineNumber if self.parser else None


def read_aggregate(table: Table) -> Reading:
    """The aggregate or summary report: one row per label, TOTAL last."""
    store, total, line = EndpointStore(), None, None
    for row in table.rows():
        named = {name.casefold(): row[place].strip() for place, name in enumerate(table.header)}
        label = named.get("label", named.get("sampler_label", ""))
        numbers = _report_numbers(named, table)
        if label.strip().upper() == "TOTAL":
            total, line = numbers, table.line
        else:
            store.add(Endpoint(label, None, numbers, table.line))
    if total is None and not store.seen:
        raise Rejected("The report has a header and no rows under it: nothing was measured", 1)
    warnings = table.content.warnings
    added = store.total()

    run = Run(stated=total or Numbers(), computed=added, percentile_rule=STATED, line=line)
    run.endpoints = store.endpoints(warnings)
    if total is None:
        warnings.append("There is no TOTAL row; the totals are the sums of the rows.")
    elif total.requests is not None and store.seen and added.requests != total.requests:
        warnings.append(f"The TOTAL row says {total.requests} samples, its rows add up to {added.requests}.")
    return Reading("jmeter_aggregate_csv", TOOL, [run], warnings)


_REPORT = {
    "min": ("min", "aggregate_report_min"),
    "mean": ("average", "aggregate_report_average"),
    "p50": ("median", "aggregate_report_median"),
    "p90": ("90% line", "aggregate_report_90%_line", "90.0% line"),
    "p95": ("95% line", "aggregate_report_95%_line", "95.0% line"),
    "p99": ("99% line", "aggregate_report_99%_line", "99.0% line"),
    "max": ("max", "aggregate_report_max"),
}


def _report_numbers(named: dict[str, str], table: Table) -> Numbers:
    def cell(*names: str) -> str:
        return next((named[name] for name in names if name in named), "")

    def decimal(text: str, what: str) -> float | None:
        return decimal_of(text, what, table.line, comma=table.comma)

    requests = decimal(cell("# samples", "#samples", "aggregate_report_count"), "# Samples")
    share_text = cell("error %", "aggregate_report_error%", "aggregate_report_error")
    share = decimal(share_text.rstrip("% "), "Error %")
    if share is not None and (share_text.endswith("%") or share > 1):
        share /= 100
    numbers = Numbers(requests=None if requests is None else int(requests))
    if share is not None and requests is not None:
        numbers.failures = round(share * requests)
    pace = _PACE.match(cell("throughput", "aggregate_report_rate"))
    if pace:
        amount = decimal(pace[1], "Throughput")
        numbers.requests_per_s = None if amount is None else amount / _PER_SECOND.get(pace[2] or "", 1)
    for ours, theirs in _REPORT.items():
        setattr(numbers, ours, decimal(cell(*theirs), theirs[0]))
    return numbers
