"""The comparison's tabs: each a list of figures with their sentences, tables and files."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.matrix import cross_checking, members, robustness, sensitivity, trade_offs
from evaluations.matrix.exhibits import Exhibit
from evaluations.problems.exporting import NothingToExport
from evaluations.scoring.standing import current_standing

Drawing = Callable[[Evaluation], list[Exhibit]]
TABS: dict[str, tuple[str, str, Drawing]] = {
    "sensitivity": ("Sensitivity", "What the lead hangs on, and how little would turn it.", sensitivity.exhibits),
    "robustness": ("Robustness", "How sure the order is when weights and cells vary.", robustness.exhibits),
    "cross-checks": ("Cross-checks", "Other methods over the same scores; they never decide.", cross_checking.exhibits),
    "members": ("Members", "Each one’s ranking beside the team’s, facts and values apart.", members.exhibits),
}


@require_GET
@opens_evaluation()
def sensitivity_tab(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _tab(request, evaluation, "sensitivity")


@require_GET
@opens_evaluation()
def robustness_tab(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _tab(request, evaluation, "robustness")


@require_GET
@opens_evaluation()
def cross_checks(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _tab(request, evaluation, "cross-checks")


@require_GET
@opens_evaluation()
def members_tab(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return _tab(request, evaluation, "members")


@require_GET
@opens_evaluation()
def trade_offs_tab(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Value against one measured metric; `metric` in the address chooses it."""
    found = trade_offs.measured_of(evaluation)
    chosen = _chosen(request, found)
    shown = {
        "tab": "trade-offs",
        "title": "Trade-offs",
        "lead": "What a better total costs in something that was measured.",
        "exhibits": _traded(evaluation, chosen),
        "metrics": found,
        "chosen": chosen,
    }
    return _answer(request, evaluation, shown)


@require_GET
@opens_evaluation()
def figure_csv(request: HttpRequest, evaluation: Evaluation, tab: str, key: str) -> HttpResponse:
    """The table of one figure."""
    found = next((one for one in _exhibits(request, evaluation, tab) if one.key == key), None)
    if found is None:
        raise Http404("There is no such figure.")
    answer = HttpResponse(found.csv(), content_type="text/csv; charset=utf-8")
    name = f"{slugify(evaluation.title) or 'comparison'}-{key}-{evaluation.log.count}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _exhibits(request: HttpRequest, evaluation: Evaluation, tab: str) -> list[Exhibit]:
    if tab == "trade-offs":
        return _traded(evaluation, _chosen(request, trade_offs.measured_of(evaluation)))
    if tab not in TABS:
        raise Http404("There is no such tab.")
    try:
        return TABS[tab][2](evaluation)
    except NothingToExport:
        return []


def _traded(evaluation: Evaluation, chosen: trade_offs.Measured | None) -> list[Exhibit]:
    if chosen is None:
        return []
    return [trade_offs.exhibit(current_standing(evaluation), trade_offs.compared(evaluation, chosen))]


def _chosen(request: HttpRequest, found: list[trade_offs.Measured]) -> trade_offs.Measured | None:
    asked = request.GET.get("metric", "")
    return next((one for one in found if one.key == asked), found[0] if found else None)


def _tab(request: HttpRequest, evaluation: Evaluation, tab: str) -> HttpResponse:
    if _has_seen_all(request, evaluation):
        return HttpResponse(status=204)
    title, lead, _ = TABS[tab]
    exhibits = _exhibits(request, evaluation, tab)
    return _answer(request, evaluation, {"tab": tab, "title": title, "lead": lead, "exhibits": exhibits})


def _has_seen_all(request: HttpRequest, evaluation: Evaluation) -> bool:
    return bool(request.htmx) and request.GET.get("since") == str(evaluation.log.count)


def _answer(request: HttpRequest, evaluation: Evaluation, shown: dict[str, Any]) -> HttpResponse:
    if _has_seen_all(request, evaluation):
        return HttpResponse(status=204)
    here = reverse(f"matrix:{shown['tab'].replace('-', '_')}", args=[evaluation.pk])
    chosen = shown.get("chosen")
    context = {
        **shown,
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "standing": current_standing(evaluation),
        **robustness.around(evaluation),
        "here": f"{here}?metric={chosen.key}" if chosen else here,
        "metric_query": f"?metric={chosen.key}" if chosen else "",
    }
    template = "matrix/_exhibits.html" if request.htmx else "matrix/tab.html"
    return render(request, template, context)
