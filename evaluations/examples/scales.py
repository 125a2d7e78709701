"""How figures of a phase become scores in an example: value functions before the figures, then what counts."""

from collections.abc import Callable

from evaluations import catalogue
from evaluations.examples.stage import Stage
from evaluations.requirements.models import Criterion
from evaluations.scoring import actions as scoring
from evaluations.scoring.queries import value_functions

SetValueFunction = Callable[..., object]
"""A measuring package's own action, which measures anew within the same write."""


def set_functions(stage: Stage, phase: str, set_value_function: SetValueFunction) -> None:
    """The story's value functions over metrics of this phase."""
    criteria, present = stage.criteria(), value_functions(stage.evaluation)
    for each in stage.scenario.value_functions:
        metric = catalogue.metric(each.metric)
        if metric.phase == phase and criteria[each.criterion].pk not in present:
            set_value_function(
                criterion=criteria[each.criterion],
                metric=each.metric,
                unit=metric.unit,
                points=each.points,
                outside=each.outside,
                seen=0,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def count_as_measured(stage: Stage, phase: str) -> None:
    """From here on the phase's criteria count as measured; what was judged stays visible beside it."""
    criteria = stage.criteria()
    for each in stage.scenario.value_functions:
        is_asked = each.criterion in stage.scenario.measured and catalogue.metric(each.metric).phase == phase
        if is_asked and criteria[each.criterion].basis != Criterion.Basis.MEASURED:
            scoring.set_basis(
                criterion=criteria[each.criterion],
                basis=Criterion.Basis.MEASURED,
                by=stage.lead,
                at=stage.clock.tick(),
            )
