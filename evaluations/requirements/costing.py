"""What finding out costs in this evaluation, and below which gain an hour is not worth it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from evaluations.audit.actions import writing
from evaluations.candidates.models import Evaluation
from evaluations.requirements.actions import Moved, begin
from evaluations.requirements.models import EvidenceCosts
from evaluations.requirements.queries import costs_of, usual_hours
from evaluations.teams.models import Person

MOST_HOURS = 1000


def set_costs(
    *,
    evaluation: Evaluation,
    hours: Mapping[str, float],
    limit_per_hour: Decimal,
    seen: int,
    by: Person,
    at: datetime,
) -> EvidenceCosts:
    """Set hours by kind of evidence, and the points of expected total that an hour must bring.

    Kinds left at the catalogue's hours follow the catalogue. seen: as in `costs_of(...).version`. Raises Moved,
    ValueError for an unknown kind, hours that are not above 0, a limit that is not above 0, Refused.
    """
    begin(evaluation, by)
    usual = usual_hours()
    unknown = set(hours) - set(usual)
    if unknown:
        raise ValueError(f"There is no kind of evidence called {min(unknown)}.")
    if any(not 0 < value <= MOST_HOURS for value in hours.values()):
        raise ValueError(f"Hours go from above 0 to {MOST_HOURS}.")
    if limit_per_hour <= 0:
        raise ValueError("The limit must be above 0.")
    own = {key: value for key, value in hours.items() if value != usual[key]}
    with writing(evaluation.log, by=by, at=at) as entry:
        row = EvidenceCosts.objects.select_for_update().filter(evaluation=evaluation).first()
        if (row.version if row else 0) != seen:
            raise Moved(row)
        before = costs_of(evaluation)
        told = {key: before.hours[key] for key in sorted(before.own)}
        row = row or EvidenceCosts(evaluation=evaluation)
        row.hours, row.limit_per_hour = own, limit_per_hour
        row.version = entry.record(
            "requirements.costs_set",
            about={},
            payload={
                "before": {"hours": told, "limit_per_hour": before.limit_per_hour},
                "after": {"hours": own, "limit_per_hour": limit_per_hour},
            },
        )
        row.save()
        return row
