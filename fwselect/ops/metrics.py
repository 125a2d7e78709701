"""`/metrics` in Prometheus text."""

from django.http import HttpRequest, HttpResponse


def metrics(request: HttpRequest) -> HttpResponse:
    from django_prometheus.exports import ExportToDjangoView

    return ExportToDjangoView(request)
