"""The sections of a sample body that come after the comparison: people, runs, phases 3 to 5, sign-offs, decision."""

from typing import Any

DIGEST = "3f1c0d5e" * 8


def made(**changes: Any) -> dict[str, Any]:
    return {
        "host": "host-a",
        "processors": 4,
        "workers": 2,
        "driver": "asyncpg 0.30",
        "client": "load-1",
        "loop": "closed",
        "users": 50,
        "warm_up_s": 30,
        "repeat": 1,
        "generator_busy": 40,
        "not_said": ["loop"],
    } | changes


def sockets(**changes: Any) -> dict[str, Any]:
    times = {"min": 0.4, "mean": 3.1, "p50": 2.5, "p90": 6.0, "p95": 8.25, "p99": 21.0, "max": 140.0}
    return {
        "held": 5_200,
        "held_rule": "most open in any second, counted from the points",
        "sessions": 5_210,
        "connect_ms": times,
        "message_ms": {**times, "p95": 12.5},
        "messages_sent": 96_000,
        "messages_received": 95_990,
    } | changes


UNTOLD = dict.fromkeys(made()) | {"host": "", "driver": "", "client": "", "not_said": []}


def run(number: int, candidate_name: str, p95: float = 88.0, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "tool": "Locust 2.44",
        "candidate": candidate_name,
        "file_name": f"history-{number}_stats.csv",
        "sha256": DIGEST,
        "started_at": "2027-02-20T09:00:00Z",
        "duration_s": 600,
        "requests": 182_340,
        "failures": 36,
        "requests_per_s": 303.9,
        "latency_ms": {
            "min": 3.1,
            "mean": round(p95 / 3, 1),
            "p50": round(p95 / 4, 1),
            "p90": round(p95 * 0.8, 1),
            "p95": p95,
            "p99": round(p95 * 1.9, 1),
            "max": round(p95 * 4, 1),
        },
        "warnings": ["Closed-loop tool: latency during an outage is understated."],
        "workload": "History and live positions",
        "environment": "2 cores, 8 GB, PostgreSQL 18 on the same host",
        "made": made(),
        "over_time": {
            "seconds": [0, 200, 400, 599],
            "requests_per_s": [280.5, 310, None, 305],
            "p95_ms": [p95, p95 * 1.2, None, p95 * 0.9],
        },
        "provenance": "invented example",
    } | changes


def failure_test(candidate_name: str, **changes: Any) -> dict[str, Any]:
    return {
        "test": "Database refused for 30 s",
        "candidate": candidate_name,
        "verdict": "recovered",
        "answers": [],
        "first_success_s": 1.4,
        "censored": False,
        "lost_requests": 0,
        "figure": None,
        "says": ["1.4 s to a good answer", "0 lost"],
        "host": "laptop",
        "date": "2027-02-21",
        "note": "",
        "file_name": "",
        "sha256": None,
        "provenance": "invented example",
    } | changes


def need(key: str, kind: str, name: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "name": name, "note": "", "required": True, "async_needed": False} | changes


def package(need_key: str, candidate_name: str, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "need": need_key,
        "candidate": candidate_name,
        "package": name,
        "version": "0.30",
        "facts": [{"what": "maintained", "answer": "yes", "note": ""}],
        "issue_days": 3,
        "verdict": "good",
        "dealbreaker": False,
        "dealbreaker_reason": "",
        "note": "",
        "date": "2027-02-12",
        "evidence": [],
    } | changes


def answered(question: str, candidate_name: str, yes: int, partly: int, no: int, unsure: int) -> dict[str, Any]:
    counts = {"yes": yes, "partly": partly, "no": no, "dont_know": unsure}
    return {"question": question, "candidate": candidate_name, **counts}


def readiness_answer(item: str, candidate_name: str, answer: str, **changes: Any) -> dict[str, Any]:
    return {
        "item": item,
        "candidate": candidate_name,
        "answer": answer,
        "from_tests": False,
        "tests_say": None,
        "figure": None,
        "note": "",
        "evidence": [],
    } | changes


def grid_phases(names: list[str]) -> dict[str, Any]:
    """Phases 3 to 5 for any number of candidates: one need, three dots and ten items each."""
    items = [
        {"key": f"O{number}", "text": f"Item {number} of operation", "applies": True, "reason": ""}
        for number in range(1, 11)
    ]
    return {
        "team_fit": {
            "exercise": "A simple endpoint",
            "task": "",
            "revealed": True,
            "times": [
                {"candidate": name, "minutes": [20 + 3 * place, 31, 40 + place], "median": 31}
                for place, name in enumerate(names)
            ],
            "ratings": [],
            "answers": [answered("Easy to navigate?", name, 2, 1, 0, 1) for name in names],
            "quotes": [],
            "remarks": [],
        },
        "readiness": {
            "items": items,
            "answers": [
                readiness_answer(item["key"], name, "yes", note="seen in the spike") for item in items for name in names
            ],
            "shares": [],
            "stories": [],
        },
        "ecosystem": {
            "needs": [need("N1", "database driver", "PostgreSQL")],
            "packages": [package("N1", name, "driver") for name in names],
        },
    }


def later_sections() -> dict[str, Any]:
    return {
        "people": {
            "decided": ["Lead One"],
            "consulted": ["Contributor Two", "Contributor Three"],
            "informed": ["Platform group"],
            "members": [{"name": "Lead One", "role": "lead"}, {"name": "Reviewer Four", "role": "reviewer"}],
        },
        "context": "The tracking service is rewritten.\n\nIt has six developers and one week to learn.",
        "team_profile": {"size": 6, "skills": ["Django", "PostgreSQL"], "async_experience": "two of six"},
        "phases": [
            {"number": 1, "name": "Requirements", "state": "approved", "done": 8, "total": 8},
            {"number": 2, "name": "Spikes", "state": "ready", "done": 5, "total": 7},
            {"number": 3, "name": "Ecosystem", "state": "open", "done": 4, "total": 10},
            {"number": 4, "name": "Team fit", "state": "stale", "done": 6, "total": 6},
            {"number": 5, "name": "Readiness", "state": "not applicable", "done": 0, "total": 12},
        ],
        "weights": {
            "method": "swing, agreed by five members",
            "agreed": True,
            "members": [
                {
                    "member": "Lead One",
                    "method": "swing",
                    "weights": [
                        {"criterion": "C1", "weight": 0.5},
                        {"criterion": "C2", "weight": 0.25},
                        {"criterion": "C3", "weight": 0.15},
                        {"criterion": "C4", "weight": 0.1},
                    ],
                },
                {
                    "member": "Contributor Two",
                    "method": "order",
                    "weights": [
                        {"criterion": "C1", "weight": 0.3},
                        {"criterion": "C2", "weight": 0.35},
                        {"criterion": "C3", "weight": 0.25},
                        {"criterion": "C4", "weight": 0.1},
                    ],
                },
            ],
            "disagreement": [{"criterion": "C1", "low": 0.3, "high": 0.5}],
        },
        "method": {"name": "Additive value", "variant": "agreed weights", "draws": 100_000, "seed": 7, "error": 0.002},
        "runs": [run(1, "FastAPI", sockets=sockets()), run(2, "Litestar", 97.5), run(3, "Django", 160, made=UNTOLD)],
        "workloads": [
            {
                "title": "History and live positions",
                "description": "Sixty per cent history, the rest positions.",
                "endpoints": [{"method": "GET", "path": "/parcels/{id}/history", "share": 60, "note": ""}],
                "users": 200,
                "rate_per_s": 300,
                "duration_s": 600,
                "warm_up_s": 60,
                "environment": "2 cores, 8 GB",
            }
        ],
        "failure_tests": [
            failure_test("FastAPI", answers=[{"kind": "503", "count": 812}, {"kind": "timeout", "count": 4}]),
            failure_test("Django", verdict="stuck", first_success_s=45, censored=True, note="Pool never refilled."),
            failure_test(
                "Litestar",
                test="Cold start",
                first_success_s=None,
                figure={"name": "start to first good answer", "value": 840, "unit": "ms"},
                says=["840 ms"],
            ),
        ],
        "ecosystem": {
            "needs": [
                need("N1", "database driver", "PostgreSQL", async_needed=True),
                need("N2", "message broker", "Events"),
                need("N3", "logging", "Logs", required=False),
            ],
            "packages": [
                package("N1", "FastAPI", "asyncpg", evidence=[2]),
                package("N2", "FastAPI", "", verdict="missing", version="", facts=[], note="Three days."),
                package(
                    "N2",
                    "Flask",
                    "old-queue",
                    verdict="poor",
                    facts=[{"what": "maintained", "answer": "no", "note": "no release for four years"}],
                    dealbreaker=True,
                    dealbreaker_reason="Not maintained.",
                ),
            ],
        },
        "team_fit": {
            "exercise": "A simple endpoint",
            "task": "With validation and one test.",
            "revealed": True,
            "times": [
                {"candidate": "FastAPI", "minutes": [31, 38, 44, 44, 62], "median": 44},
                {"candidate": "Litestar", "minutes": [], "median": None},
                {"candidate": "Django", "minutes": [22, 25, 29, 41, 48], "median": 29},
            ],
            "ratings": [
                {"question": "Quality of the code", "candidate": "FastAPI", "values": [3, 4, 4, 5, 5], "median": 4},
                {"question": "Quality of the code", "candidate": "Django", "values": [2, 3, 4, 4, 4], "median": 4},
            ],
            "answers": [
                answered("Is the error message helpful?", "FastAPI", 3, 1, 1, 0),
                answered("Is the error message helpful?", "Django", 1, 2, 1, 1),
            ],
            "quotes": [{"candidate": "FastAPI", "text": "The type errors told me where to look.", "by": None}],
            "remarks": [{"candidate": "Django", "text": "Tidy, but the view does too much.", "by": None}],
        },
        "readiness": {
            "items": [
                {"key": "O1", "text": "Health checks", "applies": True, "reason": ""},
                {"key": "O2", "text": "Graceful shutdown", "applies": True, "reason": ""},
                {"key": "O3", "text": "Cold start", "applies": False, "reason": "always on"},
            ],
            "answers": [
                readiness_answer("O1", "FastAPI", "yes"),
                readiness_answer("O1", "Django", "partly", note="by a package", evidence=[2]),
                readiness_answer("O2", "FastAPI", "no", tests_say="partly"),
                readiness_answer("O2", "Django", "yes", from_tests=True, tests_say="yes"),
                readiness_answer("O2", "Litestar", "unknown"),
            ],
            "shares": [
                {
                    "candidate": "FastAPI",
                    "yes": 1,
                    "partly": 0,
                    "no": 1,
                    "unknown": 0,
                    "share": 0.5,
                    "low": 0.5,
                    "high": 0.5,
                },
                {
                    "candidate": "Litestar",
                    "yes": 0,
                    "partly": 0,
                    "no": 0,
                    "unknown": 2,
                    "share": None,
                    "low": None,
                    "high": None,
                },
            ],
            "stories": [
                {
                    "candidate": "Django",
                    "title": "Ten years of parcels",
                    "url": "https://stories.example.org/parcels",
                    "learned": "Migrations need a window of their own.",
                }
            ],
        },
        "legacy": [
            {
                "candidate": "Django",
                "cost_low_days": 40,
                "cost_high_days": 65,
                "cost_source": "two seniors, independently",
                "pain_points": ["Deployments by hand."],
                "increments": [
                    {
                        "number": 1,
                        "moves": "History, read only",
                        "effort_low_days": 8,
                        "effort_high_days": 12,
                        "risk": "low",
                        "risk_note": "",
                        "rollback": "Route back at the proxy.",
                    },
                    {
                        "number": 2,
                        "moves": "Positions",
                        "effort_low_days": None,
                        "effort_high_days": None,
                        "risk": "high",
                        "risk_note": "two writers for a week",
                        "rollback": "",
                    },
                ],
            }
        ],
        "checklist": [
            {"phase": "Requirements", "text": "Requirements are written down", "state": "done", "reason": "page 1"},
            {"phase": "Readiness", "text": "Cold start", "state": "not applicable", "reason": "always on"},
            {"phase": "Readiness", "text": "Health checks", "state": "open", "reason": ""},
        ],
        "disagreement": [
            {
                "criterion": "C3",
                "candidate": "Django",
                "ratings": [2, 4, 5, 5],
                "outcome": "Agreed on 4.8 after the exercise.",
            },
        ],
        "sign_offs": [
            {
                "phase": "Requirements",
                "state": "approved",
                "stands": True,
                "by": "Reviewer Four",
                "role": "reviewer",
                "at": "2027-02-11T10:00:00Z",
                "revision": 96,
                "digest": DIGEST,
                "independent": True,
                "reason": "",
                "comment": "Clear.",
                "points": [{"text": "Say where the 5,000 come from.", "settled": True}],
            },
            {
                "phase": "Spikes",
                "state": "approved",
                "stands": True,
                "by": "Lead One",
                "role": "lead",
                "at": "2027-02-25T10:00:00Z",
                "revision": 120,
                "digest": DIGEST,
                "independent": False,
                "reason": "the team has one lead and no reviewer",
                "comment": "",
                "points": [],
            },
        ],
        "decision": {
            "chosen": "FastAPI",
            "why": "It holds the connections with headroom and the team learned it in time.",
            "against_ranking": False,
            "ranking_note": "It is first in the ranking.",
            "trade_offs": [
                {
                    "criterion": "C4",
                    "what": "No built-in admin.",
                    "mitigation": "Two weeks for a small one.",
                    "shortfall": 0.35,
                }
            ],
            "consequences": [
                {"kind": "good", "text": "Typed contracts from the first day."},
                {"kind": "bad", "text": "The team maintains its own metrics middleware."},
            ],
            "confirmation": "A load test in the pipeline keeps p95 below 150 ms.",
            "revisit_date": "2028-03-01",
            "forecast": [
                {
                    "what": "p95 of history queries",
                    "expected": 90,
                    "unit": "ms",
                    "lower_is_better": True,
                    "note": "from runs 1 to 3",
                }
            ],
            "proposed_by": "Lead One",
            "decided_by": "",
            "decided_at": None,
        },
        "provenance": ["All figures of this evaluation are an invented example."],
    }
