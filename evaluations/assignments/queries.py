from django.db.models import Exists, F, OuterRef, Q

from evaluations.assignments.models import Assignment
from evaluations.candidates.models import Evaluation, GuestAccess
from evaluations.teams.models import Membership, Person, Team


def open_assignments(evaluation: Evaluation) -> dict[str, Assignment]:
    """What is assigned and not done, by subject."""
    rows = Assignment.objects.filter(evaluation=evaluation, done_at__isnull=True).select_related("owner")
    return {row.subject: row for row in rows.order_by("pk")}


def assignment_of(evaluation: Evaluation, assignment_id: int) -> Assignment | None:
    rows = Assignment.objects.select_related("evaluation__log", "owner")
    return rows.filter(evaluation=evaluation, pk=assignment_id).first()


def mine(person: Person, team: Team | None = None) -> list[Assignment]:
    """What waits for the person, the most pressing first; only in evaluations they may still open and change."""
    member = Membership.objects.filter(team=OuterRef("evaluation__team"), person=person)
    guest = GuestAccess.objects.filter(evaluation=OuterRef("evaluation"), person=person, ended_at__isnull=True)
    writable = Q(evaluation__state__in=[Evaluation.State.OPEN, Evaluation.State.PROPOSED])
    rows = Assignment.objects.filter(Exists(member) | Exists(guest), writable, owner=person, done_at__isnull=True)
    if team is not None:
        rows = rows.filter(evaluation__team=team)
    return list(rows.select_related("evaluation__team").order_by(F("due_date").asc(nulls_last=True), "pk"))
