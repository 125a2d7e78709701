"""A phase's checklist of an example, item by item as its people left it."""

from evaluations.checklist import actions as checklist
from evaluations.checklist.queries import items_of
from evaluations.examples.stage import Stage


def settle(stage: Stage, phase: str) -> None:
    items = {item.key: item for item in items_of(stage.evaluation, phase)}
    for each in stage.scenario.item_states:
        if each.phase == phase and items[each.item].state != each.state:
            item = items[each.item]
            item.evaluation = stage.evaluation
            checklist.set_state(
                item=item,
                state=each.state,
                reason=each.note,
                seen=item.version,
                by=stage.person(each.by),
                at=stage.clock.tick(),
            )
