import time
from typing import cast

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from evaluations.audit.models import AuditLog
from evaluations.candidates.access import can_read_log
from evaluations.live import tickets
from evaluations.live.addresses import stream_address
from evaluations.teams.models import Person


@login_required
@require_GET
def ticket(request: HttpRequest, log_id: int) -> JsonResponse:
    """Where to listen and with what ticket; asked for anew before each connect."""
    person = cast(Person, request.user)
    log = AuditLog.objects.filter(pk=log_id).first()
    if log is None or not can_read_log(person, log):
        raise Http404("No such log.")
    issued = tickets.issue(
        log_id=log.pk,
        person_id=person.pk,
        secret=settings.FWSELECT_LIVE_SECRET,
        now=time.time(),
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
    )
    return JsonResponse({"url": f"{stream_address(request)}?ticket={issued}"})
