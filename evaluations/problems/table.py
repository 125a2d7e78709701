"""The results as text that fits a terminal."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

MOST = 10


def as_table(results: dict[str, Any]) -> str:
    """Every part of `calculate.calculate` under its own heading; long lists are cut and say so."""
    lines: list[str] = [results["title"] or "Untitled problem"]
    for name, write in WRITERS.items():
        if results.get(name):
            lines += ["", *write(results[name])]
    return "\n".join(lines) + "\n"


def _weights(told: dict[str, Any]) -> Iterator[str]:
    origin = f" ({told['origin']})" if told["origin"] else ""
    yield f"Weights: {told['kind']}{origin}"
    yield from _columns([[name, f"{share:.4f}"] for name, share in told["used"].items()])


def _verdict(told: dict[str, Any]) -> Iterator[str]:
    who = told["leader"] or ", ".join(told["front"])
    share = f", first in {told['share']:.1%} of {told['draws']:,} draws" if told.get("share") is not None else ""
    ahead = f", {told['margin']:.2f} ahead" if told["margin"] is not None and told["leader"] else ""
    yield f"Verdict: {told['state']}{': ' if who else ''}{who}{ahead}{share}; {told['unknown']} cells unknown"


def _ranking(told: dict[str, Any]) -> Iterator[str]:
    yield _heading("Ranking", told)
    rows = sorted(told["candidates"], key=lambda row: (row["rank"] is None, row["rank"] or 0))
    cells = [["rank", "candidate", "worst", "expected", "best", "first"]]
    cells += [
        [
            "out" if row["rank"] is None else str(row["rank"]),
            row["candidate"],
            *(f"{row[end]:.2f}" for end in ("worst", "expected", "best")),
            "; ".join(row["fails"]) if row["rank"] is None else f"{row['first_share']:.3f}",
        ]
        for row in rows
    ]
    yield from _columns(cells)
    yield f"  first: {_heading(told['first_share']['method'], told['first_share'])}"


def _rank_acceptability(told: list[dict[str, Any]]) -> Iterator[str]:
    for one in told:
        yield _heading("Rank acceptability", one)
        count = len(one["candidates"])
        header = ["candidate", *(f"rank {rank}" for rank in range(1, count + 1)), "confidence"]
        rows = [
            [row["candidate"], *(f"{share:.3f}" for share in row["ranks"]), _or_none(row["confidence"])]
            for row in one["candidates"]
        ]
        yield from _columns([header, *rows])


def _weight_stability(told: dict[str, Any]) -> Iterator[str]:
    yield _heading("Weight stability", told)
    rows = [
        [row["criterion"], f"{row['weight']:.4f}", f"{_or_none(row['low'])} .. {_or_none(row['high'])}"]
        for row in told["criteria"]
    ]
    yield from _columns([["criterion", "weight", "interval"], *rows])


def _what_must_change(told: dict[str, Any]) -> Iterator[str]:
    yield f"What must change for {told['challenger']} to pass {told['leader']}"
    rows = [
        [one["kind"], one["criterion"], one["candidate"] or "", f"{one['side']} {one['tie']:.4g} {one['unit']}".strip()]
        for one in told["changes"]
    ]
    yield from _cut(rows)
    if move := told["smallest_weight_move"]:
        yield f"  all weights together: {move['moved']:.1%} of the weight changes hands"


def _find_out_next(told: dict[str, Any]) -> Iterator[str]:
    evpi = told["evpi"]
    yield f"Find out next: all known {evpi['value']:.4f} points; stop below {told['limit_per_hour']:g} points per hour"
    header = ["candidate", "criterion", "points per hour", "winner changes"]
    rows = [
        [item["candidate"], item["criterion"], f"{item['per_hour']:.5f}", f"{item['winner_changes']:.1%}"]
        for item in told["items"]
    ]
    yield from _cut([header, *rows])
    if told["stop"]:
        yield "  nothing brings enough: stop collecting, decide"


def _cross_checks(told: dict[str, Any]) -> Iterator[str]:
    yield f"Cross-checks: {told['agreeing']} of {told['of']} put the same first"
    rows = [
        [check["method"], check["variant"], ", ".join(check["firsts"]), _without(check)] for check in told["checks"]
    ]
    yield from _columns(rows)


def _answer(told: dict[str, Any]) -> Iterator[str]:
    yield _heading(told["method"], told)
    rows = [[str(row["rank"] or "out"), row["candidate"], _or_none(row["total"])] for row in told["candidates"]]
    yield from _columns([["rank", "candidate", "total"], *rows])
    yield f"  {'agrees' if told['agrees'] else 'does not agree'} with the additive value. {_without(told)}".rstrip()


def _without(check: dict[str, Any]) -> str:
    return "; ".join(f"without {one['left_out']}: {', '.join(one['firsts'])}" for one in check["rank_reversals"])


def _agreement(told: dict[str, Any]) -> Iterator[str]:
    for name, called in (("facts", "facts"), ("facts_settled", "facts, settled cells the same"), ("values", "values")):
        if one := told[name]:
            yield f"Agreement about {called}: Kendall's W {_or_none(one['w'])}, p {_or_none(one['p'])} ({one['of']})"


def _agenda(told: dict[str, Any]) -> Iterator[str]:
    if told["items"]:
        yield "Agenda: disagreement x influence"
        yield from _cut(
            [
                [item["candidate"], item["criterion"], f"{item['low']:g}..{item['high']:g}", f"{item['weight']:.4f}"]
                for item in told["items"]
            ]
        )


WRITERS: dict[str, Callable[[Any], Iterator[str]]] = {
    "weights": _weights,
    "verdict": _verdict,
    "ranking": _ranking,
    "answer": _answer,
    "rank_acceptability": _rank_acceptability,
    "weight_stability": _weight_stability,
    "what_must_change": _what_must_change,
    "find_out_next": _find_out_next,
    "cross_checks": _cross_checks,
    "agreement": _agreement,
    "agenda": _agenda,
}


def _heading(title: str, told: dict[str, Any]) -> str:
    drawn = f"; {told['draws']:,} draws, seed {told['seed']}, error {told['error']:.4f}" if told.get("draws") else ""
    return f"{title}: {told['variant']}{drawn}"


def _or_none(x: float | None) -> str:
    return "none" if x is None else f"{x:.4f}"


def _cut(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from _columns(rows[: MOST + 1])
    if len(rows) > MOST + 1:
        yield f"  and {len(rows) - MOST - 1} more"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))] if rows else []
    for row in rows:
        yield "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
