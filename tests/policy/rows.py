"""The policy: for every URL name and method, who is let in and what everybody else is told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluations import catalogue
from evaluations.decision import moving
from evaluations.requirements.queries import usual_hours
from evaluations.rounds import actions as rounds
from evaluations.signoff.queries import digest_of
from evaluations.teamfit import actions as teamfit
from evaluations.teamfit.queries import QUESTIONS
from evaluations.workshop import actions as workshops
from tests.decision.choosing import clear_the_way, decide_at_last, seen_now
from tests.policy.world import AT, World
from tests.readiness.readiness_facts import file_of, told_test
from tests.signoff.signing import leave_nothing_to_answer, set_aside

ANONYMOUS, STRANGER, VIEWER, CONTRIBUTOR = "anonymous", "stranger", "viewer", "contributor"
REVIEWER, RATER, LEAD = "reviewer", "rating reviewer", "lead"
GUEST, GUEST_REVIEWER = "guest contributor", "guest reviewer"
ROLES = (ANONYMOUS, STRANGER, VIEWER, CONTRIBUTOR, REVIEWER, RATER, LEAD, GUEST, GUEST_REVIEWER)
MEMBERS = frozenset({VIEWER, CONTRIBUTOR, REVIEWER, RATER, LEAD})
GUESTS = frozenset({GUEST, GUEST_REVIEWER})

IN, SIGN_IN, FORBIDDEN, UNKNOWN = "in", "sign in", 403, 404
Access = Mapping[str, str | int]


def _open_to(able: Iterable[str], *, readers: Iterable[str]) -> Access:
    """Those able are in; who may read but not this is forbidden; to all others it does not exist."""
    rest = {role: FORBIDDEN if role in readers else UNKNOWN for role in ROLES if role != ANONYMOUS}
    return {ANONYMOUS: SIGN_IN, **rest, **dict.fromkeys(able, IN)}


EVERYBODY: Access = dict.fromkeys(ROLES, IN)
SIGNED_IN: Access = {**EVERYBODY, ANONYMOUS: SIGN_IN}
HIDDEN: Access = dict.fromkeys(ROLES, UNKNOWN)
NOBODY: Access = {**HIDDEN, ANONYMOUS: SIGN_IN}
READ = _open_to(MEMBERS | GUESTS, readers=())
RATE = _open_to({CONTRIBUTOR, RATER, LEAD, GUEST}, readers=MEMBERS | GUESTS)
CONTRIBUTE = _open_to({CONTRIBUTOR, LEAD, GUEST}, readers=MEMBERS | GUESTS)
DECIDE = _open_to({LEAD}, readers=MEMBERS | GUESTS)
SIGN = _open_to({REVIEWER, RATER, GUEST_REVIEWER}, readers=MEMBERS | GUESTS)
TEAM_READ = _open_to(MEMBERS, readers=())
TEAM_CONTRIBUTE = _open_to({CONTRIBUTOR, LEAD}, readers=MEMBERS)
TEAM_DECIDE = _open_to({LEAD}, readers=MEMBERS)

Facts = Callable[[World], dict[str, Any]]
NOTHING: Facts = lambda w: {}  # noqa: E731


@dataclass(frozen=True)
class Row:
    """One URL name. A method without access is refused with 405.

    ok, done: what those who are in get from GET and POST. path, body, query: for a world, its own ids; `query` holds
    only ids. before: what has to stand for POST to do something. but_get, but_post: answers of single roles.
    ignores: parts of a body whose foreign ids are passed over instead of refused.
    """

    get: Access | None = None
    post: Access | None = None
    path: Facts = NOTHING
    body: Facts = NOTHING
    query: Facts = NOTHING
    ok: int = 200
    done: int = 303
    but_get: Mapping[str, int] = field(default_factory=dict)
    but_post: Mapping[str, int] = field(default_factory=dict)
    before: Callable[[World], object] | None = None
    ignores: bool = False

    def expected(self, method: str, role: str) -> str | int:
        access = self.get if method == "GET" else self.post
        if access is None:
            return 405
        single = (self.but_get if method == "GET" else self.but_post).get(role)
        if single is not None:
            return single
        outcome = access[role]
        return (self.ok if method == "GET" else self.done) if outcome == IN else outcome


def _e(w: World) -> dict[str, Any]:
    return {"evaluation_id": w.evaluation.pk}


def _t(w: World) -> dict[str, Any]:
    return {"team_id": w.team.pk}


def _also(of: Facts, more: Facts) -> Facts:
    return lambda w: {**of(w), **more(w)}


def _in(more: Facts = NOTHING) -> Facts:
    """Within the evaluation."""
    return _also(_e, more)


def _cell(w: World) -> dict[str, Any]:
    return {"candidate_id": w.candidates[0].pk, "criterion_id": w.criteria[0].pk}


def _key(w: World) -> str:
    return f"{w.candidates[0].pk}-{w.criteria[0].pk}"


def _ids(rows: Iterable[Any]) -> str:
    return ",".join(str(row.pk) for row in rows)


CRITERION: Facts = lambda w: {"criterion_id": w.criteria[0].pk}  # noqa: E731
CANDIDATE: Facts = lambda w: {"candidate_id": w.candidates[0].pk}  # noqa: E731
REQUIREMENT: Facts = lambda w: {"requirement_id": w.requirements[0].pk}  # noqa: E731
MEMBER: Facts = lambda w: {**_t(w), "membership_id": w.victim.pk}  # noqa: E731
FILE: Facts = lambda w: {"file_id": w.accepted.pk}  # noqa: E731


def _upload(w: World) -> dict[str, Any]:
    file = SimpleUploadedFile("more.csv", b"Type,Name\n")
    return {"workload": w.workload.pk, "candidate": w.candidates[0].pk, "result_files": file}


def _workload(w: World) -> dict[str, Any]:
    return {"title": "Noon", "endpoints": "GET /orders 100", "seen": w.workload.version}


def _value_function(w: World) -> dict[str, Any]:
    points = {"metric_0": "10", "score_0": "5", "metric_1": "400", "score_1": "1"}
    return {"metric": "latency_p95_ms", "endpoint": "", "outside": "clip", "seen": 0, **points}


def _unused_key(w: World) -> dict[str, Any]:
    return {"key": catalogue.criteria()[3].key}


def _requirement(w: World) -> dict[str, Any]:
    return {
        "kind": "load",
        "statement": "Fast enough",
        "criteria": [w.criteria[0].pk],
        "seen": w.requirements[0].version,
    }


def _assign(w: World) -> dict[str, Any]:
    subject = f"cell:{w.candidates[0].pk}:{w.criteria[0].pk}"
    return {"subject": subject, "title": "Find out", "owner": w.people[VIEWER].pk, "seen": 0}


def _reveal_weights(w: World) -> None:
    rounds.reveal(round=w.weights, by=w.lead, at=AT)


def _reveal_votes(w: World) -> None:
    rounds.reveal(round=w.votes, by=w.lead, at=AT)


def _end_workshop(w: World) -> None:
    workshops.end(workshop=w.workshop, seen=w.workshop.version, by=w.lead, at=AT)


CANDIDATES = {
    "create": Row(TEAM_DECIDE, TEAM_DECIDE, _t, lambda w: {"title": "Another"}),
    "page": Row(READ, path=_e),
    "cards": Row(READ, path=_e),
    "describe": Row(DECIDE, DECIDE, _e, lambda w: {"title": "New", "context": "", "seen": w.evaluation.version}),
    "add": Row(CONTRIBUTE, CONTRIBUTE, _e, lambda w: {"name": "One more", "kind": "stack"}),
    "reorder": Row(post=CONTRIBUTE, path=_e, body=lambda w: {"order": _ids(w.candidates[::-1])}),
    "edit": Row(CONTRIBUTE, CONTRIBUTE, _in(CANDIDATE), lambda w: {"name": "Renamed", "seen": w.candidates[0].version}),
    "withdraw": Row(post=DECIDE, path=_in(CANDIDATE), body=lambda w: {"reason": "too slow"}),
    "join_link": Row(DECIDE, path=_e),
    "waiting": Row(DECIDE, path=_e),
    "open_door": Row(post=DECIDE, path=_e),
    "close_door": Row(post=DECIDE, path=_e),
    "admit": Row(post=DECIDE, path=_in(lambda w: {"request_id": w.join_request.pk})),
    "refuse": Row(post=DECIDE, path=_in(lambda w: {"request_id": w.join_request.pk})),
    "end_guest": Row(post=DECIDE, path=_in(lambda w: {"guest_id": w.guest.pk})),
    "join": Row(
        EVERYBODY,
        EVERYBODY,
        lambda w: {"token": w.join_token},
        lambda w: {"name": "Robin"},
        but_get=dict.fromkeys(MEMBERS | GUESTS, 303),
    ),
    "wait": Row(EVERYBODY, EVERYBODY, lambda w: {"token": w.join_token}, ok=303),
}


def _costs(w: World) -> dict[str, Any]:
    hours = {f"hours-{key}": hours for key, hours in usual_hours().items()}
    return {**hours, "limit_per_hour": "0.01", "seen": 0}


REQUIREMENTS = {
    "index": Row(READ, path=_e),
    "board": Row(READ, path=_e),
    "add": Row(post=CONTRIBUTE, path=_e, body=_requirement),
    "edit": Row(CONTRIBUTE, CONTRIBUTE, _in(REQUIREMENT), _requirement),
    "remove": Row(post=CONTRIBUTE, path=_in(REQUIREMENT), body=lambda w: {"seen": w.requirements[0].version}),
    "vote": Row(post=RATE, path=_e, body=lambda w: {"requirement": [w.requirements[0].pk], "seen": w.votes.pk}),
    "set_top": Row(
        post=DECIDE, path=_e, body=lambda w: {"requirement": [row.pk for row in w.requirements[:3]], "top_seen": ""}
    ),
    "criteria": Row(READ, path=_e),
    "criteria_list": Row(READ, path=_e),
    "library": Row(READ, path=_e),
    "add_criteria": Row(post=CONTRIBUTE, path=_e, body=_unused_key),
    "add_own_criterion": Row(CONTRIBUTE, CONTRIBUTE, _e, lambda w: {"name": "Joy", "cost_hours": "2"}),
    "order_criteria": Row(post=CONTRIBUTE, path=_e, body=lambda w: {"order": _ids(w.criteria[::-1])}),
    "edit_criterion": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(CRITERION),
        lambda w: {"name": "Speed", "cost_hours": "2", "seen": w.criteria[0].version},
    ),
    "remove_criterion": Row(post=CONTRIBUTE, path=_in(CRITERION), body=lambda w: {"seen": w.criteria[0].version}),
    "weights": Row(READ, path=_e, query=lambda w: {"order": [c.pk for c in w.criteria]}),
    "own": Row(READ, path=_e, query=lambda w: {"order": [c.pk for c in w.criteria], "move": f"{w.criteria[1].pk}:up"}),
    "team_weights": Row(READ, path=_e),
    "give_weights": Row(
        post=RATE,
        path=_e,
        body=lambda w: {"way": "ordering", "order": [c.pk for c in w.criteria], "seen": w.weights.pk},
    ),
    "agree_weights": Row(
        post=DECIDE, path=_e, body=lambda w: {**{f"share-{c.pk}": "25" for c in w.criteria}, "seen": 0}
    ),
}

SCORING = {
    "sheet": Row(
        READ,
        RATE,
        _e,
        lambda w: {f"value-{_key(w)}": "4", f"reason-{_key(w)}": "", "round": w.ratings.pk},
        ignores=True,
    ),
    "progress": Row(READ, path=_e, query=lambda w: {"shown_round": w.ratings.pk}),
    "rate": Row(post=RATE, path=_in(_cell), body=lambda w: {f"value-{_key(w)}": "4", "round": w.ratings.pk}, done=200),
    "clear": Row(post=RATE, path=_in(_cell)),
    "agenda": Row(READ, path=_e, query=lambda w: {"skip": _key(w)}),
    "topics": Row(READ, path=_e, query=lambda w: {"skip": _key(w)}),
    "cell": Row(READ, path=_in(_cell)),
    "facts": Row(READ, path=_in(_cell)),
    "set": Row(
        post=CONTRIBUTE,
        path=_in(_cell),
        body=lambda w: {"value": "3.5", "reason": "agreed", "seen": w.score.version},
    ),
    "add_evidence": Row(
        post=CONTRIBUTE,
        path=_in(_cell),
        body=lambda w: {"kind": "note", "title": "Seen", "text": "Yes", "strength": "fair"},
    ),
    "remove_evidence": Row(post=CONTRIBUTE, path=_in(lambda w: {"evidence_id": w.note.pk})),
    "file": Row(READ, path=_in(lambda w: {"evidence_id": w.attachment.pk})),
    "basis": Row(
        post=DECIDE, path=_in(lambda w: {"criterion_id": w.criteria[1].pk}), body=lambda w: {"basis": "measured"}
    ),
    "verdicts": Row(READ, path=_e),
    "verdict_table": Row(READ, path=_e),
    "verdict_evidence": Row(
        READ,
        CONTRIBUTE,
        _in(lambda w: {"requirement_id": w.must_have.pk, "candidate_id": w.candidates[0].pk}),
        lambda w: {"kind": "note", "title": "Seen", "text": "Yes", "strength": "fair"},
    ),
    "set_verdict": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"requirement_id": w.must_have.pk, "candidate_id": w.candidates[0].pk}),
        body=lambda w: {"verdict": "not_met", "reason": "no", "seen": w.verdict.version},
    ),
}

SPIKES = {
    "index": Row(READ, path=_e),
    "workloads": Row(READ, path=_e),
    "add_workload": Row(CONTRIBUTE, CONTRIBUTE, _e, _workload),
    "edit_workload": Row(CONTRIBUTE, CONTRIBUTE, _in(lambda w: {"workload_id": w.workload.pk}), _workload),
    "remove_workload": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"workload_id": w.unused_workload.pk}),
        body=lambda w: {"seen": w.unused_workload.version},
    ),
    "kit": Row(READ, path=_in(lambda w: {"workload_id": w.workload.pk})),
    "results": Row(READ, path=_e),
    "scores": Row(READ, path=_e),
    "files": Row(READ, path=_e),
    "upload": Row(post=CONTRIBUTE, path=_e, body=_upload),
    "file": Row(READ, path=_in(FILE)),
    "state": Row(READ, path=_in(FILE)),
    "download": Row(READ, path=_in(FILE)),
    "cancel": Row(post=CONTRIBUTE, path=_in(lambda w: {"file_id": w.waiting.pk})),
    "read_again": Row(post=CONTRIBUTE, path=_in(lambda w: {"file_id": w.rejected.pk})),
    "run": Row(READ, path=_in(lambda w: {"run_id": w.run.pk})),
    "leave_out": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"run_id": w.run.pk}),
        body=lambda w: {"reason": "backup", "seen": w.run.version},
    ),
    "take_in": Row(
        post=CONTRIBUTE, path=_in(lambda w: {"run_id": w.left_out.pk}), body=lambda w: {"seen": w.left_out.version}
    ),
    "edit_score": Row(CONTRIBUTE, CONTRIBUTE, _in(CRITERION), _value_function),
    "compare": Row(READ, path=_e),
    "tie_ratio": Row(post=CONTRIBUTE, path=_e, body=lambda w: {"tie_ratio": "1.4", "seen": 0}),
    "facts": Row(CONTRIBUTE, CONTRIBUTE, _in(lambda w: {"run_id": w.run.pk}), lambda w: {"host": "bench-1", "seen": 0}),
    "sampled": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"run_id": w.samples.pk}),
        body=lambda w: {"run": w.run.pk, "seen": w.samples.version},
    ),
    "let_count": Row(
        post=DECIDE,
        path=_in(lambda w: {"run_id": w.run.pk}),
        body=lambda w: {"reason": "the same model", "seen": w.run.version},
    ),
}


def _need(w: World) -> dict[str, Any]:
    return {"kind": "logging", "name": "Structured logs", "is_required": "on", "seen": w.need.version}


ECOSYSTEM = {
    "index": Row(READ, path=_e),
    "table": Row(READ, path=_e),
    "package": Row(
        READ,
        CONTRIBUTE,
        _in(lambda w: {"need_id": w.need.pk, "candidate_id": w.candidates[1].pk}),
        lambda w: {"package": "psycopg", "verdict": "good", "seen": 0},
    ),
    "add_need": Row(CONTRIBUTE, CONTRIBUTE, _e, _need),
    "edit_need": Row(CONTRIBUTE, CONTRIBUTE, _in(lambda w: {"need_id": w.need.pk}), _need),
    "remove_need": Row(
        post=CONTRIBUTE, path=_in(lambda w: {"need_id": w.need.pk}), body=lambda w: {"seen": w.need.version}
    ),
    "scores": Row(READ, path=_e),
    "edit_score": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(CRITERION),
        lambda w: {"metric": "needs_covered_share", "points": "0 1\n1 5", "outside": "clip", "seen": 0},
    ),
}

TRIED: Facts = lambda w: {"candidate_id": w.candidates[2].pk}  # noqa: E731


def _close_exercise(w: World) -> None:
    rounds.reveal(round=w.exercise, by=w.lead, at=AT)


def _start_clocks(w: World) -> None:
    for role in (CONTRIBUTOR, RATER, LEAD, GUEST):
        teamfit.start_clock(exercise=w.task, candidate=w.candidates[2], by=w.people[role], at=AT)


def _attempt(w: World) -> dict[str, Any]:
    answers = dict.fromkeys(QUESTIONS, "yes")
    told = {"typed_minutes": "45", "sentiment": "4", "finished": "1", "seen": 0, "seen_round": w.exercise.pk}
    return {**answers, **told}


TEAMFIT = {
    "index": Row(READ, path=_e),
    "exercise": Row(READ, path=_e),
    "edit_exercise": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _e,
        lambda w: {"title": "Another", "text": "Answer GET /orders", "seen": w.task.version},
        before=_close_exercise,
    ),
    "own": Row(READ, path=_e),
    "attempt": Row(RATE, RATE, _in(TRIED), _attempt),
    "start": Row(post=RATE, path=_in(TRIED), body=lambda w: {"seen": w.exercise.pk}),
    "stop": Row(post=RATE, path=_in(TRIED), before=_start_clocks),
    "reviews": Row(READ, path=_e),
    "review": Row(RATE, RATE, _in(lambda w: {"attempt_id": w.solution.pk}), lambda w: {"quality": "4", "seen": 0}),
    "results": Row(READ, path=_e),
    "scores": Row(READ, path=_e),
    "edit_score": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(CRITERION),
        lambda w: {"metric": "learning_minutes", "points": "30 5\n240 1", "outside": "clip", "seen": 0},
    ),
}

STORY: Facts = lambda w: {"story_id": w.story.pk}  # noqa: E731
FAILURE_TEST: Facts = lambda w: {"test_id": w.failure_test.pk}  # noqa: E731


def _story(w: World) -> dict[str, Any]:
    told = {"title": "A parcel service", "url": "https://example.org/parcels", "learned": "Pools first"}
    return {**told, "candidate": w.candidates[0].pk, "seen": w.story.version}


def _failure_test(w: World) -> dict[str, Any]:
    told = {"kind": "sigterm", "verdict": "recovered", "seen": w.failure_test.version}
    return {**told, "candidate": w.candidates[0].pk}


def _failure_tests(w: World) -> dict[str, Any]:
    content = file_of(told_test(w.candidates[1].name))
    return {"tests_file": SimpleUploadedFile("tests.json", content)}


READINESS = {
    "index": Row(READ, path=_e),
    "table": Row(READ, path=_e),
    "answer": Row(
        READ,
        CONTRIBUTE,
        _in(lambda w: {"item_id": w.ready_item.pk, "candidate_id": w.candidates[0].pk}),
        lambda w: {"answer": "yes", "evidence": "Seen", "seen": 0},
    ),
    "stories": Row(READ, path=_e),
    "add_story": Row(CONTRIBUTE, CONTRIBUTE, _e, _story),
    "edit_story": Row(
        CONTRIBUTE, CONTRIBUTE, _in(STORY), lambda w: {k: v for k, v in _story(w).items() if k != "candidate"}
    ),
    "remove_story": Row(post=CONTRIBUTE, path=_in(STORY), body=lambda w: {"seen": w.story.version}),
    "tests": Row(READ, path=_e),
    "add_test": Row(CONTRIBUTE, CONTRIBUTE, _e, _failure_test),
    "send_tests": Row(post=CONTRIBUTE, path=_e, body=_failure_tests),
    "schema": Row(READ, path=_e),
    "test": Row(READ, path=_in(FAILURE_TEST)),
    "edit_test": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(FAILURE_TEST),
        lambda w: {k: v for k, v in _failure_test(w).items() if k != "candidate"},
    ),
    "remove_test": Row(post=CONTRIBUTE, path=_in(FAILURE_TEST), body=lambda w: {"seen": w.failure_test.version}),
    "scores": Row(READ, path=_e),
    "edit_score": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(CRITERION),
        lambda w: {"metric": "readiness_share", "points": "0 1\n100 5", "outside": "clip", "seen": 0},
    ),
}

TRADE_OFF: Facts = lambda w: {"trade_off_id": w.trade_off.pk}  # noqa: E731
FORECAST: Facts = lambda w: {"forecast_id": w.forecast.pk}  # noqa: E731


def _taken(w: World) -> dict[str, Any]:
    return {"what": "Slower", "mitigation": "Training", "seen": 0}


def _proposed(w: World) -> None:
    clear_the_way(w.evaluation)


def _decided(w: World) -> None:
    decide_at_last(w.evaluation)


def _archived(w: World) -> None:
    moving.archive(evaluation=w.evaluation, by=w.lead, at=AT)


DECISION = {
    "index": Row(READ, path=_e),
    "moves": Row(READ, path=_e),
    "grounds": Row(READ, path=_e),
    "choose": Row(
        post=CONTRIBUTE,
        path=_e,
        body=lambda w: {"candidate": w.candidates[1].pk, "reason": "Known", "seen": w.decision.version},
    ),
    "add_trade_off": Row(CONTRIBUTE, CONTRIBUTE, _e, _taken),
    "accept_offer": Row(CONTRIBUTE, CONTRIBUTE, _in(CRITERION), _taken),
    "leave_out_offer": Row(post=CONTRIBUTE, path=_in(CRITERION), body=lambda w: {"seen": 0}),
    "edit_trade_off": Row(CONTRIBUTE, CONTRIBUTE, _in(TRADE_OFF), lambda w: {**_taken(w), "seen": w.trade_off.version}),
    "leave_out_trade_off": Row(post=CONTRIBUTE, path=_in(TRADE_OFF), body=lambda w: {"seen": w.trade_off.version}),
    "add_forecast": Row(CONTRIBUTE, CONTRIBUTE, _e, lambda w: {"name": "Incidents", "expected": "2"}),
    "edit_forecast": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(FORECAST),
        lambda w: {"name": "Incidents", "expected": "2", "seen": w.forecast.version},
    ),
    "remove_forecast": Row(post=CONTRIBUTE, path=_in(FORECAST), body=lambda w: {"seen": w.forecast.version}),
    "enter_actual": Row(
        CONTRIBUTE, CONTRIBUTE, _in(FORECAST), lambda w: {"actual": "3", "seen": w.forecast.version}, before=_decided
    ),
    "propose": Row(post=CONTRIBUTE, path=_e, body=lambda w: {"seen": seen_now(w.evaluation)}),
    "take_back": Row(post=CONTRIBUTE, path=_e, before=_proposed),
    "decide": Row(post=DECIDE, path=_e, body=lambda w: {"seen": seen_now(w.evaluation)}, before=_proposed),
    "archive": Row(post=DECIDE, path=_e),
    "bring_back": Row(post=DECIDE, path=_e, before=_archived),
    "revisit": Row(post=DECIDE, path=_e, body=lambda w: {"finding": "It holds", "seen": 0}, before=_decided),
    "succeed": Row(post=DECIDE, path=_e, body=lambda w: {"title": "Again"}, before=_decided),
}

READY: Facts = _in(lambda w: {"phase": "readiness"})


def _ready(w: World) -> None:
    leave_nothing_to_answer(w.evaluation)


def _as_read(w: World) -> dict[str, Any]:
    return {"digest": digest_of(w.evaluation, "readiness")}


SIGNOFF = {
    "phase": Row(READ, path=READY),
    "state": Row(READ, path=READY),
    "news": Row(READ, path=READY),
    "progress": Row(READ, path=_e),
    "sign": Row(post=SIGN, path=READY, body=_as_read, before=_ready),
    "approve_alone": Row(
        post=DECIDE, path=READY, body=lambda w: {**_as_read(w), "reason": "Nobody else"}, before=_ready
    ),
    "request_changes": Row(
        post=SIGN, path=READY, body=lambda w: {**_as_read(w), "points": "Name the source"}, before=_ready
    ),
    "settle": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"point_id": w.point.pk}),
        body=lambda w: {"seen": w.point.version, "is_settled": "yes"},
    ),
    "set_not_applicable": Row(post=DECIDE, path=READY, body=lambda w: {"reason": "A prototype"}),
    "set_applicable": Row(post=DECIDE, path=READY, before=lambda w: set_aside(w.evaluation, "readiness", by=w.lead)),
}

OLD_SYSTEM: Facts = lambda w: {"candidate_id": w.candidates[0].pk}  # noqa: E731
STEP = _in(_also(OLD_SYSTEM, lambda w: {"increment_id": w.increment.pk}))
LEGACY = {
    "index": Row(READ, path=_in(OLD_SYSTEM)),
    "plan": Row(READ, path=_in(OLD_SYSTEM)),
    "describe": Row(
        CONTRIBUTE,
        CONTRIBUTE,
        _in(OLD_SYSTEM),
        lambda w: {"pain_points": "Old", "seen": w.increment.plan.version},
    ),
    "add": Row(CONTRIBUTE, CONTRIBUTE, _in(OLD_SYSTEM), lambda w: {"moves": "Orders", "risk": "low"}),
    "order": Row(post=CONTRIBUTE, path=_in(OLD_SYSTEM), body=lambda w: {"order": str(w.increment.pk)}),
    "edit": Row(
        CONTRIBUTE, CONTRIBUTE, STEP, lambda w: {"moves": "Orders", "risk": "low", "seen": w.increment.version}
    ),
    "remove": Row(post=CONTRIBUTE, path=STEP, body=lambda w: {"seen": w.increment.version}),
}

PHASE: Facts = lambda w: {"phase": "spikes"}  # noqa: E731
OTHERS = {
    "assignments:assign": Row(post=CONTRIBUTE, path=_e, body=_assign),
    "assignments:finish": Row(post={**CONTRIBUTE, VIEWER: IN}, path=_in(lambda w: {"assignment_id": w.assignment.pk})),
    "rounds:open": Row(post=DECIDE, path=_in(lambda w: {"subject": "votes"}), before=_reveal_votes),
    "rounds:reveal": Row(post=DECIDE, path=_in(lambda w: {"round_id": w.ratings.pk})),
    "rounds:finish": Row(post=RATE, path=_in(lambda w: {"round_id": w.ratings.pk}), body=lambda w: {"finished": "1"}),
    "workshop:index": Row(READ, path=_e),
    "workshop:now": Row(READ, path=_e),
    "workshop:bar": Row(READ, path=_e),
    "workshop:projector": Row(READ, path=_e),
    "workshop:screen": Row(READ, path=_e),
    "workshop:start": Row(post=DECIDE, path=_e, before=_end_workshop),
    "workshop:steer": Row(
        post=DECIDE, path=_in(lambda w: {"push": "next"}), body=lambda w: {"seen": w.workshop.version}
    ),
    "checklist:set_state": Row(
        post=CONTRIBUTE,
        path=_in(lambda w: {"item_id": w.item.pk}),
        body=lambda w: {"state": "done", "reason": "", "seen": w.item.version},
    ),
    "checklist:phase": Row(READ, path=_in(PHASE)),
    "checklist:items": Row(READ, path=_in(PHASE)),
    "checklist:add": Row(post=CONTRIBUTE, path=_in(PHASE), body=lambda w: {"text": "Look at backups"}),
    "record:draft": Row(READ, path=_e),
    "record:state": Row(READ, path=_e),
    "record:ask": Row(post=READ, path=_e),
    "record:download": Row(READ, path=_in(lambda w: {"draft_id": w.draft.pk, "kind": "json"})),
    "record:final": Row(READ, path=_e),
    "record:final_state": Row(READ, path=_e),
    "record:print_final": Row(post=READ, path=_e),
    "record:verify": Row(READ, path=_e),
    "record:final_file": Row(READ, path=_in(lambda w: {"kind": "json"})),
    "matrix:page": Row(READ, path=_e),
    "matrix:changes": Row(READ, path=_e),
    "matrix:csv": Row(READ, path=_e),
    "requirements:costs": Row(CONTRIBUTE, CONTRIBUTE, _e, _costs),
    "requirements:pairs": Row(READ, path=_e),
    "matrix:sensitivity": Row(READ, path=_e),
    "matrix:robustness": Row(READ, path=_e),
    "matrix:trade_offs": Row(READ, path=_e),
    "matrix:members": Row(READ, path=_e),
    "matrix:cross_checks": Row(READ, path=_e),
    "matrix:figure_csv": Row(READ, path=lambda w: {**_e(w), "tab": "sensitivity", "key": "weights"}),
    "matrix:what_if": Row(READ, path=_e),
    "matrix:keep": Row(None, RATE, _e),
    "matrix:propose": Row(None, RATE, _e, before=_reveal_weights),
    "history:page": Row(
        READ, path=_e, query=lambda w: {"candidate": w.candidates[0].pk, "person": w.people[CONTRIBUTOR].pk}
    ),
    "history:verify": Row(READ, path=_e),
    "history:verify_team": Row(TEAM_READ, path=_t),
    "history:team": Row(TEAM_READ, path=_t, query=lambda w: {"person": w.lead.pk}),
    "overview:home": Row(SIGNED_IN, ok=302),
    "overview:team": Row(TEAM_READ, path=_t),
    "overview:evaluation": Row(READ, path=_e),
    "overview:changes": Row(READ, path=_e),
    "overview:rail": Row(READ, path=_e),
    "overview:team_rail": Row(TEAM_READ, path=_t),
    "live:ticket": Row(READ, path=lambda w: {"log_id": w.evaluation.log_id}),
}

TEAMS = {
    "create": Row(
        SIGNED_IN, SIGNED_IN, body=lambda w: {"name": "New team"}, but_get={GUEST: 403}, but_post={GUEST: 403}
    ),
    "account": Row(SIGNED_IN),
    "set_name": Row(post=SIGNED_IN, body=lambda w: {"name": "Another name"}),
    "demo_sign_in": Row(post=HIDDEN, body=lambda w: {"username": "demo-lead"}),
    "start": Row(
        EVERYBODY,
        EVERYBODY,
        lambda w: {"token": w.lead_token},
        lambda w: {"name": "First", "email": "first@example.org", "password": "uncommon-gate-31", "team_name": "New"},
    ),
    "invitation": Row(EVERYBODY, path=lambda w: {"token": w.invitation_token}),
    "accept_invitation": Row(
        post=SIGNED_IN,
        path=lambda w: {"token": w.invitation_token},
        but_post=dict.fromkeys((MEMBERS | GUESTS) - {LEAD}, 403) | {LEAD: 403},
    ),
    "sign_up": Row(
        post=EVERYBODY,
        path=lambda w: {"token": w.newcomer_token},
        body=lambda w: {"name": "New", "password": "uncommon-gate-31"},
    ),
    "page": Row(TEAM_READ, path=_t),
    "members": Row(TEAM_READ, path=_t),
    "rename": Row(post=TEAM_DECIDE, path=_t, body=lambda w: {"name": "Renamed", "seen": w.team.version}),
    "set_profile": Row(post=TEAM_CONTRIBUTE, path=_t, body=lambda w: {"size": "5", "seen": w.team.version}),
    "invite": Row(post=TEAM_DECIDE, path=_t, body=lambda w: {"email": "friend@example.org", "role": "viewer"}),
    "revoke_invitation": Row(post=TEAM_DECIDE, path=_also(_t, lambda w: {"invitation_id": w.invitation.pk})),
    "change_role": Row(post=TEAM_DECIDE, path=MEMBER, body=lambda w: {"role": "viewer", "seen": w.victim.version}),
    "set_rates": Row(
        post=TEAM_DECIDE,
        path=lambda w: {**_t(w), "membership_id": w.reviewer.pk},
        body=lambda w: {"rates": "on", "seen": w.reviewer.version},
    ),
    "remove_member": Row(post=TEAM_DECIDE, path=MEMBER),
    "tokens": Row(TEAM_READ, path=_t),
    "make_token": Row(post=TEAM_DECIDE, path=_t, body=lambda w: {"name": "Nightly", "scope": "upload", "days": "90"}),
    "revoke_token": Row(post=TEAM_DECIDE, path=_also(_t, lambda w: {"token_id": w.token.pk})),
    "leave": Row(post=TEAM_READ, path=_t),
}

NOT_THE_LEAD = tuple(role for role in ROLES if role not in {ANONYMOUS, LEAD})
"""Signed in by a test, without a password; the lead came in by the sign-in form and keeps a second factor."""

NO_FACTOR = dict.fromkeys(NOT_THE_LEAD, 404)
SIGNED_IN_GO_ON = dict.fromkeys((*NOT_THE_LEAD, LEAD), 302)
ALLAUTH = {
    "account_login": Row(EVERYBODY, EVERYBODY, done=200, but_get=SIGNED_IN_GO_ON, but_post=SIGNED_IN_GO_ON),
    "account_logout": Row(EVERYBODY, EVERYBODY, done=302, but_get={ANONYMOUS: 302}),
    "account_inactive": Row(EVERYBODY),
    "account_signup": Row(EVERYBODY, EVERYBODY, done=200, but_get=SIGNED_IN_GO_ON, but_post=SIGNED_IN_GO_ON),
    "account_reauthenticate": Row(
        SIGNED_IN,
        SIGNED_IN,
        done=200,
        but_get=dict.fromkeys(NOT_THE_LEAD, 403),
        but_post=dict.fromkeys(NOT_THE_LEAD, 403),
    ),
    "account_email_verification_sent": Row(EVERYBODY),
    "account_change_password": Row(
        SIGNED_IN,
        SIGNED_IN,
        done=200,
        but_get=dict.fromkeys(NOT_THE_LEAD, 302),
        but_post=dict.fromkeys(NOT_THE_LEAD, 302),
    ),
    "account_set_password": Row(SIGNED_IN, SIGNED_IN, done=200, but_get={LEAD: 302}, but_post={LEAD: 302}),
    "account_reset_password": Row(EVERYBODY, EVERYBODY, done=200),
    "account_confirm_login_code": Row(EVERYBODY, EVERYBODY, ok=302, done=302),
    "account_confirm_email": Row(EVERYBODY, HIDDEN, lambda w: {"key": "abc"}),
    "account_reset_password_from_key_done": Row(EVERYBODY),
    "account_reset_password_from_key": Row(EVERYBODY, EVERYBODY, lambda w: {"uidb36": "1", "key": "abc"}, done=200),
    "account_reset_password_done": Row(EVERYBODY),
    "socialaccount_login_cancelled": Row(EVERYBODY),
    # There is no issuer in this table's world; tests/ops/test_ops_single_sign_on.py has one.
    "openid_connect_login": Row(HIDDEN, HIDDEN, lambda w: {"provider_id": "sso"}),
    "openid_connect_callback": Row(HIDDEN, HIDDEN, lambda w: {"provider_id": "sso"}),
    "mfa_index": Row(SIGNED_IN),
    "mfa_authenticate": Row(EVERYBODY, EVERYBODY, ok=302, done=302),
    "mfa_reauthenticate": Row(
        SIGNED_IN,
        SIGNED_IN,
        done=200,
        but_get=dict.fromkeys(NOT_THE_LEAD, 403),
        but_post=dict.fromkeys(NOT_THE_LEAD, 403),
    ),
    "mfa_activate_totp": Row(SIGNED_IN, SIGNED_IN, done=200, but_get={LEAD: 302}, but_post={LEAD: 302}),
    "mfa_deactivate_totp": Row(SIGNED_IN, SIGNED_IN, done=302, but_get=NO_FACTOR, but_post=NO_FACTOR),
    "mfa_view_recovery_codes": Row(SIGNED_IN, but_get=NO_FACTOR),
    "mfa_generate_recovery_codes": Row(SIGNED_IN, SIGNED_IN, done=200, but_post={LEAD: 302}),
    "mfa_download_recovery_codes": Row(SIGNED_IN, NOBODY, but_get=NO_FACTOR, but_post={LEAD: 405}),
}

NO_TOKEN: Access = dict.fromkeys(ROLES, 401)
"""Nobody's session opens the API; its own walk (test_policy_tokens) goes with tokens."""


def _sent_by_pipeline(w: World) -> dict[str, Any]:
    file = SimpleUploadedFile("nightly.csv", b"Type,Name\n")
    return {"workload": w.workload.title, "candidate": w.candidates[0].name, "files": file}


API = {
    "api:openapi-json": Row(EVERYBODY),
    "api:token": Row(NO_TOKEN),
    "api:evaluations": Row(NO_TOKEN),
    "api:evaluation": Row(NO_TOKEN, path=_e),
    "api:candidates": Row(NO_TOKEN, path=_e),
    "api:workloads": Row(NO_TOKEN, path=_e),
    "api:files": Row(NO_TOKEN, NO_TOKEN, _e, _sent_by_pipeline, done=202),
    "api:file": Row(NO_TOKEN, path=_in(FILE)),
}

OPS = {"health-live": Row(EVERYBODY), "health-ready": Row(EVERYBODY), "metrics": Row(EVERYBODY)}

ROWS: dict[str, Row] = {
    **{f"candidates:{name}": row for name, row in CANDIDATES.items()},
    **{f"requirements:{name}": row for name, row in REQUIREMENTS.items()},
    **{f"scoring:{name}": row for name, row in SCORING.items()},
    **{f"spikes:{name}": row for name, row in SPIKES.items()},
    **{f"ecosystem:{name}": row for name, row in ECOSYSTEM.items()},
    **{f"teamfit:{name}": row for name, row in TEAMFIT.items()},
    **{f"readiness:{name}": row for name, row in READINESS.items()},
    **{f"decision:{name}": row for name, row in DECISION.items()},
    **{f"legacy:{name}": row for name, row in LEGACY.items()},
    **{f"signoff:{name}": row for name, row in SIGNOFF.items()},
    **{f"teams:{name}": row for name, row in TEAMS.items()},
    **OTHERS,
    **API,
    **ALLAUTH,
    **OPS,
}
