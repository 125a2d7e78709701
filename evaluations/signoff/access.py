"""Who may sign a phase: reviewers who wrote nothing of it; the lead alone when a reason is given."""

from evaluations.candidates.access import can, capabilities_in
from evaluations.candidates.models import Evaluation
from evaluations.signoff.phases import authors_of
from evaluations.teams.access import REASONS, Capability, Refused
from evaluations.teams.models import Person

OWN_WORK = (
    "You entered some of this phase, so you can't sign it: somebody who wrote nothing of it has to. "
    "Invite another reviewer on the team's page."
)


def check_can_sign(person: Person, evaluation: Evaluation, phase: str) -> None:
    """Reviewers of the team and guest reviewers; not who entered agreed content of the phase."""
    if Capability.SIGN not in capabilities_in(person, evaluation):
        raise Refused(REASONS[Capability.SIGN])
    if person.pk in authors_of(evaluation, phase):
        raise Refused(OWN_WORK)


def can_sign(person: Person, evaluation: Evaluation, phase: str) -> bool:
    try:
        check_can_sign(person, evaluation, phase)
    except Refused:
        return False
    return True


def check_can_approve_alone(person: Person, evaluation: Evaluation) -> None:
    if not can(Capability.LEAD, person, evaluation):
        raise Refused("Only the lead may approve without independent review.")


def can_approve_alone(person: Person, evaluation: Evaluation) -> bool:
    return can(Capability.LEAD, person, evaluation)
