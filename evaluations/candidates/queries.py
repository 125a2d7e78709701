from evaluations.candidates.access import GUEST_CAPABILITIES
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess, JoinLink, JoinRequest
from evaluations.teams.access import Capability, capabilities_of
from evaluations.teams.models import Membership, Person, Team


def standing_candidates(evaluation: Evaluation) -> list[Candidate]:
    return list(Candidate.objects.standing().filter(evaluation=evaluation).order_by("position", "pk"))


def people_who(capability: Capability, evaluation: Evaluation) -> list[Person]:
    """Active members and guests with the capability, by name; e.g. who is expected to rate."""
    found: dict[int, Person] = {}
    for member in Membership.objects.filter(team_id=evaluation.team_id).select_related("person"):
        if capability in capabilities_of(member):
            found[member.person_id] = member.person
    for guest in GuestAccess.objects.filter(evaluation=evaluation, ended_at__isnull=True).select_related("person"):
        if capability in GUEST_CAPABILITIES[guest.role]:
            found[guest.person_id] = guest.person
    return sorted((p for p in found.values() if p.is_active), key=lambda p: (p.shown_name.lower(), p.pk))


def log_ids_of_team(team: Team) -> list[int]:
    """The logs of the team's evaluations: who leaves the team is cut off from these too."""
    return list(Evaluation.objects.filter(team=team).order_by("pk").values_list("log_id", flat=True))


def withdrawn_candidates(evaluation: Evaluation) -> list[Candidate]:
    rows = Candidate.objects.filter(evaluation=evaluation, withdrawn_at__isnull=False)
    return list(rows.order_by("withdrawn_at", "pk"))


def candidate_of(evaluation: Evaluation, candidate_id: int) -> Candidate | None:
    rows = Candidate.objects.select_related("evaluation__log", "evaluation__team")
    return rows.filter(evaluation=evaluation, pk=candidate_id).first()


def newest_link(evaluation: Evaluation) -> JoinLink | None:
    rows = JoinLink.objects.select_related("evaluation__log").filter(evaluation=evaluation)
    return rows.order_by("-created_at", "-pk").first()


def waiting_names(evaluation: Evaluation) -> list[JoinRequest]:
    rows = JoinRequest.objects.filter(link__evaluation=evaluation, state=JoinRequest.State.WAITING)
    return list(rows.order_by("asked_at", "pk"))


def join_request_of(evaluation: Evaluation, request_id: int) -> JoinRequest | None:
    rows = JoinRequest.objects.select_related("link__evaluation__log", "link__evaluation__team")
    return rows.filter(link__evaluation=evaluation, pk=request_id).first()


def guests_of(evaluation: Evaluation) -> list[GuestAccess]:
    rows = GuestAccess.objects.filter(evaluation=evaluation, ended_at__isnull=True).select_related("person")
    return list(rows.order_by("since_at", "pk"))


def guest_of(evaluation: Evaluation, guest_id: int) -> GuestAccess | None:
    rows = GuestAccess.objects.select_related("evaluation__log", "person")
    return rows.filter(evaluation=evaluation, pk=guest_id).first()
