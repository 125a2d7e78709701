"""Files as people and pipelines send them, several at once: each becomes what it is, and is told what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evaluations.candidates.models import Candidate, Evaluation
from evaluations.spikes import actions
from evaluations.spikes.bundling import HEAD, Bundle, Parcel, bundled, opened
from evaluations.spikes.models import ResultFile, Workload
from evaluations.teams.models import Person
from evaluations.uploads.storing import NothingInIt, TooLarge, shown_name
from evaluations.uploads.takers import NotTaken, Taker, take, taker_of

NAME_TELLS_NOTHING = "Its name doesn’t tell whose it is: choose the candidate above, then send it again."


@dataclass(frozen=True)
class Sent:
    """What became of one file, or of several that are one run. row: None where it is no result file, or was refused."""

    names: tuple[str, ...]
    says: str
    is_refused: bool = False
    is_new: bool = False
    row: ResultFile | None = None

    @property
    def name(self) -> str:
        return ", ".join(self.names)


def send(
    *,
    evaluation: Evaluation,
    workload: Workload,
    parcels: Sequence[tuple[Parcel, Candidate | None]],
    provenance: str,
    by: Person,
    at: datetime,
) -> list[Sent]:
    """Take each file in, or refuse it in words; one that is refused keeps no other from being taken.

    parcels: with the candidate whose file it is, None where nobody can tell. Raises Refused.
    """
    found: list[Sent] = []
    of_candidates: dict[int, tuple[Candidate, list[Parcel]]] = {}
    for parcel, candidate in parcels:
        taker = _taker_of(parcel)
        if taker is not None:
            found.append(_handed_over(taker, parcel, evaluation=evaluation, by=by, at=at))
        elif candidate is None:
            found.append(Sent((shown_name(parcel.name),), NAME_TELLS_NOTHING, is_refused=True))
        else:
            of_candidates.setdefault(candidate.pk, (candidate, []))[1].append(parcel)
    for candidate, mine in of_candidates.values():
        for bundle in bundled(mine):
            found.append(_received(bundle, evaluation, candidate, workload, provenance=provenance, by=by, at=at))
    return found


def _taker_of(parcel: Parcel) -> Taker | None:
    parcel.file.seek(0)
    head = parcel.file.read(HEAD)
    parcel.file.seek(0)
    return taker_of(head)


def _handed_over(taker: Taker, parcel: Parcel, *, evaluation: Evaluation, by: Person, at: datetime) -> Sent:
    name = shown_name(parcel.name)
    try:
        return Sent((name,), take(taker, parcel.file, evaluation=evaluation, file_name=name, by=by, at=at), is_new=True)
    except NotTaken as refusal:
        return Sent((name,), str(refusal), is_refused=True)


def _received(
    bundle: Bundle,
    evaluation: Evaluation,
    candidate: Candidate,
    workload: Workload,
    *,
    provenance: str,
    by: Person,
    at: datetime,
) -> Sent:
    names = tuple(shown_name(parcel.name) for parcel in bundle.parcels)
    try:
        with opened(bundle) as upload:
            row, is_new = actions.receive(
                evaluation=evaluation,
                candidate=candidate,
                workload=workload,
                upload=upload,
                file_name=bundle.name,
                provenance=provenance,
                by=by,
                at=at,
            )
    except (TooLarge, NothingInIt, actions.NotOfThisEvaluation) as refusal:
        return Sent(names, str(refusal), is_refused=True)
    together = "" if len(names) == 1 else ", as one run"
    says = f"received for {candidate.name}{together}." if is_new else f"was here already, {row.get_state_display()}."
    return Sent(names, says, is_new=is_new, row=row)
