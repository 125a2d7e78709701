"""Profiles: where the time goes. py-spy raw (collapsed stacks), speedscope, Chrome traces, cProfile."""

import json
import marshal
import re
from collections.abc import Mapping

from .content import Content
from .figures import checked_count, finite, shown
from .jsontext import items, number, section, word
from .measurements import Reading, Run
from .profile_rules import DATABASE, LIBRARIES, WAITING, WAITS, kind_of_file, kind_of_stack
from .refusal import Rejected

RAW_LINE = re.compile(r"(\S.*) (\d{1,15})\s*\Z", re.ASCII)
FRAME = re.compile(r"(.*?) \((.*?)(?::(\d+))?\)\Z")
PSTATS_HEAD = re.compile(rb"\A[{\xfb](?:[)\xa9]\x03|[(\xa8]\x03\x00\x00\x00)")
_PROFILE_LIMIT = 64_000_000
_TOP = 30
Frame = tuple[str, str]


class Shares:
    """Time or samples by kind and by innermost frame."""

    def __init__(self) -> None:
        self.total = 0.0
        self.kinds: dict[str, float] = {}
        self.own: dict[Frame, float] = {}

    def add(self, frames: list[Frame], weight: float) -> None:
        self.total += weight
        kind = kind_of_stack(frames)
        self.kinds[kind] = self.kinds.get(kind, 0) + weight
        if frames:
            self.own[frames[-1]] = self.own.get(frames[-1], 0) + weight

    def to_json(self, unit: str, **more: object) -> dict[str, object]:
        whole = self.total or 1
        kinds = sorted(self.kinds.items(), key=lambda item: -item[1])
        top = sorted(self.own.items(), key=lambda item: -item[1])[:_TOP]
        return {
            "unit": unit,
            "total": self.total,
            "shares": {kind: weight / whole for kind, weight in kinds},
            "top": [{"function": f, "file": path, "share": weight / whole} for (f, path), weight in top],
            **more,
        }


def looks_raw(text: str) -> bool:
    """Whether the first lines are stacks `a;b;c 12`."""
    lines = text.split("\n", 20)[:20]
    whole = [line for line in lines[:-1] if line.strip()] or lines[:1]
    return all(RAW_LINE.match(line) for line in whole) and any(";" in line for line in whole)


def read_raw(content: Content) -> Reading:
    """`py-spy record --format raw`: one stack a line, outermost frame first, and its number of samples."""
    shares, stacks, bad = Shares(), 0, []
    known: dict[str, Frame] = {}
    for line in content.lines():
        if not line.strip():
            continue
        match = RAW_LINE.match(line)
        if match is None:
            bad.append(content.line)
            if len(bad) > 100:
                raise Rejected(f"{len(bad)} lines are no stacks", bad[0])
            continue
        frames = [known.get(text) or known.setdefault(text, _frame(text)) for text in match[1].split(";")]
        shares.add(frames, int(match[2]))
        stacks += 1
    if not shares.total:
        raise Rejected("The profile holds no sample", 1)
    if bad:
        content.warnings.append(f"{len(bad)} lines are no stacks and are left out (first: line {bad[0]}).")
    run = Run(profile=shares.to_json("samples", stacks=stacks, unparsable_lines=len(bad)))
    return Reading("pyspy_raw", "py-spy", [run], content.warnings)


def _frame(text: str) -> Frame:
    match = FRAME.match(text)
    return (match[1], match[2]) if match else (text, "")


def is_speedscope(value: object) -> bool:
    return isinstance(value, Mapping) and "profiles" in value and "frames" in section(value, "shared")


def read_speedscope(value: object, warnings: list[str]) -> Reading:
    """One run per profile in the file, in the profile's own unit."""
    frames = [_shared_frame(frame) for frame in items(section(value, "shared"), "frames")]
    runs = []
    for profile in items(value, "profiles")[:200]:
        shares = Shares()
        if word(profile, "type") == "evented":
            _add_events(items(profile, "events"), frames, shares)
        else:
            _add_samples(items(profile, "samples"), items(profile, "weights"), frames, shares)
        unit = word(profile, "unit") or "none"
        runs.append(Run(name=word(profile, "name"), profile=shares.to_json(unit, frames=len(frames))))
    if not runs:
        raise Rejected("The file lists no profile")
    exporter = word(value, "exporter")
    return Reading("speedscope_json", f"speedscope ({exporter})" if exporter else "speedscope", runs, warnings)


def _shared_frame(frame: object) -> Frame:
    return word(frame, "name") or "?", word(frame, "file") or ""


def _add_samples(samples: list[object], weights: list[object], frames: list[Frame], shares: Shares) -> None:
    for place, sample in enumerate(samples):
        if not isinstance(sample, list) or place >= len(weights):
            raise Rejected(f"Sample {place + 1} is no list of frames with a weight")
        stack = [_known(frames, index) for index in sample]
        shares.add(stack, number({"weight": weights[place]}, "weight", "samples") or 0.0)


def _known(frames: list[Frame], index: object) -> Frame:
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(frames):
        raise Rejected(f"The profile points to the frame {shown(index)}, which does not exist")
    return frames[index]


def _add_events(events: list[object], frames: list[Frame], shares: Shares) -> None:
    """Opening and closing events; the time between two neighbours belongs to the stack that is open."""
    stack: list[Frame] = []
    before: float | None = None
    for event in events:
        at = number(event, "at", "events")
        frame = event.get("frame") if isinstance(event, Mapping) else None
        if at is None:
            raise Rejected("An event of the profile has no time")
        if before is not None and stack and at > before:
            shares.add(stack, at - before)
        before = at
        if word(event, "type") == "O":
            stack.append(_known(frames, frame))
            if len(stack) > 5000:
                raise Rejected("The profile's stacks are deeper than any program's")
        elif stack:
            stack.pop()


def is_chrome_trace(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("traceEvents"), list)


def read_chrome_trace(value: object, warnings: list[str]) -> Reading:
    """Trace events of type X (begin and duration in microseconds), as VizTracer writes them."""
    tracks: dict[tuple[str, str], list[tuple[float, float, Frame]]] = {}
    for event in items(value, "traceEvents"):
        if word(event, "ph") != "X":
            continue
        begin, lasting = number(event, "ts", "traceEvents"), number(event, "dur", "traceEvents")
        if begin is None or lasting is None:
            raise Rejected("A trace event has no time")
        name = word(event, "name") or "?"
        who = (json.dumps(event.get("pid")), json.dumps(event.get("tid"))) if isinstance(event, Mapping) else ("", "")
        tracks.setdefault(who, []).append((begin, lasting, _frame(name)))
    if not tracks:
        raise Rejected("The trace holds no event with a duration")
    shares = Shares()
    for track in tracks.values():
        _add_track(track, shares)
    return Reading("chrometrace_json", "Chrome trace", [Run(profile=shares.to_json("microseconds"))], warnings)


def _add_track(track: list[tuple[float, float, Frame]], shares: Shares) -> None:
    """Own time of nested intervals: an interval less what lies inside it."""
    track.sort(key=lambda event: (event[0], -event[1]))
    stack: list[list] = []
    for begin, lasting, frame in track:
        while stack and stack[-1][0] <= begin:
            _close(stack, shares)
        if stack:
            stack[-1][1] -= lasting
        stack.append([begin + lasting, lasting, frame])
    while stack:
        _close(stack, shares)


def _close(stack: list[list], shares: Shares) -> None:
    frames = [entry[2] for entry in stack]
    shares.add(frames, max(0.0, stack.pop()[1]))


def is_pstats(head: bytes) -> bool:
    """Whether marshal data begin a dictionary whose first key has three parts: file, line and function."""
    return PSTATS_HEAD.match(head) is not None


def read_cprofile(content: Content) -> Reading:
    """`cProfile` / `pstats`: marshal data, which can bring an interpreter down; only the limited child loads it."""
    raw = content.whole(_PROFILE_LIMIT, "A profile")
    try:
        value = marshal.loads(raw)  # noqa: S302  in a child that has nothing to lose
    except (ValueError, EOFError, TypeError, RecursionError, MemoryError, OverflowError, SystemError) as error:
        raise Rejected(f"The profile is damaged, or of another version of Python ({error})") from error
    if not isinstance(value, dict) or not value:
        raise Rejected("The data are sound, yet they are no cProfile statistics")
    shares, calls = Shares(), [0, 0]
    for key, row in value.items():
        _add_function(key, row, shares, calls)
    run = Run(profile=shares.to_json("seconds", functions=len(value), calls=calls[1], primitive_calls=calls[0]))
    return Reading("cprofile", "cProfile", [run], content.warnings)


def _add_function(key: object, row: object, shares: Shares, calls: list[int]) -> None:
    """(file, line, function) -> (primitive calls, calls, own time, time with what it calls, callers)."""
    if not (isinstance(key, tuple) and len(key) == 3 and isinstance(row, tuple) and len(row) == 5):
        raise Rejected(f"The data are sound, yet {shown(key)} is no function of a cProfile statistic")
    path, _, function = key
    if not (isinstance(path, str) and isinstance(function, str) and all(isinstance(n, int | float) for n in row[:4])):
        raise Rejected(f"The data are sound, yet {shown(key)} is no function of a cProfile statistic")
    primitive, total = (checked_count(row[place], "A number of calls") for place in (0, 1))
    own = finite(row[2], "An own time")
    calls[0] += primitive
    calls[1] += total
    shares.total += own
    kind = kind_of_file(path)
    if WAITS.search(function) and kind != DATABASE:
        kind = WAITING
    kind = kind or _kind_of_callers(row[4])
    shares.kinds[kind] = shares.kinds.get(kind, 0) + own
    frame = (function, path)
    shares.own[frame] = shares.own.get(frame, 0) + own


def _kind_of_callers(callers: object) -> str:
    """A function of the standard library belongs to whoever calls it, where that is known."""
    for caller in callers if isinstance(callers, dict) else ():
        if isinstance(caller, tuple) and caller and isinstance(caller[0], str):
            kind = kind_of_file(caller[0])
            if kind is not None:
                return kind
    return LIBRARIES
