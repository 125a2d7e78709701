"""A page that listens, with the real live.js; where it may listen is decided by the test."""

from dataclasses import dataclass, field
from time import time

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import path

from evaluations.live import tickets

PAGE = """{% load static django_htmx %}<!doctype html><html lang="en"><head><title>Listening</title>
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'>
<link rel="icon" href="{% static 'img/mark.svg' %}">{% htmx_script %}
<script src="{% static 'js/live.js' %}" defer nonce="{{ csp_nonce }}"></script>
<script nonce="{{ csp_nonce }}">
window.heard = [];
for (const name of ["revision", "job"])
  document.addEventListener(name, (event) => window.heard.push([name, event.detail[name]]));
</script></head>
<body data-live-ticket="/ticket/"><h1>Listening</h1></body></html>"""


@dataclass
class Desk:
    """Where tickets come from in this test, and how many were asked for."""

    live: str = ""
    secret: str = ""
    log_id: int = 1
    status: int = 200
    asked: list[float] = field(default_factory=list)


DESK = Desk()


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def ticket(request: HttpRequest) -> HttpResponse:
    DESK.asked.append(time())
    if DESK.status != 200:
        return HttpResponse(status=DESK.status)
    issued = tickets.issue(log_id=DESK.log_id, person_id=1, secret=DESK.secret, now=time())
    return JsonResponse({"url": f"{DESK.live}/live/stream?ticket={issued}"})


urlpatterns = [path("page/", page), path("ticket/", ticket)]
