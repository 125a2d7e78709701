"""Must-haves: whether each candidate meets each of them, openly and with a reason."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import check_can, check_is_writable, opens_evaluation
from evaluations.candidates.models import Candidate, Evaluation
from evaluations.candidates.queries import candidate_of, standing_candidates
from evaluations.requirements.models import Requirement
from evaluations.requirements.queries import nothing_new, requirement_of, standing_requirements
from evaluations.scoring import actions, details
from evaluations.scoring.forms import EvidenceForm, VerdictForm
from evaluations.scoring.models import MustHaveVerdict
from evaluations.scoring.views import may
from evaluations.scoring.views_cell import drawn_anew, put_evidence
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other


def _shown(evaluation: Evaluation, replaced: dict[str, Any] | None = None) -> dict[str, Any]:
    """The table; `replaced` stands in for the one cell whose form was refused."""
    candidates = standing_candidates(evaluation)
    must_haves = [row for row in standing_requirements(evaluation) if row.must_have]
    given = details.verdicts_of(evaluation)
    counts = details.verdict_evidence_counts(evaluation)
    rows: list[dict[str, Any]] = [
        {
            "requirement": requirement,
            "cells": [
                _cell(evaluation, requirement, c, given.get(key), evidence_count=counts.get(key, 0))
                for c in candidates
                for key in [(requirement.pk, c.pk)]
            ],
        }
        for requirement in must_haves
    ]
    for row in rows:
        row["cells"] = [replaced if replaced and replaced["key"] == one["key"] else one for one in row["cells"]]
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "candidates": candidates,
        "rows": rows,
        "out": [one for one in candidates if any(given_not_met(given, row, one) for row in must_haves)],
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }


def given_not_met(given: dict[tuple[int, int], MustHaveVerdict], requirement: Requirement, one: Candidate) -> bool:
    found = given.get((requirement.pk, one.pk))
    return found is not None and found.verdict == MustHaveVerdict.Verdict.NOT_MET


def _cell(
    evaluation: Evaluation,
    requirement: Requirement,
    candidate: Candidate,
    verdict: MustHaveVerdict | None,
    form: VerdictForm | None = None,
    **more: Any,
) -> dict[str, Any]:
    is_open = verdict is None or verdict.verdict == MustHaveVerdict.Verdict.NOT_PROVEN
    return {
        "evaluation": evaluation,
        "requirement": requirement,
        "candidate": candidate,
        "verdict": verdict,
        "subject": f"verdict:{requirement.pk}:{candidate.pk}" if is_open else "",
        "subject_title": f"{requirement.statement}: {candidate.name}"[:200],
        "key": f"{requirement.pk}-{candidate.pk}",
        "form": form or VerdictForm.of(verdict, requirement=requirement, candidate=candidate),
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
        "evidence_count": 0,
        **more,
    }


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "scoring/verdicts.html", _shown(evaluation))


@require_GET
@opens_evaluation()
def table(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), "scoring", "requirements", "candidates"):
        return HttpResponse(status=204)
    return render(request, "scoring/_verdicts.html", _shown(evaluation))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def set_verdict(request: HttpRequest, evaluation: Evaluation, requirement_id: int, candidate_id: int) -> HttpResponse:
    place: dict[str, Any] = _place_or_404(evaluation, requirement_id, candidate_id)
    form = VerdictForm(request.POST, **place)
    if not form.is_valid():
        return _answer(request, evaluation, form, status=422, **place)
    try:
        actions.set_verdict(**place, **form.cleaned_data, by=request.user, at=timezone.now())
    except actions.ReasonNeeded as needed:
        form.add_error("reason", str(needed))
        return _answer(request, evaluation, form, status=422, **place)
    except actions.VerdictMoved as moved:
        typed = {**request.POST.dict(), "seen": moved.current.version if moved.current else 0}
        return _answer(request, evaluation, VerdictForm(typed, **place), status=409, moved=True, **place)
    return _answer(request, evaluation, None, **place)


@require_http_methods(["GET", "POST"])
@opens_evaluation()
def evidence(request: HttpRequest, evaluation: Evaluation, requirement_id: int, candidate_id: int) -> HttpResponse:
    """What stands behind a verdict; contributors add to it. A page of its own, with or without script."""
    place = _place_or_404(evaluation, requirement_id, candidate_id)
    form = EvidenceForm(auto_id="evidence-%s")
    if request.method == "POST":
        check_can(Capability.CONTRIBUTE, request.user, evaluation)
        check_is_writable(evaluation)
        form = EvidenceForm(request.POST, request.FILES, auto_id="evidence-%s")
        if form.is_valid() and put_evidence(request, form, place["candidate"], requirement=place["requirement"]):
            return see_other("scoring:verdict_evidence", evaluation.pk, requirement_id, candidate_id)
    shown = {
        "evaluation": evaluation,
        **place,
        "verdict": details.verdict_of(requirement_id, place["candidate"]),
        "evidence": details.verdict_evidence(place["requirement"], place["candidate"]),
        "form": form,
        "can_contribute": may(evaluation, Capability.CONTRIBUTE),
    }
    return render(request, "scoring/verdict_evidence.html", shown, status=422 if form.is_bound else 200)


def _place_or_404(evaluation: Evaluation, requirement_id: int, candidate_id: int) -> dict[str, Any]:
    requirement, candidate = requirement_of(evaluation, requirement_id), candidate_of(evaluation, candidate_id)
    if requirement is None or not requirement.must_have or candidate is None or candidate.withdrawn_at is not None:
        raise Http404("There is no such must-have or candidate.")
    return {"requirement": requirement, "candidate": candidate}


def _answer(
    request: HttpRequest,
    evaluation: Evaluation,
    form: VerdictForm | None,
    *,
    requirement: Requirement,
    candidate: Candidate,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    if not request.htmx and status == 200:
        return see_other("scoring:verdicts", evaluation.pk)
    count = len(details.verdict_evidence(requirement, candidate))
    verdict = details.verdict_of(requirement.pk, candidate)
    shown = _cell(evaluation, requirement, candidate, verdict, form, evidence_count=count, **more)
    if not request.htmx:
        return render(request, "scoring/verdicts.html", _shown(evaluation, shown), status=status)
    if status == 200:
        return drawn_anew(request, "scoring/_verdict.html", {"cell": shown})
    return render(request, "scoring/_verdict.html", {"cell": shown}, status=status)
