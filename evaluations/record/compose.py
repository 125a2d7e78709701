"""One body from everything of phases 1 and 2, as at the newest event. What a blind round hides never enters it."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from evaluations import catalogue
from evaluations.audit.models import AuditEvent, AuditLog
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess
from evaluations.candidates.queries import guests_of, withdrawn_candidates
from evaluations.checklist.queries import PhaseProgress, progress_of
from evaluations.record import comparison, grounds
from evaluations.record.naming import Names, moment, names_of
from evaluations.record.open_points import open_points
from evaluations.record.schema import SCHEMA_VERSION
from evaluations.requirements import queries as requirements
from evaluations.scoring import queries as scoring
from evaluations.scoring.queries import Failed, Ground
from evaluations.scoring.standing import Standing, VerdictKind, current_standing
from evaluations.spikes.queries import files_of
from evaluations.teams.models import Role, Team
from evaluations.teams.queries import members_of

VERSION = "0.1.0"
RECORDS_OWN = "record."
"""Events of this package change nothing a record tells: asking for a draft does not make the draft out of date."""

GROUNDS = {Ground.MUST_HAVE: "Fails the must-have", Ground.DEALBREAKER: "Has the dealbreaker"}

CONSULTED = {Role.LEAD, Role.CONTRIBUTOR}


def body_now(evaluation: Evaluation) -> dict[str, Any]:
    """The body as at one revision, for callers without an open write: the log is held still while it is read."""
    with transaction.atomic():
        AuditLog.objects.select_for_update().get(pk=evaluation.log_id)
        return compose(evaluation)


def told_up_to(evaluation: Evaluation) -> tuple[int, datetime]:
    """Number and moment of the newest event that a record tells of."""
    events = AuditEvent.objects.filter(log_id=evaluation.log_id).exclude(kind__startswith=RECORDS_OWN)
    newest = events.order_by("-number").values_list("number", "at").first()
    return newest or (0, evaluation.created_at)


def compose(evaluation: Evaluation) -> dict[str, Any]:
    """A draft's body (see `schema.Body`) from queries alone; nothing in it depends on the clock or on who asks.

    The caller holds the evaluation's log, so that all of it is as at one revision. Unrevealed votes, weights and
    ratings are not read. Same state, same body: `as_of` is the moment of the last event it tells of.
    """
    standing = current_standing(evaluation)
    matrix = standing.matrix
    revision, as_of = told_up_to(evaluation)
    needs = requirements.standing_requirements(evaluation)
    standing_ids = {row.pk for row in matrix.candidates}
    files = [row for row in files_of(evaluation) if row.candidate_id in standing_ids]
    runs = grounds.told_runs(files, standing_ids)
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
    return {
        "schema_version": SCHEMA_VERSION,
        "product": {"name": "fwselect", "version": VERSION},
        "evaluation": {"id": evaluation.pk, "title": evaluation.title, "team": evaluation.team.name},
        "revision": revision,
        "as_of": moment(as_of),
        "state": "draft",
        "open": open_points(evaluation, standing),
        "notices": _notices(evaluation),
        "verdict": _verdict(standing, names),
        "people": _people(evaluation),
        "context": evaluation.context,
        "team_profile": _team_profile(evaluation.team),
        "phases": _phases(evaluation),
        "requirements": grounds.requirements(needs, requirements.vote_counts(evaluation), names),
        "must_haves": grounds.must_haves(scoring.fit_matrix(evaluation, matrix), matrix.candidates, evidence, names),
        "candidates": [_candidate(row, matrix.out.get(row.pk, [])) for row in matrix.candidates],
        "criteria": comparison.criteria(matrix, names, scoring.value_functions(evaluation)),
        "weights": comparison.weights(evaluation, matrix, names),
        "cells": comparison.cells(matrix, names),
        "ranking": comparison.ranking(standing, names),
        "method": comparison.method(standing),
        "runs": grounds.runs(runs, names),
        "disagreement": comparison.disagreement(matrix, names),
        "evidence": grounds.evidence(evidence, names),
        "provenance": grounds.provenance(files, evidence),
    }


def _verdict(standing: Standing, names: Names) -> dict[str, Any]:
    verdict = standing.verdict
    return {
        "sentence": verdict.sentence,
        "robustness": verdict.robustness.strip(),
        "too_early": verdict.kind in {VerdictKind.TOO_EARLY, VerdictKind.NOTHING_TO_COMPARE},
        "leader": names.candidates[verdict.leader.pk] if verdict.leader else None,
    }


def _notices(evaluation: Evaluation) -> list[str]:
    told = []
    if evaluation.example:
        told.append("Invented example: no company, person or measurement stands behind this evaluation.")
    for row in withdrawn_candidates(evaluation):
        told.append(f"{row.name} was withdrawn from the comparison: {row.withdrawn_reason or 'no reason was given'}.")
    return told


def _people(evaluation: Evaluation) -> dict[str, Any]:
    members = members_of(evaluation.team)
    guests = guests_of(evaluation)
    told = [{"name": row.person.shown_name, "role": row.role} for row in members]
    told += [{"name": row.person.shown_name, "role": _guest_role(row)} for row in guests]
    asked = [row.person.shown_name for row in members if row.role in CONSULTED or row.rates]
    asked += [row.person.shown_name for row in guests if row.role == GuestAccess.Role.CONTRIBUTOR]
    rest = [one["name"] for one in told if one["name"] not in asked]
    return {"decided": [], "consulted": asked, "informed": rest, "members": told}


def _guest_role(row: GuestAccess) -> str:
    return "guest reviewer" if row.role == GuestAccess.Role.REVIEWER else "contributor"


def _team_profile(team: Team) -> dict[str, Any]:
    skills = [skill.strip() for skill in re.split(r"[,\n]", team.skills)]
    return {
        "size": team.size,
        "skills": [skill for skill in skills if skill],
        "async_experience": team.get_async_experience_display(),
    }


def _phases(evaluation: Evaluation) -> list[dict[str, Any]]:
    progress = progress_of(evaluation)
    unready = {"requirements"} if requirements.open_points(evaluation) else set()
    return [
        {
            "number": phase.number,
            "name": phase.name,
            "state": "open" if phase.key in unready else _phase_state(progress[phase.key]),
            "done": progress[phase.key].done,
            "total": progress[phase.key].total,
        }
        for phase in catalogue.phases()
    ]


def _phase_state(progress: PhaseProgress) -> str:
    return "ready" if progress.total and progress.done == progress.total else "open"


def _candidate(row: Candidate, failed: list[Failed]) -> dict[str, Any]:
    known = _framework(row.framework)
    parts = [("framework", known.name if known else "", row.framework_version)]
    parts += [("server", row.server, ""), ("data layer", row.data_layer, ""), ("proxy", row.proxy, "")]
    return {
        "name": row.name,
        "summary": row.note or (known.summary if known else ""),
        "stack": [{"part": part, "name": name, "version": version} for part, name, version in parts if name or version],
        "out": bool(failed),
        "out_reason": " ".join(f"{GROUNDS[each.source]} “{each.statement}”: {each.reason}" for each in failed),
    }


def _framework(key: str) -> "catalogue.entries.Framework | None":
    """What the catalogue says of it; None for an own framework or one the catalogue has lost since."""
    try:
        return catalogue.framework(key) if key else None
    except KeyError:
        return None
