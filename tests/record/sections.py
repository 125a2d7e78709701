"""The sections of a sample body that come after the comparison: people, runs, phases 3 to 5, sign-offs, decision."""

from typing import Any

DIGEST = "3f1c0d5e" * 8


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
        "environment": "2 cores, 8 GB, PostgreSQL 18 on the same host",
        "provenance": "invented example",
    } | changes


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
        "runs": [run(1, "FastAPI"), run(2, "Litestar", 97.5), run(3, "Django", 160)],
        "failure_tests": [
            {
                "test": "Database refused for 30 s",
                "candidate": "FastAPI",
                "verdict": "recovered",
                "answers": [{"kind": "503", "count": 812}, {"kind": "timeout", "count": 4}],
                "first_success_s": 1.4,
                "censored": False,
                "lost_requests": 0,
                "note": "",
                "provenance": "invented example",
            },
            {
                "test": "Database refused for 30 s",
                "candidate": "Django",
                "verdict": "stuck",
                "answers": [],
                "first_success_s": 45,
                "censored": True,
                "lost_requests": None,
                "note": "Pool never refilled.",
                "provenance": "invented example",
            },
        ],
        "ecosystem": {
            "needs": ["database driver", "message broker"],
            "packages": [
                {
                    "need": "database driver",
                    "candidate": "FastAPI",
                    "package": "asyncpg",
                    "version": "0.30",
                    "facts": ["maintained", "async"],
                    "verdict": "good",
                    "dealbreaker": False,
                    "note": "",
                },
                {
                    "need": "message broker",
                    "candidate": "FastAPI",
                    "package": "",
                    "version": "",
                    "facts": [],
                    "verdict": "weak",
                    "dealbreaker": False,
                    "note": "",
                },
                {
                    "need": "message broker",
                    "candidate": "Flask",
                    "package": "old-queue",
                    "version": "0.2",
                    "facts": ["no release for four years"],
                    "verdict": "weak",
                    "dealbreaker": True,
                    "note": "Not maintained.",
                },
            ],
        },
        "team_fit": {
            "exercise": "A simple endpoint with validation and one test.",
            "times": [
                {"candidate": "FastAPI", "minutes": [31, 38, 44, 44, 62], "median": 44},
                {"candidate": "Litestar", "minutes": [], "median": None},
                {"candidate": "Django", "minutes": [22, 25, 29, 41, 48], "median": 29},
            ],
            "answers": [
                {"question": "Is the error message helpful?", "candidate": "FastAPI", "values": [3, 4, 4, 5, 5]},
                {"question": "Is the error message helpful?", "candidate": "Django", "values": [2, 3, 4, 4, 4]},
            ],
            "quotes": [{"candidate": "FastAPI", "text": "The type errors told me where to look.", "by": None}],
        },
        "readiness": {
            "items": ["Health checks", "Graceful shutdown"],
            "answers": [
                {"item": "Health checks", "candidate": "FastAPI", "answer": "yes", "note": "", "evidence": []},
                {
                    "item": "Health checks",
                    "candidate": "Django",
                    "answer": "partly",
                    "note": "by a package",
                    "evidence": [2],
                },
                {"item": "Graceful shutdown", "candidate": "FastAPI", "answer": "no", "note": "", "evidence": []},
            ],
        },
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
                "by": "Reviewer Four",
                "role": "reviewer",
                "at": "2027-02-11T10:00:00Z",
                "revision": 96,
                "digest": DIGEST,
                "independent": True,
                "reason": "",
                "comment": "Clear.",
            },
            {
                "phase": "Spikes",
                "state": "approved",
                "by": "Lead One",
                "role": "lead",
                "at": "2027-02-25T10:00:00Z",
                "revision": 120,
                "digest": DIGEST,
                "independent": False,
                "reason": "the team has one lead and no reviewer",
                "comment": "",
            },
        ],
        "decision": {
            "chosen": "FastAPI",
            "why": "It holds the connections with headroom and the team learned it in time.",
            "against_ranking": "",
            "trade_offs": ["No built-in admin: two weeks for a small one."],
            "consequences": [
                {"kind": "good", "text": "Typed contracts from the first day."},
                {"kind": "bad", "text": "The team maintains its own metrics middleware."},
            ],
            "confirmation": "A load test in the pipeline keeps p95 below 150 ms.",
            "revisit_date": "2028-03-01",
            "forecast": [{"what": "p95 of history queries", "expected": "90 ms"}],
            "decided_at": None,
        },
        "provenance": ["All figures of this evaluation are an invented example."],
    }
