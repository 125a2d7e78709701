"""The peer of the matrix page: the same table as one would write it first, objects and a template; and a hello."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.requirements.models import AgreedWeight, Criterion
from evaluations.scoring.models import Evidence, Score

PAGE = """{% extends "shell.html" %}{% load icons look %}
{% block title %}Compare, {{ evaluation.title }}{% endblock %}
{% block main_class %}wide{% endblock %}
{% block content %}
<div class="page-head"><h1>Compare</h1></div>
<table class="matrix">
  <thead><tr><th scope="col">Criterion</th><th scope="col">Weight</th>
  {% for each in candidates %}<th scope="col">{{ each.name }}<small>{{ each.stack }}</small></th>{% endfor %}
  </tr></thead>
  <tbody>{% for row in rows %}
    <tr><th scope="row">{{ row.criterion.name }}</th><td class="weight">{{ row.share|percent }}</td>
    {% for cell in row.cells %}<td data-label="{{ row.criterion.name }}, {{ row.share|percent }}">
      <a class="cell {{ cell.value|band }}" id="cell-{{ cell.candidate.pk }}-{{ row.criterion.pk }}"
        href="{% url 'scoring:cell' evaluation.pk cell.candidate.pk row.criterion.pk %}"
        hx-get="{% url 'scoring:cell' evaluation.pk cell.candidate.pk row.criterion.pk %}" hx-target="#panel"
        aria-label="{{ row.criterion.name }} of {{ cell.candidate.name }}: {{ cell.value|default:'unknown' }}">
        {% if cell.value is None %}<b>?</b><span class="spread">unknown</span>
        {% else %}<b>{{ cell.value|floatformat:1 }}</b><span class="spread"><span class="mark">●</span>
        {{ cell.low|floatformat:1 }} to {{ cell.high|floatformat:1 }}</span>{% endif %}
        <span class="count">{{ cell.evidence|default:"" }}</span></a></td>{% endfor %}</tr>{% endfor %}
  </tbody>
  <tfoot><tr><th scope="row">Total</th><td></td>
  {% for total in totals %}<td>{{ total|floatformat:2 }}</td>{% endfor %}</tr></tfoot>
</table>
{% endblock %}"""


@login_required
def naive(request: HttpRequest, evaluation_id: int) -> HttpResponse:
    evaluation = Evaluation.objects.select_related("team", "log").get(pk=evaluation_id)
    request.evaluation = evaluation
    candidates = list(Candidate.objects.standing().filter(evaluation=evaluation))
    criteria = list(Criterion.objects.standing().filter(evaluation=evaluation))
    shares = {row.criterion_id: float(row.share) for row in AgreedWeight.objects.filter(criterion__in=criteria)}
    scores = {(row.candidate_id, row.criterion_id): row for row in Score.objects.filter(candidate__in=candidates)}
    evidence: dict[tuple[int, int], int] = {}
    for row in Evidence.objects.filter(evaluation=evaluation):
        key = row.candidate_id, row.criterion_id
        evidence[key] = evidence.get(key, 0) + 1
    rows = [
        {
            "criterion": criterion,
            "share": shares.get(criterion.pk, 1 / len(criteria)),
            "cells": [_cell(candidate, criterion, scores, evidence) for candidate in candidates],
        }
        for criterion in criteria
    ]
    totals = [sum(row["share"] * (row["cells"][k]["value"] or 3) for row in rows) for k in range(len(candidates))]
    shown = {"evaluation": evaluation, "candidates": candidates, "rows": rows, "totals": totals}
    return HttpResponse(TEMPLATE.render(RequestContext(request, shown)))


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


def _cell(candidate, criterion, scores, evidence):
    score = scores.get((candidate.pk, criterion.pk))
    value = float(score.value) if score else None
    low, high = (1.0, 5.0) if value is None else (value, value)
    count = evidence.get((candidate.pk, criterion.pk), 0)
    return {"candidate": candidate, "value": value, "low": low, "high": high, "evidence": count}


TEMPLATE = Template(PAGE)

urlpatterns = [
    path("bench/hello/", hello),
    path("bench/naive/<int:evaluation_id>/", naive),
    path("", include("fwselect.urls")),
]
