import json
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.matrix import charts, robustness, sheet
from evaluations.matrix.drawing import VIEWS, Pen, changed_cells
from evaluations.matrix.queries import changes_since
from evaluations.scoring.queries import fit_matrix
from evaluations.scoring.standing import Standing, current_standing

KEPT_S = 3600


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    view = _view_of(request)
    return render(request, "matrix/page.html", {"evaluation": evaluation, "view": view, **_drawn(evaluation, view)})


@require_GET
@opens_evaluation()
def changes(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """What changed since the revision a page has seen: nothing (204), cells, or the table, as out-of-band swaps."""
    since = _whole(request.GET.get("since"))
    if since == evaluation.log.count:
        return HttpResponse(status=204)
    found = changes_since(evaluation, since)
    if found.is_nothing:
        return render(request, "matrix/_since.html", {"revision": found.revision})
    view, standing = _view_of(request), current_standing(evaluation)
    whole = found.table or view != "scores" or not standing.rows
    pen = Pen(evaluation, standing, view)
    cells = [] if whole else changed_cells(standing.matrix, found.cells)
    return render(
        request,
        "matrix/_changes.html",
        {
            "evaluation": evaluation,
            "standing": standing,
            **robustness.around(evaluation),
            "view": view,
            "revision": found.revision,
            "whole": _drawn(evaluation, view)["table"] if whole else None,
            "cells": [pen.cell(candidate, criterion, swap=True) for candidate, criterion in cells],
            "totals": [] if whole else pen.totals(),
            "says": _announcement(standing, cells, whole),
            **_figure(standing),
        },
    )


@require_GET
@opens_evaluation()
def download(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    standing = current_standing(evaluation)
    answer = HttpResponse(sheet.matrix_csv(standing), content_type="text/csv; charset=utf-8")
    name = f"{slugify(evaluation.title) or 'matrix'}-{standing.matrix.revision}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _figure(standing: Standing) -> dict[str, Any]:
    if not standing.rows:
        return {"figure": "", "figure_says": ""}
    return {"figure": json.dumps(charts.totals(standing)), "figure_says": charts.totals_in_words(standing)}


def _drawn(evaluation: Evaluation, view: str) -> dict[str, Any]:
    """What the page shows in one view, drawn once per revision: everyone who may read the evaluation sees the same."""
    found = cache.get(f"matrix:{evaluation.pk}:{evaluation.log.count}:{view}")
    if found is None:
        standing = current_standing(evaluation)
        table = _fit(evaluation, standing) if view == "requirements" else _cells(evaluation, standing, view)
        around = robustness.around(evaluation)
        shown = {"evaluation": evaluation, "standing": standing, **around, **_figure(standing)}
        parts = {"verdict": "_verdict", "figure": "_figure", "totals_table": "_totals_table"}
        found = {name: str(render_to_string(f"matrix/{part}.html", shown)) for name, part in parts.items()}
        found |= {"table": str(table), "revision": standing.matrix.revision, "has_totals": bool(standing.rows)}
        cache.set(f"matrix:{evaluation.pk}:{standing.matrix.revision}:{view}", found, KEPT_S)
    safe = {name: mark_safe(part) for name, part in found.items() if isinstance(part, str)}  # noqa: S308 (drawn above)
    return found | safe


def _cells(evaluation: Evaluation, standing: Standing, view: str) -> SafeString:
    pen = Pen(evaluation, standing, view)
    context = {
        "evaluation": evaluation,
        "standing": standing,
        "view": view,
        "groups": pen.groups() if standing.rows else [],
        "rows": pen.columns,
        "totals": pen.totals(),
        "heaviest": pen.heaviest(),
        "column_count": len(pen.columns) + 2,
    }
    return render_to_string("matrix/_table.html", context)


def _fit(evaluation: Evaluation, standing: Standing) -> SafeString:
    """The article's view: requirement by candidate, the same cells, the verdict where it is a must-have."""
    pen = Pen(evaluation, standing)
    rows: list[dict[str, Any]] = []
    for fit in fit_matrix(evaluation, standing.matrix):
        cells = []
        for place, candidate in enumerate(standing.matrix.candidates):
            drawn = pen.cell(candidate, fit.criterion, place=fit.requirement.pk) if fit.criterion else None
            cells.append({"cell": drawn, "verdict": fit.verdicts[place] if fit.verdicts else None})
        rows.append({"requirement": fit.requirement, "criterion": fit.criterion, "cells": cells})
    return render_to_string("matrix/_fit.html", {"evaluation": evaluation, "standing": standing, "fit": rows})


def _announcement(standing: Standing, cells: list[Any], table: bool) -> str:
    if table:
        return f"The comparison changed. {standing.verdict.sentence}"
    if not cells:
        return ""
    named = ", ".join(f"{criterion.name} of {candidate.name}" for candidate, criterion in cells[:3])
    more = f" and {len(cells) - 3} more" if len(cells) > 3 else ""
    return f"Changed: {named}{more}. {standing.verdict.sentence}"


def _view_of(request: HttpRequest) -> str:
    asked = request.GET.get("view", "scores")
    return asked if asked in {*VIEWS, "requirements"} else "scores"


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
