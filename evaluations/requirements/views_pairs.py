"""Pairs: the fields, and how consistent the answers are while they are given."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements import pairs, queries
from evaluations.requirements.models import Criterion


@require_GET
@opens_evaluation()
def consistency(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """How consistent the answers in the address are; nothing is saved."""
    criteria = queries.standing_criteria(evaluation)
    typed = pairs.typed_comparisons(criteria, request.GET.dict())
    shown = {"evaluation": evaluation, **shown_consistency(criteria, typed)}
    return render(request, "requirements/_consistency.html", shown)


def shown_consistency(criteria: list[Criterion], comparisons: Mapping[str, float]) -> dict[str, Any]:
    names = {criterion.pk: criterion.name for criterion in criteria}
    try:
        found = pairs.consistency_of(criteria, comparisons)
    except ValueError as refusal:
        return {"consistency": None, "consistency_refused": str(refusal) if comparisons else ""}
    shares = sorted(((names[pk], share) for pk, share in found.shares.items()), key=lambda pair: -pair[1])
    return {"consistency": found, "consistency_refused": "", "pair_shares": shares, "largest_pair": shares[0][1]}


def rows_of(criteria: list[Criterion], comparisons: Mapping[str, float]) -> list[dict[str, Any]]:
    """One row a pair, with its choices and what was answered."""
    answered = {key: str(Fraction(value).limit_denominator(9)) for key, value in comparisons.items()}
    return [
        {
            "name": pairs.name_of(first.pk, second.pk),
            "first": first,
            "second": second,
            "answer": answered.get(f"{first.pk}:{second.pk}", ""),
            "choices": [(str(step), _step_in_words(step, first.name, second.name)) for step in pairs.STEPS],
        }
        for place, first in enumerate(criteria)
        for second in criteria[place + 1 :]
    ]


def _step_in_words(step: Fraction, first: str, second: str) -> str:
    if step == 1:
        return "both the same"
    return f"{first}, {step} times" if step > 1 else f"{second}, {1 / step} times"
