"""Does everything that can be done once, through the actions people use, so that every kind of event is recorded."""

import io
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from evaluations.assignments import actions as assignments
from evaluations.audit.models import AuditEvent
from evaluations.candidates import actions as candidates
from evaluations.candidates import door
from evaluations.candidates.models import Candidate
from evaluations.checklist import actions as checklist
from evaluations.checklist.models import ChecklistItem
from evaluations.decision import actions as decision
from evaluations.decision import moving, succeeding
from evaluations.ecosystem import actions as ecosystem
from evaluations.examples import actions as examples
from evaluations.jobs import actions as jobs
from evaluations.legacy import actions as legacy
from evaluations.readiness import actions as readiness
from evaluations.record import actions as record
from evaluations.record import freezing
from evaluations.record.queries import final_record_of
from evaluations.requirements import actions as requirements
from evaluations.requirements import costing, proposing, weighing
from evaluations.requirements.models import Criterion, Requirement
from evaluations.rounds import actions as rounds
from evaluations.rounds.queries import open_round_of
from evaluations.scoring import actions as scoring
from evaluations.signoff import actions as signoff
from evaluations.spikes import actions as spikes
from evaluations.spikes import judging, sampling
from evaluations.spikes.models import ResultFile, SpikeRun
from evaluations.teamfit import actions as teamfit
from evaluations.teamfit.models import Attempt
from evaluations.teams import actions as teams
from evaluations.teams import invitations, tokens
from evaluations.teams.models import Membership, Role, Team
from evaluations.workshop import actions as workshop
from tests.builders import NOW, make_candidate, make_criterion, make_evaluation, make_person, make_requirement
from tests.decision.choosing import clear_the_way, decide_at_last, draft_decision, seen_now
from tests.signoff.signing import make_signing

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ENDPOINTS = [{"method": "GET", "path": "/orders", "share": 100, "note": ""}]
LATER = NOW + timedelta(minutes=10)


class Tour:
    def __init__(self) -> None:
        self.lead = make_person("Lena Lead")
        self.team = teams.create_team(name="Orders", by=self.lead, at=NOW)
        self.evaluation = make_evaluation(team=self.team, lead=self.lead)

    def kinds(self) -> set[str]:
        return set(AuditEvent.objects.values_list("kind", flat=True))

    def whole(self) -> None:
        self.of_a_team()
        self.of_candidates_and_the_door()
        self.of_requirements()
        self.of_scores()
        self.of_spikes()
        self.of_readiness()
        self.of_ecosystem()
        self.of_teamfit()
        self.of_the_rest()
        self.of_the_old_system()
        self.of_the_decision()
        self.of_signoff()
        examples.load(key="publishing", at=NOW)

    def of_a_team(self) -> None:
        team, lead = self.team, self.lead
        member = make_person("Mia Member")
        joined = teams.add_member(team=team, person=member, role=Role.CONTRIBUTOR, by=lead, at=NOW)
        team = teams.rename(team=team, name="Ordering", seen=team.version, by=lead, at=NOW)
        profile = {"size": 5, "skills": "Python", "async_experience": Team.AsyncExperience.SOME}
        teams.set_profile(team=team, **profile, seen=team.version, by=lead, at=NOW)
        joined = teams.change_role(membership=joined, role=Role.REVIEWER, seen=joined.version, by=lead, at=NOW)
        teams.set_rates(membership=joined, rates=True, seen=joined.version, by=lead, at=NOW)
        _, token = invitations.invite(team=team, email="new@example.org", role=Role.VIEWER, by=lead, at=NOW)
        newcomer = make_person("Nora New", username="new", email="new@example.org")
        invitations.accept_invitation(token=token, person=newcomer, at=NOW)
        other, _ = invitations.invite(team=team, email="no@example.org", role=Role.VIEWER, by=lead, at=NOW)
        invitations.revoke_invitation(invitation=other, by=lead, at=NOW)
        token, _ = tokens.make_token(team=team, name="Nightly", scope="upload", days=90, by=lead, at=NOW)
        tokens.revoke_token(token=token, by=lead, at=NOW)
        teams.leave(team=team, by=newcomer, at=NOW)
        teams.remove_member(membership=Membership.objects.get(team=team, person=member), by=lead, at=NOW)

    def of_candidates_and_the_door(self) -> None:
        evaluation, lead = self.evaluation, self.lead
        said = {"title": "Order service", "context": "New", "seen": evaluation.version}
        candidates.describe(evaluation=evaluation, **said, by=lead, at=NOW)
        first, second = make_candidate(evaluation, "Django"), make_candidate(evaluation, "FastAPI")
        candidates.edit_candidate(candidate=first, name="Django", server="granian", seen=first.version, by=lead, at=NOW)
        candidates.reorder(evaluation=evaluation, order=[second.pk, first.pk], by=lead, at=NOW)
        candidates.withdraw_candidate(
            candidate=make_candidate(evaluation, "Old one"), reason="Nobody knows it", by=lead, at=NOW
        )
        link, token = door.make_join_link(evaluation=evaluation, by=lead, at=NOW)
        asked, _ = door.ask_to_join(token=token, name="Sam", person=None, at=NOW)
        guest = door.admit(join_request=asked, by=lead, at=NOW).person
        stranger, _ = door.ask_to_join(token=token, name="Stranger", person=None, at=NOW)
        door.refuse(join_request=stranger, by=lead, at=NOW)
        door.close_join_link(link=link, by=lead, at=NOW)
        door.end_guest_access(guest=guest.guest_access.get(), by=lead, at=NOW)

    def of_requirements(self) -> None:
        evaluation, lead = self.evaluation, self.lead
        kept = make_requirement(evaluation, "Answers within 100 ms", must_have=True)
        gone = make_requirement(evaluation, "Is fashionable")
        requirements.edit_requirement(
            requirement=kept, seen=kept.version, changes={"quantity": Decimal(100), "unit": "ms"}, by=lead, at=NOW
        )
        requirements.remove_requirement(requirement=gone, seen=gone.version, by=lead, at=NOW)
        requirements.vote(evaluation=evaluation, requirements=[kept], by=lead, at=NOW)
        requirements.set_top(evaluation=evaluation, requirements=[kept], by=lead, at=NOW)
        first, second, third = (make_criterion(evaluation, name) for name in ("Speed", "Learning", "Looks"))
        requirements.edit_criterion(criterion=first, seen=first.version, changes={"name": "Latency"}, by=lead, at=NOW)
        requirements.remove_criterion(criterion=third, seen=third.version, by=lead, at=NOW)
        requirements.order_criteria(evaluation=evaluation, order=[second.pk, first.pk], by=lead, at=NOW)
        costing.set_costs(
            evaluation=evaluation, hours={"spike": 9.0}, limit_per_hour=Decimal("0.01"), seen=0, by=lead, at=NOW
        )
        tried = {first.pk: 1.0, second.pk: 3.0}
        proposing.propose_weights(evaluation=evaluation, shares=tried, reason="we learn slowly", by=lead, at=NOW)
        answers = {"order": [first.pk, second.pk]}
        weighing.give_weights(evaluation=evaluation, method="ordering", answers=answers, by=lead, at=NOW)
        shares = {first.pk: 0.75, second.pk: 0.25}
        weighing.agree_weights(evaluation=evaluation, shares=shares, method="ordering", seen=0, by=lead, at=NOW)

    def of_scores(self) -> None:
        lead = self.lead
        candidate = Candidate.objects.get(evaluation=self.evaluation, name="Django")
        latency = Criterion.objects.get(evaluation=self.evaluation, name="Latency")
        requirement = Requirement.objects.get(evaluation=self.evaluation, removed_at__isnull=True)
        cell = {"candidate": candidate, "criterion": latency}
        scoring.rate(**cell, value=4, reason="Seen it", by=lead, at=NOW)
        scoring.clear_rating(**cell, by=lead, at=NOW)
        scoring.rate(**cell, value=None, by=lead, at=NOW)
        for subject in ("votes", "weights", "ratings"):
            opened = open_round_of(self.evaluation, subject)
            rounds.set_finished(round=opened, finished=True, by=lead, at=NOW)
            rounds.reveal(round=opened, by=lead, at=LATER)
        scoring.set_score(**cell, value=Decimal("3.5"), reason="Agreed", seen=0, by=lead, at=LATER)
        verdict = {"verdict": "not_proven", "reason": "", "seen": 0}
        scoring.set_verdict(requirement=requirement, candidate=candidate, **verdict, by=lead, at=LATER)
        note = {"kind": "note", "title": "A run", "text": "It ran", "strength": "weak"}
        evidence = scoring.add_evidence(**cell, **note, by=lead, at=LATER)
        scoring.remove_evidence(evidence=evidence, by=lead, at=LATER)

    def of_spikes(self) -> None:
        lead, evaluation = self.lead, self.evaluation
        workload = spikes.add_workload(
            evaluation=evaluation, title="Reads and writes", endpoints=ENDPOINTS, by=lead, at=LATER
        )
        spare = spikes.add_workload(evaluation=evaluation, title="Spare", endpoints=ENDPOINTS, by=lead, at=LATER)
        spikes.remove_workload(workload=spare, seen=spare.version, by=lead, at=LATER)
        spikes.edit_workload(workload=workload, seen=workload.version, changes={"users": 50}, by=lead, at=LATER)
        latency = Criterion.objects.get(evaluation=evaluation, name="Latency")
        points = [[50, 5], [500, 1]]
        spikes.set_value_function(
            criterion=latency, metric="latency_p95_ms", unit="ms", points=points, seen=0, by=lead, at=LATER
        )
        scoring.set_basis(criterion=latency, basis=Criterion.Basis.MEASURED, by=lead, at=LATER)
        self._read("locust_stats.csv", (SAMPLES / "locust_stats.csv").read_bytes())
        run = SpikeRun.objects.get(result_file__evaluation=evaluation)
        run = spikes.leave_out(run=run, reason="Warm-up was cut", seen=run.version, by=lead, at=LATER)
        spikes.take_in(run=run, seen=run.version, by=lead, at=LATER)
        self._judged(SpikeRun.objects.get(pk=run.pk))
        self._sampled()
        rejected = self._read("notes.csv", b"these,are\nno,results\n")
        spikes.read_again(result_file=rejected, by=lead, at=LATER)
        spikes.cancel(result_file=ResultFile.objects.get(pk=rejected.pk), by=lead, at=LATER)
        given_up = self._received("again.csv", b"neither,are\nthese,so\n")
        job = jobs.claim(job_id=given_up.job_id, at=LATER)
        jobs.quarantine(job=job, error=jobs.GIVEN_UP, at=LATER)
        spikes.settle(job_id=job.pk, at=LATER)

    def _judged(self, run: SpikeRun) -> None:
        lead = self.lead
        judging.set_facts(run=run, seen=0, facts={"host": "bench-1", "processors": 4}, by=lead, at=LATER)
        run = judging.let_count(run=run, reason="The only one there is", seen=run.version, by=lead, at=LATER)
        judging.let_count(run=run, reason="", seen=run.version, by=lead, at=LATER)
        judging.set_tie_ratio(evaluation=self.evaluation, ratio=Decimal("1.3"), seen=0, by=lead, at=LATER)

    def _sampled(self) -> None:
        table = b"time,rss_bytes,cpu_s,processes\n1700000000,100000000,0,2\n1700000010,101000000,4,2\n"
        samples = SpikeRun.objects.get(result_file=self._read("locust_samples.csv", table))
        sampling.choose(samples=samples, run=None, seen=samples.version, by=self.lead, at=LATER)

    def _received(self, name: str, content: bytes) -> ResultFile:
        row, _ = spikes.receive(
            evaluation=self.evaluation,
            candidate=Candidate.objects.get(evaluation=self.evaluation, name="Django"),
            workload=self.evaluation.workloads.get(removed_at__isnull=True),
            upload=io.BytesIO(content),
            file_name=name,
            by=self.lead,
            at=LATER,
        )
        return row

    def _read(self, name: str, content: bytes) -> ResultFile:
        row = self._received(name, content)
        spikes.ingest(job=jobs.claim(job_id=row.job_id, at=LATER), at=LATER)
        return ResultFile.objects.select_related("evaluation__log").get(pk=row.pk)

    def of_readiness(self) -> None:
        by = {"by": self.lead, "at": LATER}
        candidate = Candidate.objects.get(evaluation=self.evaluation, name="Django")
        item = ChecklistItem.objects.get(evaluation=self.evaluation, phase="readiness", key="metrics")
        readiness.set_answer(item=item, candidate=candidate, answer="yes", evidence="Its page", seen=0, **by)
        link = {"title": "A parcel service", "url": "https://example.org", "learned": "Pools first"}
        story = readiness.add_story(candidate=candidate, **link, **by)
        story = readiness.edit_story(story=story, **link, seen=story.version, **by)
        readiness.remove_story(story=story, seen=story.version, **by)
        told = {"candidate": "Django", "kind": "sigterm", "verdict": "recovered", "lost_requests": 0}
        content = json.dumps({"format": "fwselect failure tests", "version": 1, "tests": [told]}).encode()
        [test], _ = readiness.add_file(evaluation=self.evaluation, content=content, file_name="tests.json", **by)
        test = readiness.edit_failure_test(test=test, seen=test.version, changes={"lost_requests": 1}, **by)
        readiness.remove_failure_test(test=test, seen=test.version, **by)

    def of_ecosystem(self) -> None:
        by = {"by": self.lead, "at": LATER}
        candidate = Candidate.objects.get(evaluation=self.evaluation, name="Django")
        need = ecosystem.add_need(evaluation=self.evaluation, kind="logging", name="Structured logs", **by)
        need = ecosystem.edit_need(need=need, seen=need.version, changes={"name": "Logs"}, **by)
        found = {"need": need, "candidate": candidate, "package": "structlog", **by}
        deal = {"verdict": "poor", "dealbreaker": True, "dealbreaker_reason": "Abandoned"}
        choice = ecosystem.set_package(**found, **deal, seen=0)
        ecosystem.set_package(**found, verdict="good", seen=choice.version)
        ecosystem.remove_need(need=need, seen=need.version, **by)

    def of_teamfit(self) -> None:
        evaluation, lead = self.evaluation, self.lead
        member = make_person("Nil Newer")
        teams.add_member(team=self.team, person=member, role=Role.CONTRIBUTOR, by=lead, at=LATER)
        exercise = teamfit.set_exercise(evaluation=evaluation, title="One", text="GET", seen=0, by=lead, at=LATER)
        done = []
        for candidate in Candidate.objects.standing().filter(evaluation=evaluation).select_related("evaluation__log"):
            mine = {"exercise": exercise, "candidate": candidate, "by": member}
            attempt = teamfit.stop_clock(attempt=teamfit.start_clock(**mine, at=LATER), by=member, at=LATER)
            answers = {"sentiment": 4, "finished": True, "at": LATER}
            done.append(teamfit.save_attempt(**mine, **answers, seen=attempt.version))
            teamfit.save_attempt(**{**mine, "by": lead}, **answers, typed_minutes=50.0, seen=0)
            done.append(Attempt.objects.get(person=lead, candidate=candidate))
        for attempt in done:
            by = member if attempt.person_id == lead.pk else lead
            teamfit.review_code(attempt=attempt, quality=4, seen=0, by=by, at=LATER)
        teamfit.set_exercise(evaluation=evaluation, title="Two", text="POST", seen=exercise.version, by=lead, at=LATER)

    def of_the_old_system(self) -> None:
        by = {"by": self.lead, "at": LATER}
        candidate = make_candidate(self.evaluation, "Keep it", kind=Candidate.Kind.KEEP)
        legacy.describe(candidate=candidate, said={"pain_points": "Old"}, seen=0, **by)
        step = legacy.add_increment(candidate=candidate, said={"moves": "Login"}, **by)
        step = legacy.edit_increment(increment=step, said={"moves": "Sign-in"}, seen=step.version, **by)
        legacy.order_increments(candidate=candidate, order=[step.pk], **by)
        legacy.remove_increment(increment=step, seen=step.version, **by)

    def of_the_decision(self) -> None:
        """In an evaluation of its own, with a successor that supersedes it."""
        evaluation = make_evaluation("Billing", team=self.team, lead=self.lead)
        make_criterion(evaluation, "Speed")
        candidate = make_candidate(evaluation, "Django")
        given = {"evaluation": evaluation, "by": self.lead, "at": LATER}
        draft_decision(evaluation, candidate, "Billing")
        trade_off = decision.accept_trade_off(what="Slower", mitigation="", **given)
        decision.leave_out_trade_off(trade_off=trade_off, seen=trade_off.version, by=self.lead, at=LATER)
        figure = decision.add_forecast(name="Cost", expected=2, **given)
        expected = {"name": "Cost", "expected": 3, "by": self.lead, "at": LATER}
        figure = decision.edit_forecast(forecast=figure, seen=figure.version, **expected)
        gone = decision.add_forecast(name="Gone", expected=2, **given)
        decision.remove_forecast(forecast=gone, seen=gone.version, by=self.lead, at=LATER)
        clear_the_way(evaluation)
        moving.take_back(**given)
        moving.archive(**given)
        moving.bring_back(**given)
        moving.propose(seen=seen_now(evaluation), **given)
        moving.decide(seen=seen_now(evaluation), **given)
        frozen = final_record_of(evaluation)
        jobs.fail(job=jobs.claim(job_id=frozen.print.job_id, at=LATER), error="no room", at=LATER)
        freezing.request_print(record=frozen, by=self.lead, at=LATER)
        moving.enter_actual(forecast=figure, actual=4, note="", seen=figure.version, by=self.lead, at=LATER)
        moving.revisit(finding="It holds", next_on=None, seen=0, **given)
        made = succeeding.start_successor(title="Billing again", **given)
        again = Candidate.objects.get(evaluation=made)
        decision.choose(evaluation=made, candidate=again, said={"reason": "As before"}, seen=0, by=self.lead, at=LATER)
        decide_at_last(made)

    def of_signoff(self) -> None:
        signing = make_signing()
        signing.sign()
        signing.change()
        signing.sign()
        point = signing.ask("Name the source").points.get()
        for is_settled in (True, False, True):
            settling = {"is_settled": is_settled, "seen": point.version}
            point = signoff.settle_point(point=point, **settling, by=signing.lead, at=LATER)
        signoff.approve_alone(**signing.seen(), reason="Nobody else", by=signing.lead, at=LATER)
        aside = {"evaluation": signing.evaluation, "phase": "teamfit", "by": signing.lead, "at": LATER}
        signoff.set_not_applicable(**aside, reason="One person builds it")
        signoff.set_applicable(**aside)

    def of_the_rest(self) -> None:
        evaluation, lead = self.evaluation, self.lead
        item = ChecklistItem.objects.filter(evaluation=evaluation).order_by("pk")[0]
        own = {"phase": "readiness", "text": "Ask operations"}
        checklist.add_item(evaluation=evaluation, **own, by=lead, at=LATER)
        given = {"subject": item.subject, "title": item.text, "due_date": LATER.date(), "seen": 0}
        assigned = assignments.assign(evaluation=evaluation, owner=lead, **given, by=lead, at=LATER)
        assignments.finish(assignment=assigned, by=lead, at=LATER)
        answer = {"state": "not_applicable", "reason": "No such service"}
        checklist.set_state(item=item, **answer, seen=item.version, by=lead, at=LATER)
        clock = workshop.start(evaluation=evaluation, by=lead, at=LATER)
        clock = workshop.go_to_step(workshop=clock, step=1, seen=clock.version, by=lead, at=LATER)
        clock = workshop.pause(workshop=clock, seen=clock.version, by=lead, at=LATER)
        clock = workshop.resume(workshop=clock, seen=clock.version, by=lead, at=LATER)
        clock = workshop.extend(workshop=clock, seen=clock.version, by=lead, at=LATER)
        workshop.end(workshop=clock, seen=clock.version, by=lead, at=LATER)
        record.request_draft(evaluation=evaluation, by=lead, at=LATER)
