"""The words a body's schema is written in: what a moment, a share, a key or a reference looks like."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True)
class Limits:
    """Bounds and patterns that a plain type cannot say."""

    low: float | None = None
    high: float | None = None
    pattern: str | None = None


Moment = Annotated[str, Limits(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Day = Annotated[str, Limits(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Sha256 = Annotated[str, Limits(pattern=r"^[0-9a-f]{64}$")]
OnScale = Annotated[float, Limits(low=1, high=5)]
Share = Annotated[float, Limits(low=0, high=1)]
AtLeastZero = Annotated[float, Limits(low=0)]
Count = Annotated[int, Limits(low=0)]
Key = Annotated[str, Limits(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$")]
CandidateName = Annotated[str, "the name of one of `candidates`"]
CriterionKey = Annotated[str, "the key of one of `criteria`"]
RequirementKey = Annotated[str, "the key of one of `requirements`"]
EvidenceNumbers = Annotated[list[int], "numbers of entries in `evidence`"]
Provenance = Annotated[str, '"invented example", or host and date of the run the figures come from; empty if typed in']
