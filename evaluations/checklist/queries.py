from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from evaluations.candidates.models import Evaluation
from evaluations.checklist.models import ChecklistItem, Phase


@dataclass(frozen=True)
class PhaseProgress:
    """How much of a phase's list is settled: done, or said not to apply."""

    done: int
    total: int

    @property
    def is_settled(self) -> bool:
        return 0 < self.total == self.done


def items_of(evaluation: Evaluation, phase: str) -> list[ChecklistItem]:
    return list(ChecklistItem.objects.filter(evaluation=evaluation, phase=phase).order_by("position", "pk"))


def item_of(evaluation: Evaluation, item_id: int) -> ChecklistItem | None:
    return ChecklistItem.objects.select_related("evaluation__log").filter(evaluation=evaluation, pk=item_id).first()


def phases_of_open_items(item_ids: Iterable[int]) -> dict[int, str]:
    """The phase each of these items stands in, by the item's id; what is settled is left out."""
    rows = ChecklistItem.objects.filter(pk__in=list(item_ids), state=ChecklistItem.State.OPEN)
    return dict(rows.order_by().values_list("pk", "phase"))


def progress_of(evaluation: Evaluation) -> dict[str, PhaseProgress]:
    """For each of the five phases, in order; a phase without items counts 0 of 0."""
    return progress_in([evaluation])[evaluation.pk]


def progress_in(evaluations: Iterable[Evaluation]) -> dict[int, dict[str, PhaseProgress]]:
    """The same for several evaluations, by their ids, in one query."""
    ids = [evaluation.pk for evaluation in evaluations]
    settled = ~Q(state=ChecklistItem.State.OPEN)
    rows = (
        ChecklistItem.objects.filter(evaluation__in=ids)
        .values("evaluation_id", "phase")
        .annotate(done=Count("pk", filter=settled), total=Count("pk"))
        .order_by()
    )
    found = {pk: {phase: PhaseProgress(0, 0) for phase in Phase.values} for pk in ids}
    for row in rows:
        found[row["evaluation_id"]][row["phase"]] = PhaseProgress(done=row["done"], total=row["total"])
    return found
