"""How a body names what it speaks of: candidates by name, criteria C1, requirements R1, evidence and runs by number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from evaluations.candidates.models import Candidate
from evaluations.requirements.models import Criterion, Requirement
from evaluations.scoring.models import Evidence
from evaluations.spikes.models import SpikeRun


@dataclass(frozen=True)
class Names:
    """Ids of the database to the names a body uses; what is not in here is not part of the record."""

    candidates: Mapping[int, str]
    criteria: Mapping[int, str]
    requirements: Mapping[int, str]
    evidence: Mapping[int, int]
    runs: Mapping[int, int]


def names_of(
    *,
    candidates: Iterable[Candidate],
    criteria: Iterable[Criterion],
    requirements: Iterable[Requirement],
    evidence: Iterable[Evidence],
    runs: Iterable[SpikeRun],
) -> Names:
    """Keys and numbers follow the order given."""
    return Names(
        candidates={row.pk: row.name for row in candidates},
        criteria={row.pk: f"C{number}" for number, row in enumerate(criteria, 1)},
        requirements={row.pk: f"R{number}" for number, row in enumerate(requirements, 1)},
        evidence={row.pk: number for number, row in enumerate(evidence, 1)},
        runs={row.pk: number for number, row in enumerate(runs, 1)},
    )


def rounded(value: float | Decimal | None, digits: int = 4) -> float | None:
    """Digits beyond these come from floating point, not from anybody's judgement or measurement."""
    return None if value is None else round(float(value), digits)


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
