"""Who may open an evaluation, and who may do what in it: members of its team, and guests admitted to it alone."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from evaluations.audit.models import AuditLog
from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.teams.access import CAPABILITIES, REASONS, Capability, Refused, capabilities_of
from evaluations.teams.models import Membership, Person, Role

GUEST_CAPABILITIES: dict[str, frozenset[Capability]] = {
    GuestAccess.Role.CONTRIBUTOR: CAPABILITIES[Role.CONTRIBUTOR],
    GuestAccess.Role.REVIEWER: CAPABILITIES[Role.REVIEWER],
}


TOLD_WHEN_CLOSED = {"candidates.guest_ended", "candidates.guest_refused", "candidates.door_closed"}


class NotOpen(Refused):
    """The evaluation was decided, superseded or archived: read only."""


def capabilities_in(person: Person, evaluation: Evaluation) -> frozenset[Capability]:
    """What the person may do in the evaluation; empty for a stranger."""
    return _as_member(person, evaluation) | _as_guest(person, evaluation)


def _as_member(person: Person, evaluation: Evaluation) -> frozenset[Capability]:
    if not person.is_authenticated or not person.is_active:
        return frozenset()
    return capabilities_of(Membership.objects.filter(team_id=evaluation.team_id, person=person).first())


def _as_guest(person: Person, evaluation: Evaluation) -> frozenset[Capability]:
    if not person.is_authenticated or not person.is_active:
        return frozenset()
    guest = GuestAccess.objects.filter(evaluation=evaluation, person=person, ended_at__isnull=True).first()
    return GUEST_CAPABILITIES[guest.role] if guest else frozenset()


def capabilities_in_each(person: Person, evaluations: Sequence[Evaluation]) -> dict[int, frozenset[Capability]]:
    """The same for several evaluations, by their ids, in two queries."""
    members = {row.team_id: row for row in Membership.objects.filter(person_id=person.pk)}
    guests = GuestAccess.objects.filter(person_id=person.pk, evaluation__in=evaluations, ended_at__isnull=True)
    roles = dict(guests.order_by().values_list("evaluation_id", "role"))
    return {
        one.pk: capabilities_of(members.get(one.team_id)) | GUEST_CAPABILITIES.get(roles.get(one.pk, ""), frozenset())
        for one in evaluations
    }


def get_evaluation(person: Person, evaluation_id: int) -> Evaluation:
    """The evaluation with `.capabilities` set, when the person may read it; else it does not exist (404)."""
    evaluation = Evaluation.objects.select_related("team", "log").filter(pk=evaluation_id).first()
    if evaluation is None:
        raise Http404("No such evaluation.")
    evaluation.capabilities = capabilities_in(person, evaluation)
    if not evaluation.capabilities:
        raise Http404("No such evaluation.")
    return evaluation


def check_can(capability: Capability, person: Person, evaluation: Evaluation) -> None:
    if not can(capability, person, evaluation):
        raise Refused(REASONS[capability])


def can(capability: Capability, person: Person, evaluation: Evaluation) -> bool:
    return capability in _as_member(person, evaluation) or capability in _as_guest(person, evaluation)


def check_is_writable(evaluation: Evaluation) -> None:
    if not evaluation.is_writable:
        raise NotOpen(f"This evaluation is {evaluation.get_state_display()}: it can be read, not changed.")


def can_read_log(person: Person, log: AuditLog) -> bool:
    """Whether the person may follow a log live: a team's for its members, an evaluation's for all who may read it."""
    evaluation = Evaluation.objects.filter(log=log).first()
    if evaluation is not None:
        return bool(capabilities_in(person, evaluation))
    return Membership.objects.filter(team__log=log, person=person).exists()


def opens_evaluation(
    capability: Capability = Capability.READ, *, writes: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For views whose URL carries `evaluation_id`: signed in, may read (else 404), has the capability (else 403).

    The view gets the Evaluation instead of the id; it also stands at `request.evaluation` for the shell.
    writes=True also refuses evaluations that are read only.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def opened(request: HttpRequest, evaluation_id: int, *args: Any, **kwargs: Any) -> HttpResponse:
            evaluation = get_evaluation(request.user, evaluation_id)
            if capability not in evaluation.capabilities:
                raise Refused(REASONS[capability])
            if writes:
                check_is_writable(evaluation)
            request.evaluation = evaluation
            return view(request, evaluation, *args, **kwargs)

        return opened

    return wrap
