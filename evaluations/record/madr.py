"""A record's body as one Markdown file with every field of MADR 4 (Markdown Architectural Decision Records).

Text of people is escaped, so that it reads as typed and never turns into headings, links, tables or HTML.
"""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .canonical import checksum
from .validation import check_readable

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&!{}])")
LINE_START = re.compile(r"^(?:([-+=])|(\d+)([.)])(?=\s|$))")
WEB_ADDRESS = re.compile(r"https?://[^\s<>\\]+")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff]")
STATUS = {"draft": "draft", "proposed": "proposed", "decided": "accepted", "superseded": "superseded"}
BASIS_WORDS = {"measured": "measured", "judged": "agreed by the team", "ratings": "mean of ratings"}
NOT_DECIDED = ("draft", "proposed")
GOOD_FROM, BAD_UP_TO = 4, 2


def markdown(body: dict[str, Any]) -> str:
    """The Markdown of a body; the same body gives the same text. Raises InvalidBody for one that breaks the schema."""
    check_readable(body)
    sections = [
        _front_matter(body),
        f"# {_line(_title(body))}",
        *_open_points(body),
        "## Context and Problem Statement",
        _block(body.get("context", "")) or "No context was written down.",
        "## Decision Drivers",
        _bullets(_drivers(body)) or "No requirement or criterion has been recorded.",
        "## Considered Options",
        _bullets(_line(one["name"]) for one in body["candidates"]) or "No candidate has been named.",
        "## Decision Outcome",
        *_outcome(body),
        "## Pros and Cons of the Options",
        *_options(body),
        "## More Information",
        *_more(body),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _escaped(text: str) -> str:
    visible = UNSEEN.sub(lambda found: f"U+{ord(found.group()):04X}", text)
    return SPECIAL.sub(r"\\\1", visible)


def _line(text: str) -> str:
    """One line of escaped text, safe at the start of a line as well as inside one."""
    return LINE_START.sub(_defused, _escaped(" ".join(text.split())))


def _defused(found: re.Match[str]) -> str:
    mark, number, after = found.groups()
    return f"\\{mark}" if mark else f"{number}\\{after}"


def _block(text: str) -> str:
    """Escaped paragraphs; single line ends become hard breaks."""
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").strip())
    return "\n\n".join("\\\n".join(_line(line) for line in one.split("\n") if line.strip()) for one in paragraphs)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"* {line}" for line in lines)


def _quoted(text: str) -> str:
    """A YAML double-quoted scalar: JSON's form, with what a terminal or a parser could trip over escaped."""
    return UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def _front_matter(body: dict[str, Any]) -> str:
    people = body.get("people") or {"decided": [], "consulted": [], "informed": []}
    decision = body.get("decision") or {}
    status = STATUS[body["state"]]
    if decision.get("superseded_by"):
        status += f" by {decision['superseded_by']}"
    lines = [
        f"status: {_quoted(status)}",
        f"date: {(decision.get('decided_at') or body['as_of'])[:10]}",
        f"decision-makers: [{', '.join(map(_quoted, people['decided']))}]",
        f"consulted: [{', '.join(map(_quoted, people['consulted']))}]",
        f"informed: [{', '.join(map(_quoted, people['informed']))}]",
    ]
    return "\n".join(["---", *lines, "---"])


def _title(body: dict[str, Any]) -> str:
    decision = body.get("decision")
    title = body["evaluation"]["title"]
    return f"{title}: {decision['chosen']}" if decision else title


def _open_points(body: dict[str, Any]) -> Iterator[str]:
    if body["state"] in NOT_DECIDED:
        yield f"**{body['state'].capitalize()}, not decided.** Still open:"
        yield _bullets(_line(point["text"]) for point in body["open"]) or "Nothing."
    elif body["open"]:
        yield "**Still open when it was decided:**"
        yield _bullets(_line(point["text"]) for point in body["open"])
    if body["notices"]:
        yield "**To be noted:**"
        yield _bullets(_line(notice) for notice in body["notices"])


def _drivers(body: dict[str, Any]) -> Iterator[str]:
    for one in sorted(body["requirements"], key=lambda one: (not one["top"], not one["must_have"])):
        details = [_quantity(one), "must-have" if one["must_have"] else "wish", "top" if one["top"] else ""]
        yield f"{_line(one['statement'])} ({', '.join(filter(None, details))})"
    for one in _by_weight(body):
        weight = "no weight yet" if one["weight"] is None else f"weight {_rounded(one['weight'] * 100, 1)} %"
        yield f"{_line(one['name'])} ({weight})"


def _rounded(value: float, digits: int) -> str:
    """Half is rounded up on the decimal digits, as the pages and the PDF do."""
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _quantity(requirement: dict[str, Any]) -> str:
    value = requirement["quantity"]
    return "" if value is None else f"{value:,.12g} {_line(requirement['unit'])}".rstrip()


def _by_weight(body: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(body["criteria"], key=lambda one: -(one["weight"] or 0))


def _outcome(body: dict[str, Any]) -> Iterator[str]:
    decision = body.get("decision")
    verdict = " ".join(_line(part) for part in (body["verdict"]["sentence"], body["verdict"]["robustness"]) if part)
    if not decision:
        yield "Nothing has been decided yet."
        yield verdict
        yield "### Consequences"
        yield "None recorded."
        yield "### Confirmation"
        yield "None recorded."
        return
    yield f'Chosen option: "{_line(decision["chosen"])}", because {_line(decision["why"]) or "no reason was recorded."}'
    if decision["decided_at"] is None:
        yield "This is a proposal: nobody has decided yet."
    if decision["ranking_note"] and (decision["against_ranking"] or _line(decision["ranking_note"]) not in verdict):
        yield f"{'Against the ranking: ' if decision['against_ranking'] else ''}{_line(decision['ranking_note'])}"
    yield verdict
    yield "### Consequences"
    consequences = [f"{one['kind'].capitalize()}, because {_line(one['text'])}" for one in decision["consequences"]]
    trade_offs = [_trade_off(one) for one in decision["trade_offs"]]
    yield _bullets([*consequences, *trade_offs]) or "None recorded."
    yield "### Confirmation"
    yield _block(decision["confirmation"]) or "None recorded."


def _trade_off(one: dict[str, Any]) -> str:
    answer = f"; answered by: {_line(one['mitigation'])}" if one["mitigation"] else ""
    return f"Bad, because of an accepted trade-off: {_line(one['what'])}{answer}"


def _options(body: dict[str, Any]) -> Iterator[str]:
    if not body["candidates"]:
        yield "None recorded."
    cells = {(cell["criterion"], cell["candidate"]): cell for cell in body["cells"]}
    criteria = _by_weight(body)
    for one in body["candidates"]:
        yield f"### {_line(one['name'])}"
        yield _line(one["summary"])
        stack = ", ".join(
            " ".join(filter(None, (part["part"], part["name"], part["version"]))) for part in one["stack"]
        )
        yield f"Stack: {_line(stack)}" if stack else ""
        reasons = [f"Bad, because it is out: {_line(one['out_reason'])}"] if one["out"] else []
        reasons += _tested(body, one["name"])
        judged = [_argument(criterion, cells.get((criterion["key"], one["name"]))) for criterion in criteria]
        yield _bullets([*reasons, *judged])


def _tested(body: dict[str, Any], name: str) -> list[str]:
    """What its failure tests, its packages and its way on from the old system say for or against a candidate."""
    tests = [
        f"{'Good' if one['verdict'] == 'recovered' else 'Bad'}, because of the failure test {_line(one['test'])}: "
        f"{one['verdict']}{''.join(f', {_line(words)}' for words in one['says'])}"
        for one in body.get("failure_tests", [])
        if one["candidate"] == name and one["verdict"] != "not tested"
    ]
    needs = {need["key"]: need["name"] for need in body.get("ecosystem", {}).get("needs", [])}
    missing = [
        f"Bad, because {_line(needs[one['need']])} has no package: {_line(one['note']) or 'the team would write it'}"
        for one in body.get("ecosystem", {}).get("packages", [])
        if one["candidate"] == name and one["verdict"] == "missing"
    ]
    costs = [
        f"Neutral, because the way on from the old system costs {one['cost_low_days']:.12g} to "
        f"{one['cost_high_days']:.12g} person-days"
        for one in body.get("legacy", [])
        if one["candidate"] == name and one["cost_low_days"] is not None and one["cost_high_days"] is not None
    ]
    return [*tests, *missing, *costs]


def _argument(criterion: dict[str, Any], cell: dict[str, Any] | None) -> str:
    name = _line(criterion["name"])
    if cell is None or cell["value"] is None:
        return f"Neutral, because {name} is unknown"
    kind = "Good" if cell["value"] >= GOOD_FROM else "Bad" if cell["value"] <= BAD_UP_TO else "Neutral"
    value = f"{kind}, because {name} is {_rounded(cell['value'], 1)} of 5"
    if cell["basis"] == "ratings" and cell["source"].startswith("mean of "):
        return f"{value} ({_line(cell['source'])})"
    return f"{value} ({BASIS_WORDS[cell['basis']]})" + (f": {_line(cell['source'])}" if cell["source"] else "")


def _more(body: dict[str, Any]) -> Iterator[str]:
    decision = body.get("decision") or {}
    if body["ranking"]:
        yield "### Ranking"
        header = ["| Rank | Option | Worst | Expected | Best |", "|---|---|---|---|---|"]
        yield "\n".join([*header, *map(_ranked, body["ranking"])])
    yield from _listed("Measured runs", (_run(one) for one in body.get("runs", []) if "made" in one))
    yield from _listed("Evidence", map(_evidence, body["evidence"]))
    yield from _listed("Sign-offs", map(_signed, body.get("sign_offs", [])))
    yield from _listed("Review", _review(decision))
    yield from _listed("Production stories", map(_story, body.get("readiness", {}).get("stories", [])))
    yield from _listed("Where the figures come from", map(_line, body.get("provenance", [])))
    yield "### Source"
    yield (
        f"As of revision {body['revision']}, {body['as_of']}, by {_line(body['product']['name'])} "
        f"{_escaped(body['product']['version'])}. SHA-256 of the record's JSON: `{checksum(body)}`"
    )


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    bullets = _bullets(lines)
    if bullets:
        yield f"### {title}"
        yield bullets


def _review(decision: dict[str, Any]) -> Iterator[str]:
    if decision.get("revisit_date"):
        yield f"To be revisited on {decision['revisit_date']}"
    for one in decision.get("forecast", []):
        yield f"Forecast: {_line(one['what'])}, {one['expected']:.12g} {_line(one['unit'])}".rstrip()
    if decision.get("supersedes"):
        yield f"Supersedes {_line(decision['supersedes'])}"


def _ranked(one: dict[str, Any]) -> str:
    rank = "out" if one["rank"] is None else one["rank"]
    totals = " | ".join(_rounded(one[end], 2) for end in ("worst", "expected", "best"))
    return f"| {rank} | {_line(one['candidate'])} | {totals} |"


def _run(one: dict[str, Any]) -> str:
    """How it was made beside what it counted; what is not known is left out."""
    made, sockets = one["made"], one.get("sockets") or {}
    told = [
        (one["requests"], "requests"),
        (one["failures"], "failed"),
        (one["latency_ms"]["p95"], "ms at p95"),
        (sockets.get("held"), "WebSockets held"),
        ((sockets.get("message_ms") or {}).get("p95"), "ms at p95 to a message’s answer"),
        (made["processors"], "processors"),
        (made["workers"], "server workers"),
        (made["users"], "users"),
        (made["warm_up_s"], "s of warming up"),
    ]
    words = [(made["host"], "on"), (made["driver"], "through"), (made["client"], "load from")]
    parts = [f"{round(value, 1):,.12g} {unit}" for value, unit in told if value is not None]
    parts += [f"{word} {_line(value)}" for value, word in words if value]
    parts += [f"{made['loop']} loop"] if made["loop"] else []
    return f"Run {one['number']}, {_line(one['candidate'])}, {_line(one['tool'])}: {', '.join(parts) or 'nothing told'}"


def _evidence(one: dict[str, Any]) -> str:
    details = [
        _address(one["url"]),
        one["date"] or "",
        _line(one["version"]),
        _line(one["strength"]),
        _line(one.get("provenance", "")),
    ]
    return f"Evidence {one['number']}: " + ", ".join([_line(one["title"]).rstrip("."), *filter(None, details)])


def _story(one: dict[str, Any]) -> str:
    return f"{_line(one['candidate'])}: {_line(one['title'])}, {_address(one['url'])}: {_line(one['learned'])}"


def _address(value: str) -> str:
    return f"<{value}>" if WEB_ADDRESS.fullmatch(value) else _line(value)


def _signed(one: dict[str, Any]) -> str:
    review = "" if one["independent"] else f", without independent review: {_line(one['reason'])}"
    review += f". Digest of what was seen: `{one['digest']}`"
    return (
        f"{_line(one['phase'])} {one['state']} by {_line(one['by'])}, {one['at']}, revision {one['revision']}{review}"
    )
