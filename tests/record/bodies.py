"""Bodies of records for the tests of printing, Markdown, sheets and schema: set only what the test is about."""

import copy
from typing import Any

from tests.record.sections import DIGEST, grid_phases, later_sections, made, run, sockets

BASES = ["measured", "judged", "ratings", "unknown"]


def empty_body(**changes: Any) -> dict[str, Any]:
    """A new evaluation in which nobody has written anything yet."""
    body = {
        "schema_version": 3,
        "product": {"name": "fwselect", "version": "0.1.0"},
        "evaluation": {"id": 7, "title": "Untitled evaluation", "team": "New team"},
        "revision": 1,
        "as_of": "2027-03-01T14:02:00Z",
        "state": "draft",
        "open": [{"text": "No requirement has been written yet."}],
        "notices": [],
        "verdict": {
            "sentence": "Too early: nothing has been compared.",
            "robustness": "",
            "too_early": True,
            "leader": None,
        },
        "candidates": [],
        "criteria": [],
        "cells": [],
        "ranking": [],
        "requirements": [],
        "must_haves": [],
        "evidence": [],
    }
    return copy.deepcopy(body | changes)


def cell(criterion: str, candidate: str, value: float | None, basis: str = "judged", **changes: Any) -> dict[str, Any]:
    unknown = value is None
    return {
        "criterion": criterion,
        "candidate": candidate,
        "value": value,
        "low": 1 if unknown else max(1, round(value - 0.4, 2)),
        "high": 5 if unknown else min(5, round(value + 0.3, 2)),
        "basis": "unknown" if unknown else basis,
        "spread": None if unknown else 0.2,
        "evidence": 0 if unknown else 2,
        "source": "" if unknown else "agreed in the meeting",
    } | changes


def criterion(key: str, name: str, weight: float | None = 0.25, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "name": name,
        "question": f"How good is it at this: {name.lower()}?",
        "group": "Load and behaviour",
        "anchors": {
            "low": "The service falls over in the first minute.",
            "middle": "It works with care and two workarounds.",
            "high": "It works out of the box, with headroom for twice the load.",
        },
        "weight": weight,
        "basis": "judged",
    } | changes


def candidate(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "summary": "Runs under an ASGI server behind a proxy that buffers bodies.",
        "stack": [
            {"part": "framework", "name": name, "version": "1.2"},
            {"part": "server", "name": "uvicorn", "version": "0.54"},
            {"part": "data layer", "name": "asyncpg", "version": ""},
        ],
        "kind": "a framework and what runs it",
        "out": False,
        "out_reason": "",
        "out_because": [],
    } | changes


def sample_body(**changes: Any) -> dict[str, Any]:
    """Three candidates, four criteria, every section filled; a draft unless told otherwise."""
    names = ["FastAPI", "Litestar", "Django"]
    criteria = [
        criterion(
            "C1",
            "5,000 live connections",
            0.4,
            basis="measured",
            metric="connections held",
            value_function=[{"metric": 500, "score": 1}, {"metric": 5000, "score": 5}],
        ),
        criterion(
            "C2",
            "p95 of history queries",
            0.3,
            basis="measured",
            metric="p95, ms",
            value_function=[{"metric": 400, "score": 1}, {"metric": 60, "score": 5}],
        ),
        criterion("C3", "Learning time", 0.2, group="Team"),
        criterion("C4", "Built-in admin", 0.1, group="Operations"),
    ]
    cells = [
        cell("C1", "FastAPI", 4.6, "measured"),
        cell("C1", "Litestar", 4.2, "measured", other=[{"basis": "judged", "value": 3.5}]),
        cell("C1", "Django", 2.8, "ratings"),
        cell("C2", "FastAPI", 4.1, "measured"),
        cell("C2", "Litestar", 3.9, "measured"),
        cell("C2", "Django", 3.4, "measured"),
        cell("C3", "FastAPI", 4.0),
        cell("C3", "Litestar", None),
        cell("C3", "Django", 4.8),
        cell("C4", "FastAPI", 1.5, "ratings"),
        cell("C4", "Litestar", 1.2, "ratings"),
        cell("C4", "Django", 5.0),
    ]
    body = (
        empty_body(
            evaluation={"id": 7, "title": "Tracking API, 2027", "team": "Logistics"},
            revision=128,
            open=[
                {
                    "text": "Phase 3, ecosystem: 4 of 10 items are done.",
                    "phase": "Ecosystem",
                    "owner": "M. Example",
                    "due": "2027-03-12",
                },
                {"text": "One of 12 cells is unknown."},
            ],
            notices=["Phase 2 was approved without independent review: “the team has one lead and no reviewer”."],
            verdict={
                "sentence": "FastAPI leads with 4.1 of 5, ahead of Litestar by 0.3.",
                "robustness": "It is first in 71 % of the weightings that respect your ranking. Litestar would "
                "lead if its p95 under your workload were at or below 143 ms.",
                "too_early": False,
                "leader": "FastAPI",
            },
            candidates=[
                *(candidate(name) for name in names),
                candidate(
                    "Flask",
                    out=True,
                    out_reason="Must-have R1 is not met.",
                    out_because=[{"rule": "must-have", "what": "Hold live connections.", "reason": "No server."}],
                ),
            ],
            criteria=criteria,
            cells=cells,
            ranking=[
                {"candidate": "FastAPI", "rank": 1, "worst": 3.6, "expected": 4.1, "best": 4.4, "first_share": 0.71},
                {"candidate": "Litestar", "rank": 2, "worst": 3.0, "expected": 3.8, "best": 4.3, "first_share": 0.26},
                {"candidate": "Django", "rank": 3, "worst": 3.1, "expected": 3.4, "best": 3.7, "first_share": 0.03},
                {"candidate": "Flask", "rank": None, "worst": 2.2, "expected": 2.7, "best": 3.3, "first_share": None},
            ],
            requirements=[
                {
                    "key": "R1",
                    "kind": "load",
                    "statement": "Hold live connections of every vehicle in service.",
                    "quantity": 5000,
                    "unit": "connections",
                    "must_have": True,
                    "source": "fleet plan",
                    "verified_by": "spike with k6",
                    "top": True,
                    "votes": 5,
                    "criteria": ["C1"],
                },
                {
                    "key": "R2",
                    "kind": "data access",
                    "statement": "History of a parcel over REST.",
                    "quantity": 150,
                    "unit": "ms at p95",
                    "must_have": False,
                    "source": "support desk",
                    "verified_by": "",
                    "top": True,
                    "votes": 4,
                    "criteria": ["C2"],
                },
                {
                    "key": "R3",
                    "kind": "team",
                    "statement": "Productive after a week.",
                    "quantity": None,
                    "unit": "",
                    "must_have": False,
                    "source": "",
                    "verified_by": "exercise",
                    "top": True,
                    "votes": 3,
                    "criteria": ["C3"],
                },
            ],
            must_haves=[
                {
                    "requirement": "R1",
                    "candidate": "FastAPI",
                    "verdict": "met",
                    "reason": "5,200 held for an hour.",
                    "evidence": [1],
                },
                {"requirement": "R1", "candidate": "Django", "verdict": "not proven", "reason": "", "evidence": []},
                {
                    "requirement": "R1",
                    "candidate": "Flask",
                    "verdict": "not met",
                    "reason": "No WebSocket server.",
                    "evidence": [],
                },
            ],
            evidence=[
                {
                    "number": 1,
                    "kind": "run",
                    "title": "Held connections, run 1",
                    "url": "",
                    "sha256": DIGEST,
                    "date": "2027-02-20",
                    "version": "1.2",
                    "strength": "strong",
                    "cells": [{"criterion": "C1", "candidate": "FastAPI"}],
                    "about": "",
                    "provenance": "invented example",
                },
                {
                    "number": 2,
                    "kind": "link",
                    "title": "Release notes",
                    "url": "https://docs.example.org/releases/1.2?from=1.1#changes",
                    "sha256": None,
                    "date": "2027-01-15",
                    "version": "1.2",
                    "strength": "weak",
                    "cells": [],
                    "about": "O1 × Django",
                },
            ],
        )
        | later_sections()
    )
    return copy.deepcopy(body | changes)


def decided_body(**changes: Any) -> dict[str, Any]:
    decision = later_sections()["decision"] | {"decided_at": "2027-03-01T14:00:00Z", "decided_by": "Lead One"}
    return sample_body(**({"state": "decided", "open": [], "decision": decision} | changes))


def body_of_version_2(**changes: Any) -> dict[str, Any]:
    """As records were frozen before bodies told how runs were made, and of their WebSockets."""
    body = decided_body(schema_version=2, **changes)
    later = ("made", "sockets")
    body["runs"] = [{name: value for name, value in one.items() if name not in later} for one in body["runs"]]
    return body


def grid_body(candidates: int, criteria: int, **changes: Any) -> dict[str, Any]:
    """`candidates` x `criteria` cells of every basis, with evidence and a run for each candidate."""
    names = [
        f"Candidate {number} on a rather long stack" if number % 3 == 0 else f"Stack {number}"
        for number in range(1, candidates + 1)
    ]
    keys = [f"C{number}" for number in range(1, criteria + 1)]
    groups = ["Load and behaviour", "Team", "Operations", "Community"]
    per_group = max(1, -(-criteria // len(groups)))
    cells = []
    for row, key in enumerate(keys):
        for column, name in enumerate(names):
            basis = BASES[(row + column) % 4]
            value = None if basis == "unknown" else 1 + (row * 7 + column * 5) % 41 / 10
            cells.append(cell(key, name, value, basis))
    totals = [round(4.4 - 2.6 * place / max(1, candidates), 2) for place in range(candidates)]
    body = sample_body(
        candidates=[candidate(name) for name in names],
        criteria=[
            criterion(
                key, f"Criterion {number} of the long list", round(1 / criteria, 4), group=groups[number // per_group]
            )
            for number, key in enumerate(keys)
        ],
        cells=cells,
        ranking=[
            {
                "candidate": name,
                "rank": place + 1,
                "worst": max(1, round(totals[place] - 0.7, 2)),
                "expected": totals[place],
                "best": min(5, round(totals[place] + 0.4, 2)),
                "first_share": None,
            }
            for place, name in enumerate(names)
        ],
        verdict={"sentence": f"{names[0]} leads.", "robustness": "", "too_early": False, "leader": names[0]},
        requirements=[],
        must_haves=[],
        runs=[
            run(number, name, 60 + 35 * number, made=made(host=f"host {number}"), sockets=sockets(held=number))
            for number, name in enumerate(names, start=1)
        ],
        failure_tests=[],
        evidence=[
            {
                "number": number,
                "kind": "note",
                "title": f"Note {number} about what was seen in the spike",
                "url": "",
                "sha256": None,
                "date": "2027-02-01",
                "version": "1.0",
                "strength": "moderate",
                "cells": [{"criterion": keys[number % criteria], "candidate": names[number % candidates]}],
                "about": "",
            }
            for number in range(1, criteria * 2 + 1)
        ],
        disagreement=[],
        weights={"method": "order", "agreed": False, "members": [], "disagreement": []},
        decision=None,
        legacy=[],
        **grid_phases(names),
    )
    return copy.deepcopy(body | changes)
