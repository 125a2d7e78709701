from evaluations.candidates.access import GUEST_CAPABILITIES
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess
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
