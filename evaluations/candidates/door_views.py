"""The workshop's door, from both sides: the lead's page with link, code and waiting names; the page of who knocks."""

from contextlib import suppress

import segno
from axes.helpers import get_client_ip_address
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.audit.queries import has_news
from evaluations.candidates import door, queries, throttle
from evaluations.candidates.access import capabilities_in, opens_evaluation
from evaluations.candidates.forms import KnockForm
from evaluations.candidates.models import Evaluation, GuestAccess, JoinLink, JoinRequest
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

KNOCKED = "candidates.knocked"
SIGNS_IN_BY = "django.contrib.auth.backends.ModelBackend"
ONLY_THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]"}
INSIDE = "overview:evaluation"


def qr_code(address: str) -> SafeString:
    """The address as inline SVG, without a style attribute: the page's policy blocks those."""
    drawing = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, svgclass=None, lineclass=None)
    labelled = drawing.replace("<svg ", '<svg role="img" aria-label="The link as a QR code" ', 1)
    return mark_safe(labelled)  # noqa: S308  # drawn from the address' bits; holds no text of it


def shown_door(request: HttpRequest, evaluation: Evaluation, **more: object) -> dict[str, object]:
    link, at = queries.newest_link(evaluation), timezone.now()
    is_open = link is not None and door.is_open(link, at)
    address = request.build_absolute_uri(reverse("candidates:join", args=[door.token_of(link)])) if is_open else ""
    evaluation.log.refresh_from_db()
    return {
        "evaluation": evaluation,
        "revision": evaluation.log.count,
        "link": link if is_open else None,
        "address": address,
        "qr_code": qr_code(address) if is_open else "",
        "only_here": split_domain_port(request.get_host())[0] in ONLY_THIS_MACHINE,
        "waiting": queries.waiting_names(evaluation),
        "guests": queries.guests_of(evaluation),
        **more,
    }


def answer(request: HttpRequest, evaluation: Evaluation, *, status: int = 200, note: str = "") -> HttpResponse:
    """The names with HTMX; without it the page again (303), or the page with what is wrong."""
    if not request.htmx and status == 200:
        return see_other("candidates:join_link", evaluation.pk)
    template = "candidates/_waiting.html" if request.htmx else "candidates/join_link.html"
    return render(request, template, shown_door(request, evaluation, note=note), status=status)


@require_GET
@opens_evaluation(Capability.LEAD)
def join_link(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "candidates/join_link.html", shown_door(request, evaluation))


@require_GET
@opens_evaluation(Capability.LEAD)
def waiting(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """Who waits and who is inside now; nothing when nothing happened at the door since."""
    since = request.GET.get("since", "")
    if since.isdecimal() and not has_news(evaluation.log, int(since[:18]), "candidates"):
        return HttpResponse(status=204)
    return render(request, "candidates/_waiting.html", shown_door(request, evaluation))


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def open_door(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    door.make_join_link(evaluation=evaluation, by=request.user, at=timezone.now())
    return see_other("candidates:join_link", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD)
def close_door(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    link = queries.newest_link(evaluation)
    if link is None:
        raise Http404("There is no link to close.")
    with suppress(door.DoorClosed):
        door.close_join_link(link=link, by=request.user, at=timezone.now())
    return see_other("candidates:join_link", evaluation.pk)


@require_POST
@opens_evaluation(Capability.LEAD, writes=True)
def admit(request: HttpRequest, evaluation: Evaluation, request_id: int) -> HttpResponse:
    try:
        asked = _asked_or_404(evaluation, request_id)
        door.admit(join_request=asked, by=request.user, at=timezone.now(), role=_wanted_role(request))
    except door.AlreadyAnswered as late:
        return answer(request, evaluation, status=409, note=late.reason)
    return answer(request, evaluation)


@require_POST
@opens_evaluation(Capability.LEAD)
def refuse(request: HttpRequest, evaluation: Evaluation, request_id: int) -> HttpResponse:
    try:
        door.refuse(join_request=_asked_or_404(evaluation, request_id), by=request.user, at=timezone.now())
    except door.AlreadyAnswered as late:
        return answer(request, evaluation, status=409, note=late.reason)
    return answer(request, evaluation)


@require_POST
@opens_evaluation(Capability.LEAD)
def end_guest(request: HttpRequest, evaluation: Evaluation, guest_id: int) -> HttpResponse:
    guest = queries.guest_of(evaluation, guest_id)
    if guest is None:
        raise Http404("No such guest.")
    try:
        door.end_guest_access(guest=guest, by=request.user, at=timezone.now())
    except door.AlreadyEnded as late:
        return answer(request, evaluation, status=409, note=late.reason)
    return answer(request, evaluation)


def _wanted_role(request: HttpRequest) -> str:
    """Whoever is admitted contributes, unless the lead asks them to review."""
    asks_to_review = request.POST.get("role") == GuestAccess.Role.REVIEWER
    return GuestAccess.Role.REVIEWER if asks_to_review else GuestAccess.Role.CONTRIBUTOR


def _asked_or_404(evaluation: Evaluation, request_id: int) -> JoinRequest:
    asked = queries.join_request_of(evaluation, request_id)
    if asked is None:
        raise Http404("Nobody asked under this number.")
    return asked


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Outside the door: say a name, then wait."""
    link = _link_or_404(token)
    at = timezone.now()
    person = request.user if request.user.is_authenticated else None
    if person is not None and capabilities_in(person, link.evaluation):
        return see_other(INSIDE, link.evaluation_id)
    if not door.is_open(link, at):
        return _closed(request)
    if _secret(request, token) and door.request_of_secret(token, _secret(request, token)):
        return see_other("candidates:wait", token)
    form = KnockForm(request.POST or None, initial={"name": person.shown_name if person else ""})
    context = {"evaluation": link.evaluation, "token": token, "form": form}
    if request.method == "GET":
        return render(request, "candidates/join.html", context)
    if not throttle.may_knock(link.token_digest, get_client_ip_address(request) or ""):
        form.add_error(None, "Too many tries from here. Wait some minutes, or ask the lead for a new link.")
        return render(request, "candidates/join.html", context, status=429)
    if form.is_valid():
        try:
            _, secret = door.ask_to_join(token=token, name=form.cleaned_data["name"], person=person, at=at)
        except door.GuestNameTaken as taken:
            form.add_error("name", str(taken))
        except door.DoorClosed:
            return _closed(request)
        except door.DoorCrowded as crowded:
            form.add_error(None, crowded.reason)
        else:
            request.session[KNOCKED] = {**request.session.get(KNOCKED, {}), door.digest_of(token): secret}
            return see_other("candidates:wait", token)
    return render(request, "candidates/join.html", context, status=422)


@require_http_methods(["GET", "POST"])
def wait(request: HttpRequest, token: str) -> HttpResponse:
    """Before the door is answered. The page asks again every two seconds by POST, for the yes signs the browser in."""
    link = _link_or_404(token)
    secret = _secret(request, token)
    asked = door.request_of_secret(token, secret) if secret else None
    if asked is None:
        return _go_on(request, reverse("candidates:join", args=[token]))
    if asked.state == JoinRequest.State.WAITING and timezone.now() < link.expires_at:
        if request.method == "POST" and request.htmx:
            return HttpResponse(status=204)
        return _shown_wait(request, token, asked, is_waiting=True)
    if request.method == "GET":
        # Only a POST changes anything: the page that was opened again asks at once.
        return _shown_wait(request, token, asked, is_waiting=True)
    _forget(request, token)
    if asked.state == JoinRequest.State.ADMITTED and capabilities_in(asked.person, link.evaluation):
        if request.user != asked.person:
            login(request, asked.person, backend=SIGNS_IN_BY)
        return _go_on(request, reverse(INSIDE, args=[link.evaluation_id]))
    return _shown_wait(request, token, asked, is_waiting=False)


def _shown_wait(request: HttpRequest, token: str, asked: JoinRequest, *, is_waiting: bool) -> HttpResponse:
    template = "candidates/_wait.html" if request.htmx else "candidates/wait.html"
    context = {"evaluation": asked.link.evaluation, "token": token, "asked": asked, "is_waiting": is_waiting}
    return render(request, template, context)


def _go_on(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else see_other(address)


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "candidates/closed.html", {"reason": door.DoorClosed().reason}, status=410)


def _link_or_404(token: str) -> JoinLink:
    link = door.link_of_token(token)
    if link is None:
        raise Http404("No such link.")
    return link


def _secret(request: HttpRequest, token: str) -> str:
    return request.session.get(KNOCKED, {}).get(door.digest_of(token), "")


def _forget(request: HttpRequest, token: str) -> None:
    kept = dict(request.session.get(KNOCKED, {}))
    kept.pop(door.digest_of(token), None)
    request.session[KNOCKED] = kept
