"""One page with charts, as the product's pages carry them."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

PAGE = """{% load static %}<!doctype html><html lang="en"><head><title>Charts</title>
<link rel="icon" href="{% static 'img/mark.svg' %}">
<link rel="stylesheet" href="{% static 'css/tokens.css' %}">
<script src="{% static 'js/charts.js' %}" defer nonce="{{ csp_nonce }}"></script></head><body>
{% for name, figure in figures %}{{ figure|json_script:name }}
<div data-chart="{{ name }}" data-plotly-src="{% static 'plotly/plotly.min.js' %}"></div>
{% if forloop.first %}<p>{% for line in "x"|ljust:"400" %}<br>{% endfor %}</p>{% endif %}{% endfor %}
</body></html>"""

TOTALS = {
    "data": [{"type": "bar", "x": [3.1, 4.2], "y": ["A", "B"], "orientation": "h"}],
    "layout": {"height": 240, "xaxis": {"title": {"text": "Total"}}},
}
HEAT = {"data": [{"type": "heatmap", "z": [[1, 2], [3, 4]]}], "layout": {"height": 300}}

SPREAD = {"data": [{"type": "bar", "x": ["A", "B"], "y": [3.1, 4.2], "error_y": {"type": "data", "array": [0.5, 0.2]}}]}


def charts(request: HttpRequest) -> HttpResponse:
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render({"figures": [("totals", TOTALS), ("heat", HEAT), ("spread", SPREAD)]}, request))


urlpatterns = [path("charts/", charts)]
