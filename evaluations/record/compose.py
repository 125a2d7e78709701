"""One body from everything the five phases hold, as at the newest event. What a blind round hides never enters it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from evaluations import catalogue
from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import withdrawn_candidates
from evaluations.checklist.models import ChecklistItem
from evaluations.checklist.queries import items_of
from evaluations.decision.queries import decision_of
from evaluations.record import comparison, grounds, measured, operation, outcome, signatures, surroundings
from evaluations.record.naming import Names, moment, names_of
from evaluations.record.open_points import open_points
from evaluations.record.schema import SCHEMA_VERSION
from evaluations.requirements import queries as requirements
from evaluations.scoring import queries as scoring
from evaluations.scoring.queries import Failed, Ground
from evaluations.scoring.standing import Standing, VerdictKind, current_standing
from evaluations.signoff.queries import PhaseStanding, phase_standings
from evaluations.spikes.queries import files_of
from evaluations.teams.models import Team

VERSION = "0.1.0"
RECORDS_OWN = "record."
"""Events of this package change nothing a record tells: asking for a draft does not make the draft out of date."""

GROUNDS = {Ground.MUST_HAVE: "Fails the must-have", Ground.DEALBREAKER: "Has the dealbreaker"}


@dataclass(frozen=True)
class AsOf:
    """The event a body is told up to, and what that makes of it."""

    revision: int
    at: datetime
    state: str


def body_now(evaluation: Evaluation) -> dict[str, Any]:
    """The body as at one revision, for callers without an open write: the log is held still while it is read."""
    return counted_body(evaluation)[1]


def counted_body(evaluation: Evaluation) -> tuple[int, dict[str, Any]]:
    """How many events there were, and the body as at the last of them: until another comes it is the same."""
    with transaction.atomic():
        log = AuditLog.objects.select_for_update().get(pk=evaluation.log_id)
        return log.count, compose(evaluation)


def told_up_to(evaluation: Evaluation) -> tuple[int, datetime]:
    """Number and moment of the newest event that a record tells of."""
    events = AuditEvent.objects.filter(log_id=evaluation.log_id).exclude(kind__startswith=RECORDS_OWN)
    newest = events.order_by("-number").values_list("number", "at").first()
    return newest or (0, evaluation.created_at)


def compose(evaluation: Evaluation, as_of: AsOf | None = None) -> dict[str, Any]:
    """A body (see `schema.Body`) from queries alone; nothing in it depends on the clock or on who asks.

    The caller holds the evaluation's log, so that all of it is as at one revision. What a blind round still hides is
    not read. Same state, same body: the moment is that of the last event it tells of. as_of: the event of an open write
    that decides; without it the body is a draft's, or a proposal's.
    """
    as_of = as_of or _so_far(evaluation)
    standing = current_standing(evaluation)
    matrix = standing.matrix
    phases = phase_standings(evaluation)
    needs = requirements.standing_requirements(evaluation)
    standing_ids = {row.pk for row in matrix.candidates}
    files = [row for row in files_of(evaluation) if row.candidate_id in standing_ids]
    runs = measured.told_runs(files, standing_ids)
    evidence = grounds.told_evidence(
        scoring.evidence_of(evaluation), standing_ids, {c.pk for c in matrix.criteria}, {r.pk for r in needs}
    )
    names = names_of(
        candidates=matrix.candidates,
        criteria=matrix.criteria_by_group,
        requirements=needs,
        evidence=evidence,
        runs=runs,
    )
    register = grounds.Register(evidence, names)
    later = {
        "workloads": measured.workloads(evaluation, runs),
        "runs": measured.runs(evaluation, runs, names),
        "failure_tests": measured.failure_tests(evaluation, names),
        "ecosystem": surroundings.ecosystem(evaluation, names, register),
        "team_fit": surroundings.team_fit(evaluation, names),
        "readiness": operation.readiness(evaluation, names, register),
        "legacy": outcome.legacy(evaluation, names),
        "sign_offs": signatures.sign_offs(evaluation, phases),
        "decision": outcome.decision(evaluation, names),
    }
    return later | {
        "schema_version": SCHEMA_VERSION,
        "product": {"name": "fwselect", "version": VERSION},
        "evaluation": {"id": evaluation.pk, "title": evaluation.title, "team": evaluation.team.name},
        "revision": as_of.revision,
        "as_of": moment(as_of.at),
        "state": as_of.state,
        "open": open_points(evaluation, standing),
        "notices": _notices(evaluation, phases),
        "verdict": _verdict(standing, names),
        "people": outcome.people(evaluation),
        "context": evaluation.context,
        "team_profile": _team_profile(evaluation.team),
        "phases": signatures.phases(evaluation, phases),
        "checklist": _checklist(evaluation),
        "requirements": grounds.requirements(needs, requirements.vote_counts(evaluation), names),
        "must_haves": grounds.must_haves(scoring.fit_matrix(evaluation, matrix), matrix.candidates, evidence, names),
        "candidates": [_candidate(row, matrix.out.get(row.pk, [])) for row in matrix.candidates],
        "criteria": comparison.criteria(matrix, names, scoring.value_functions(evaluation)),
        "weights": comparison.weights(evaluation, matrix, names),
        "cells": comparison.cells(matrix, names),
        "ranking": comparison.ranking(standing, names),
        "method": comparison.method(standing),
        "disagreement": comparison.disagreement(matrix, names),
        "evidence": register.pieces,
        "provenance": grounds.provenance(files, evidence),
    }


def _so_far(evaluation: Evaluation) -> AsOf:
    revision, at = told_up_to(evaluation)
    return AsOf(revision, at, "proposed" if evaluation.state == Evaluation.State.PROPOSED else "draft")


def _verdict(standing: Standing, names: Names) -> dict[str, Any]:
    verdict = standing.verdict
    return {
        "sentence": verdict.sentence,
        "robustness": verdict.robustness.strip(),
        "too_early": verdict.kind in {VerdictKind.TOO_EARLY, VerdictKind.NOTHING_TO_COMPARE},
        "leader": names.candidates[verdict.leader.pk] if verdict.leader else None,
    }


def _notices(evaluation: Evaluation, phases: tuple[PhaseStanding, ...]) -> list[str]:
    """What the cover has to say."""
    told = signatures.without_review(phases)
    found = decision_of(evaluation)
    if found and found.was_against_ranking:
        told.append(f"The decision goes against the ranking: {found.ranking_note}")
    if evaluation.example:
        told.append("Invented example: no company, person or measurement stands behind this evaluation.")
    for row in withdrawn_candidates(evaluation):
        told.append(f"{row.name} was withdrawn from the comparison: {row.withdrawn_reason or 'no reason was given'}.")
    return told


def _team_profile(team: Team) -> dict[str, Any]:
    skills = [skill.strip() for skill in re.split(r"[,\n]", team.skills)]
    return {
        "size": team.size,
        "skills": [skill for skill in skills if skill],
        "async_experience": team.get_async_experience_display(),
    }


def _checklist(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [_item(item, phase.name) for phase in catalogue.phases() for item in items_of(evaluation, phase.key)]


def _item(item: ChecklistItem, phase: str) -> dict[str, Any]:
    return {"phase": phase, "text": item.text, "state": item.state.replace("_", " "), "reason": item.reason}


def _candidate(row: Candidate, failed: list[Failed]) -> dict[str, Any]:
    known = _framework(row.framework)
    parts = [("framework", known.name if known else "", row.framework_version)]
    parts += [("server", row.server, ""), ("data layer", row.data_layer, ""), ("proxy", row.proxy, "")]
    return {
        "name": row.name,
        "summary": row.note or (known.summary if known else ""),
        "stack": [{"part": part, "name": name, "version": version} for part, name, version in parts if name or version],
        "kind": row.get_kind_display(),
        "out": bool(failed),
        "out_reason": " ".join(f"{GROUNDS[each.source]} “{each.statement}”: {each.reason}" for each in failed),
        "out_because": [{"rule": each.source, "what": each.statement, "reason": each.reason} for each in failed],
    }


def _framework(key: str) -> "catalogue.entries.Framework | None":
    """What the catalogue says of it; None for an own framework or one the catalogue has lost since."""
    try:
        return catalogue.framework(key) if key else None
    except KeyError:
        return None
