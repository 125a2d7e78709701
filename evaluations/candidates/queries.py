from evaluations.candidates.access import GUEST_CAPABILITIES
from evaluations.candidates.models import Candidate, Evaluation, GuestAccess
from evaluations.teams.access import Capability, capabilities_of
from evaluations.teams.models import Membership, Person


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
