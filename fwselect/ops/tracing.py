"""Traces of pages and tasks for an OTLP collector, when FWSELECT_TRACES_URL names one."""

from typing import Any

from django.http import HttpRequest, HttpResponse

# Join links and invitations are secrets that stand in the path, so a span tells the route instead.
ADDRESSES = ("http.url", "http.target", "url.full", "url.path", "url.query")


def start_tracing(url: str) -> bool:
    """Instrument this process; False without an address."""
    if not url:
        return False
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # type: ignore[import-not-found]
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # type: ignore[import-not-found]
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # type: ignore[import-not-found]
    from opentelemetry.sdk.resources import Resource  # type: ignore[import-not-found]
    from opentelemetry.sdk.trace import TracerProvider  # type: ignore[import-not-found]
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # type: ignore[import-not-found]

    provider = TracerProvider(resource=Resource.create({"service.name": "fwselect"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    DjangoInstrumentor().instrument(
        tracer_provider=provider, response_hook=name_by_route, excluded_urls="health/,metrics"
    )
    CeleryInstrumentor().instrument(tracer_provider=provider)
    return True


def name_by_route(span: Any, request: HttpRequest, response: HttpResponse) -> None:
    """Tie the span to the log lines by the request's id, and put the route where the path would stand."""
    match = request.resolver_match
    route = f"/{match.route}" if match else "/"
    span.set_attribute("fwselect.request_id", getattr(request, "request_id", ""))
    for name in ADDRESSES:
        span.set_attribute(name, route)
