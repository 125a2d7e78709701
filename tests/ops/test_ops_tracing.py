import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from fwselect.ops import environment
from fwselect.ops.environment import WrongSetting
from fwselect.ops.tracing import ADDRESSES, name_by_route, start_tracing


class Span:
    def __init__(self) -> None:
        self.attributes: dict[str, str] = dict.fromkeys(ADDRESSES, "/accounts/login/?next=secret")

    def set_attribute(self, name: str, value: str) -> None:
        self.attributes[name] = value


def test_a_span_tells_the_route_and_the_requests_id_and_never_the_address(rf: RequestFactory) -> None:
    request: HttpRequest = rf.get("/accounts/login/?next=secret")
    request.resolver_match = resolve("/accounts/login/")
    request.request_id = "request-0001"  # type: ignore[attr-defined]
    span = Span()

    name_by_route(span, request, HttpResponse())

    assert {span.attributes[name] for name in ADDRESSES} == {"/accounts/login/"}
    assert span.attributes["fwselect.request_id"] == "request-0001"


def test_without_an_address_nothing_is_traced() -> None:
    assert environment.checked_traces_url("") == ""
    assert start_tracing("") is False


def test_an_address_without_the_trace_set_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(WrongSetting, match="FWSELECT_TRACES_URL: the trace set is not installed"):
        environment.checked_traces_url("http://collector.example:4318/v1/traces")
