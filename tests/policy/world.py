"""One team with everything in it, made through the actions people use; built twice, the second team is "theirs"."""

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluations import catalogue
from evaluations.assignments import actions as assignments
from evaluations.assignments.models import Assignment
from evaluations.audit.actions import writing
from evaluations.candidates import actions as candidates
from evaluations.candidates import door
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess, JoinRequest
from evaluations.checklist.models import ChecklistItem
from evaluations.decision.models import Decision, Forecast, TradeOff
from evaluations.ecosystem.models import Need
from evaluations.jobs import actions as jobs
from evaluations.jobs.models import Job
from evaluations.legacy.models import Increment
from evaluations.readiness.models import FailureTest, ProductionStory
from evaluations.record import actions as record
from evaluations.record import freezing
from evaluations.record.models import Draft
from evaluations.requirements import actions as requirements
from evaluations.requirements import weighing
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds import actions as rounds
from evaluations.rounds.models import Round
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions as scoring
from evaluations.scoring.models import Evidence, MustHaveVerdict, Score
from evaluations.signoff.models import ReviewPoint
from evaluations.spikes import actions as spikes
from evaluations.spikes.models import ResultFile, SpikeRun, Workload
from evaluations.teamfit.models import Attempt, Exercise
from evaluations.teamfit.queries import QUESTIONS, solutions_for
from evaluations.teams import actions as teams
from evaluations.teams import invitations, tokens
from evaluations.teams.models import ApiToken, Invitation, Membership, Person, Role, Team
from evaluations.uploads.storing import store
from evaluations.workshop import actions as workshops
from evaluations.workshop.models import Workshop
from tests.builders import (
    NOW,
    make_candidate,
    make_criterion,
    make_guest,
    make_guest_reviewer,
    make_member,
    make_person,
    make_requirement,
    membership,
)
from tests.decision.choosing import draft_decision
from tests.ecosystem.ecosystem_facts import add_need, choose
from tests.legacy.legacy_facts import add_step
from tests.readiness.readiness_facts import add_story, add_test
from tests.signoff.signing import sent_back
from tests.teamfit.teamfit_facts import hand_in, make_exercise, review

AT = NOW + timedelta(hours=3)
"""The moment at which everybody looks: the fixtures hold the clock there."""

ANSWERED = tuple(Round.Subject.values)
"""What everybody answers in blind rounds here."""

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LOCUST = (SAMPLES / "locust_stats.csv").read_bytes()
MEMORY = b"time,rss_bytes,cpu_s,processes\n1700000000,100000000,0,2\n1700000010,101000000,4,2\n"


@dataclass
class World:
    """`quiet` is the member whose answers in the open rounds nobody may learn."""

    mark: str
    people: dict[str, Person]
    quiet: Person
    team: Team
    evaluation: Evaluation
    candidates: list[Candidate]
    criteria: list[Criterion]
    requirements: list[Requirement]
    must_have: Requirement
    votes: Round
    weights: Round
    ratings: Round
    exercise: Round
    task: Exercise
    solution: Attempt
    score: Score
    verdict: MustHaveVerdict
    note: Evidence
    attachment: Evidence
    workload: Workload
    unused_workload: Workload
    accepted: ResultFile
    waiting: ResultFile
    rejected: ResultFile
    run: SpikeRun
    left_out: SpikeRun
    samples: SpikeRun
    workshop: Workshop
    item: ChecklistItem
    assignment: Assignment
    draft: Draft
    invitation: Invitation
    invitation_token: str
    newcomer_token: str
    lead_token: str
    token: ApiToken
    api_tokens: dict[str, str]
    join_token: str
    join_request: JoinRequest
    guest: GuestAccess
    victim: Membership
    ready_item: ChecklistItem
    story: ProductionStory
    failure_test: FailureTest
    decision: Decision
    trade_off: TradeOff
    forecast: Forecast
    increment: Increment
    point: ReviewPoint
    need: Need

    @property
    def lead(self) -> Person:
        return self.people["lead"]

    @property
    def reviewer(self) -> Membership:
        return membership(self.team, self.people["reviewer"])


def build(mark: str, *, both: Person, invited: str, revealed: bool = True) -> World:
    """A team called after `mark`. both: becomes a second lead, without a candidate's or member's secret of their own.

    invited: the address an invitation is for. revealed: whether each subject has a revealed round before the open one.
    """
    lead = make_person(f"{mark} lead")
    team = teams.create_team(name=f"{mark} team", by=lead, at=NOW)
    people = {"lead": lead}
    for role in (Role.VIEWER, Role.CONTRIBUTOR, Role.REVIEWER):
        people[role.value] = make_member(team, role, name=f"{mark} {role.value}")
    people["rating reviewer"] = make_member(team, Role.REVIEWER, name=f"{mark} rater")
    rater = membership(team, people["rating reviewer"])
    teams.set_rates(membership=rater, rates=True, seen=rater.version, by=lead, at=NOW)
    make_member(team, Role.LEAD, person=both)
    quiet = make_member(team, name=f"{mark} quiet")
    victim = membership(team, make_member(team, name=f"{mark} leaver"))
    evaluation = candidates.create_evaluation(
        team=team, title=f"{mark} orders", context=f"{mark} context", by=lead, at=NOW
    )
    people["guest contributor"] = make_guest(evaluation, f"{mark} guest")
    people["guest reviewer"] = make_guest_reviewer(evaluation, make_person(f"{mark} guest reviewer"))

    cast = [make_candidate(evaluation, f"{mark} {name}") for name in ("FastAPI", "Django", "Litestar")]
    gone = make_candidate(evaluation, f"{mark} gone")
    candidates.withdraw_candidate(candidate=gone, reason="too old", by=lead, at=NOW)
    criteria = [make_criterion(evaluation, f"{mark} {name}") for name in ("speed", "learning")]
    criteria += requirements.add_criteria(evaluation=evaluation, keys=[catalogue.criteria()[0].key], by=lead, at=NOW)
    needs = [
        make_requirement(evaluation, f"{mark} {what}", criteria=[criteria[place % 3]])
        for place, what in enumerate(("load", "history", "admin", "search"))
    ]
    must_have = make_requirement(evaluation, f"{mark} must", must_have=True)
    world = {"team": team, "evaluation": evaluation, "candidates": cast, "criteria": criteria, "quiet": quiet}
    world["task"] = make_exercise(evaluation, f"{mark} endpoint")
    if revealed:
        _answered_and_revealed(evaluation, [lead, people["contributor"], quiet], cast, criteria, needs)
    criteria.append(make_criterion(evaluation, f"{mark} late"))
    for subject in ANSWERED:
        rounds.open_round(evaluation=evaluation, subject=subject, by=lead, at=NOW)
        world[subject] = open_round_of(evaluation, subject)
    answer_in_open_rounds(people["contributor"], evaluation, cast, criteria, needs, value=3, reason="as before")
    world["solution"] = hand_in(cast[0], victim.person, code_at=f"{mark} branch")
    cell = {"candidate": cast[0], "criterion": criteria[0]}
    world["score"] = scoring.set_score(**cell, value=Decimal(4), reason=f"{mark} why", seen=0, by=lead, at=NOW)
    world["verdict"] = scoring.set_verdict(
        requirement=must_have, candidate=cast[0], verdict="met", reason=f"{mark} shown", seen=0, by=lead, at=NOW
    )
    about = {**cell, "strength": "strong", "by": lead, "at": NOW}
    world["note"] = scoring.add_evidence(**about, kind="note", title=f"{mark} note", text="seen")
    stored = store(SimpleUploadedFile(f"{mark}.txt", f"{mark} evidence".encode()), folder="evidence")
    world["attachment"] = scoring.add_evidence(
        **about, kind="file", title=f"{mark} file", stored=stored, file_name=f"{mark}.txt"
    )
    world |= _measured(mark, evaluation, cast, criteria[1], lead)
    world["workshop"] = workshops.start(evaluation=evaluation, by=lead, at=NOW)
    world["item"] = ChecklistItem.objects.filter(evaluation=evaluation, phase="spikes").first()
    world["assignment"] = assignments.assign(
        evaluation=evaluation,
        subject=f"cell:{cast[1].pk}:{criteria[0].pk}",
        title=f"{mark} to find out",
        owner=people["viewer"],
        due_date=NOW.date(),
        seen=0,
        by=lead,
        at=NOW,
    )
    world["draft"] = record.request_draft(evaluation=evaluation, by=lead, at=NOW)
    with writing(evaluation.log, by=lead, at=NOW) as entry:
        freezing.freeze(evaluation=evaluation, by=lead, at=NOW, entry=entry)
    _, join_token = door.make_join_link(evaluation=evaluation, by=lead, at=AT - timedelta(minutes=5))
    asked, _ = door.ask_to_join(token=join_token, name=f"{mark} knocks", person=None, at=AT)
    invitation, token = invitations.invite(team=team, email=invited, role=Role.VIEWER, by=lead, at=NOW)
    _, newcomer = invitations.invite(team=team, email=f"{mark}-new@example.org", role=Role.VIEWER, by=lead, at=NOW)
    need = add_need(evaluation, f"{mark} database")
    choose(need, cast[0], f"{mark}-driver")
    decision, trade_off, forecast = draft_decision(evaluation, cast[0], mark)
    return World(
        mark=mark,
        people=people,
        requirements=needs,
        must_have=must_have,
        victim=victim,
        guest=GuestAccess.objects.get(evaluation=evaluation, person=people["guest contributor"]),
        join_token=join_token,
        join_request=asked,
        invitation=invitation,
        invitation_token=token,
        newcomer_token=newcomer,
        lead_token=invitations.issue_lead_link(at=NOW),
        **_tokens(team, lead),
        ready_item=ChecklistItem.objects.filter(evaluation=evaluation, phase="readiness")[0],
        story=add_story(cast[0], title=f"{mark} story"),
        failure_test=add_test(cast[0], remark=f"{mark} remark"),
        need=need,
        decision=decision,
        trade_off=trade_off,
        forecast=forecast,
        increment=add_step(cast[0], moves=f"{mark} login"),
        point=sent_back(evaluation, f"{mark} point", by=people["reviewer"]),
        **world,
    )


def _tokens(team: Team, lead: Person) -> dict[str, Any]:
    """One usable token of each scope, used a moment ago; and those that open nothing any more."""
    texts: dict[str, str] = {}
    made: dict[str, ApiToken] = {}
    for name, scope, days in (("upload", "upload", 30), ("read", "read", 30), ("revoked", "upload", 30)):
        given = {"team": team, "name": name, "scope": scope, "days": days, "by": lead, "at": NOW}
        made[name], texts[name] = tokens.make_token(**given)
    past = {"team": team, "name": "expired", "scope": "upload", "days": 1, "by": lead, "at": NOW - timedelta(days=2)}
    _, texts["expired"] = tokens.make_token(**past)
    tokens.revoke_token(token=made["revoked"], by=lead, at=NOW)
    ApiToken.objects.filter(team=team).update(last_used_at=AT)
    return {"token": made["upload"], "api_tokens": texts}


def _answered_and_revealed(
    evaluation: Evaluation,
    people: list[Person],
    cast: list[Candidate],
    criteria: list[Criterion],
    needs: list[Requirement],
) -> None:
    for value, person in zip((2, 4, 3), people, strict=True):
        answer_in_open_rounds(person, evaluation, cast, criteria, needs, value=value, reason="first round")
    for subject in ANSWERED:
        rounds.reveal(round=open_round_of(evaluation, subject), by=people[0], at=NOW)


def answer_in_open_rounds(
    person: Person,
    evaluation: Evaluation,
    cast: list[Candidate],
    criteria: list[Criterion],
    needs: list[Requirement],
    *,
    value: int,
    reason: str,
) -> None:
    """One member's answers to all subjects; they differ with `value`, their number does not."""
    for candidate in cast:
        for criterion in criteria:
            cell = {"candidate": candidate, "criterion": criterion}
            scoring.rate(**cell, value=value, reason=reason, by=person, at=NOW)
    points = {str(criterion.pk): 10 + place * value for place, criterion in enumerate(criteria)}
    weighing.give_weights(evaluation=evaluation, method="points", answers={"points": points}, by=person, at=NOW)
    requirements.vote(evaluation=evaluation, requirements=[needs[value // 2]], by=person, at=NOW)
    _do_the_exercise(person, evaluation, cast, value=value, reason=reason)


def _do_the_exercise(person: Person, evaluation: Evaluation, cast: list[Candidate], *, value: int, reason: str) -> None:
    """With two of the candidates, and a review of whatever others handed in."""
    said = ("no", "no", "partly", "yes", "yes")[value - 1]
    for candidate in cast[:2]:
        hand_in(
            candidate,
            person,
            typed_minutes=20.0 * value,
            sentiment=value,
            **dict.fromkeys(QUESTIONS, said),
            friction=reason,
            may_be_named=value > 2,
            code_at="a branch",
        )
    for one in solutions_for(evaluation, person):
        if one.takes_review and not one.is_closed:
            review(Attempt.objects.get(pk=one.attempt_id), person, value, remark=reason)


def _measured(
    mark: str, evaluation: Evaluation, cast: list[Candidate], criterion: Criterion, lead: Person
) -> dict[str, Any]:
    """Workloads, a file that was read, one that was refused, one that waits; a value function, a run left out."""
    shape = {"endpoints": [{"method": "GET", "path": "/orders", "share": 100, "note": ""}], "users": 50}
    workload = spikes.add_workload(evaluation=evaluation, title=f"{mark} traffic", **shape, by=lead, at=NOW)
    unused = spikes.add_workload(evaluation=evaluation, title=f"{mark} unused", **shape, by=lead, at=NOW)

    def received(name: str, content: bytes, candidate: Candidate = cast[0]) -> ResultFile:
        given = {"evaluation": evaluation, "candidate": candidate, "workload": workload, "by": lead, "at": NOW}
        return spikes.receive(**given, upload=io.BytesIO(content), file_name=f"{mark}-{name}")[0]

    accepted, again = received("stats.csv", LOCUST), received("again.csv", LOCUST, cast[1])
    rejected, waiting = received("notes.csv", b"nothing,of,ours\n1,2,3\n"), received("later.csv", LOCUST + b"\n")
    sampled = received("memory.csv", MEMORY)
    for row in (accepted, again, rejected, sampled):
        _worked_off(row.job)
    first, second = SpikeRun.objects.get(result_file=accepted), SpikeRun.objects.get(result_file=again)
    left_out = spikes.leave_out(run=second, reason=f"{mark} backup", seen=second.version, by=lead, at=NOW)
    metric = {"metric": "latency_p95_ms", "unit": "ms", "points": [[10, 5], [500, 1]], "seen": 0}
    spikes.set_value_function(criterion=criterion, **metric, by=lead, at=NOW)
    for row in (accepted, rejected, waiting):
        row.refresh_from_db()
    return {
        "workload": workload,
        "unused_workload": unused,
        "accepted": accepted,
        "rejected": rejected,
        "waiting": waiting,
        "run": SpikeRun.objects.get(pk=first.pk),
        "left_out": left_out,
        "samples": SpikeRun.objects.get(result_file=sampled),
    }


def _worked_off(job: Job | None) -> None:
    claimed = jobs.claim(job_id=job.pk if job else 0, at=AT)
    assert claimed is not None
    spikes.ingest(job=claimed, at=AT)


def print_newest_draft(evaluation: Evaluation) -> Draft:
    """What the worker would do with the draft that was asked for last."""
    draft = Draft.objects.filter(evaluation=evaluation).order_by("-pk")[0]
    claimed = jobs.claim(job_id=draft.job_id or 0, at=AT)
    if claimed is not None:
        record.print_draft(job=claimed)
    draft.refresh_from_db()
    return draft
