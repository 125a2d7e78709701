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
from evaluations.matrix import charts, sheet
from evaluations.matrix.drawing import VIEWS, Pen, changed_cells
from evaluations.matrix.queries import changes_since
from evaluations.scoring.queries import fit_matrix
from evaluations.scoring.standing import Standing, current_standing

KEPT_S = 3600


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    view = _view_of(request)
    if view == "requirements":
        return _by_requirement(request, evaluation)
    standing = current_standing(evaluation)
    return render(
        request,
        "matrix/page.html",
        {
            "evaluation": evaluation,
            "standing": standing,
            "view": view,
            "table": _table(evaluation, standing, view),
            "figure": charts.totals(standing) if standing.rows else None,
            "figure_says": charts.totals_in_words(standing) if standing.rows else "",
        },
    )


@require_GET
@opens_evaluation()
def changes(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """What changed since the revision a page has seen: nothing (204), cells, or the table, as out-of-band swaps."""
    since = _whole(request.GET.get("since"))
    evaluation.log.refresh_from_db(fields=["count"])
    if since == evaluation.log.count:
        return HttpResponse(status=204)
    view = _view_of(request)
    found = changes_since(evaluation, since)
    standing = current_standing(evaluation)
    table = found.table or bool(found.cells and view == "contributions")
    pen = Pen(evaluation, standing, view) if standing.rows else None
    cells = changed_cells(standing.matrix, found.cells) if pen and not table else []
    return render(
        request,
        "matrix/_changes.html",
        {
            "evaluation": evaluation,
            "standing": standing,
            "view": view,
            "revision": found.revision,
            "whole": _table(evaluation, standing, view) if table else None,
            "cells": [pen.cell(candidate, criterion, swap=True) for candidate, criterion in cells] if pen else [],
            "totals": pen.totals() if pen and cells else [],
            "says": _announcement(standing, cells, table),
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


def _by_requirement(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    standing = current_standing(evaluation)
    pen = Pen(evaluation, standing) if standing.rows else None
    rows: list[dict[str, Any]] = []
    for fit in fit_matrix(evaluation, standing.matrix):
        cells = []
        for place, candidate in enumerate(standing.matrix.candidates):
            drawn = pen.cell(candidate, fit.criterion) if pen and fit.criterion else None
            cells.append({"cell": drawn, "verdict": fit.verdicts[place] if fit.verdicts else None})
        rows.append({"requirement": fit.requirement, "criterion": fit.criterion, "cells": cells})
    context = {"evaluation": evaluation, "standing": standing, "view": "requirements", "fit": rows}
    return render(request, "matrix/page.html", context)


def _table(evaluation: Evaluation, standing: Standing, view: str) -> SafeString:
    """The whole table, drawn once per revision and view: everyone who may read the evaluation sees the same one."""
    if not standing.rows:
        return render_to_string("matrix/_table.html", {"evaluation": evaluation, "standing": standing, "groups": []})
    key = f"matrix:{evaluation.pk}:{standing.matrix.revision}:{view}"
    found = cache.get(key)
    if found is None:
        pen = Pen(evaluation, standing, view)
        found = render_to_string(
            "matrix/_table.html",
            {
                "evaluation": evaluation,
                "standing": standing,
                "view": view,
                "groups": pen.groups(),
                "totals": pen.totals(),
                "heaviest": pen.heaviest(),
                "columns": len(standing.matrix.candidates) + 2,
            },
        )
        cache.set(key, str(found), KEPT_S)
    return mark_safe(found)  # noqa: S308 (rendered by the template above)


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
