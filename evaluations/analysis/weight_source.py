"""Where the weights of each draw come from: the whole simplex, an order, one vector, or the members."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluations.analysis import clouds, inputs
from evaluations.analysis.inputs import Floats


class WeightSource:
    """Weights for any block of draws, criteria x size, and how they came about."""

    def __init__(self, weights: Any, criteria: int, seed: int) -> None:
        self.criteria, self.seed = criteria, seed
        self.order: NDArray[np.intp] | None = None
        self.level: list[list[int]] = []
        self.members: Floats | None = None
        self._made: tuple[int, NDArray[np.floating]] | None = None
        if isinstance(weights, str):
            inputs.one_of("weights", weights, ("uniform",))
            self.variant = "weights uniform"
        elif isinstance(weights, dict):
            self.order, self.level = _order(weights, criteria)
            self.variant = "weights uniform within the order"
        elif np.ndim(weights if not isinstance(weights, list | tuple) else weights[:1]) > 1:
            self.members = inputs.member_weights(weights, criteria)
            self.variant = "members' weights"
        else:
            self.members = inputs.weights(weights, criteria)[None]
            self.variant = "weights fixed"

    @property
    def sampled(self) -> bool:
        return self.members is None

    def block(self, start: int, size: int) -> NDArray[np.floating]:
        """The weights of `size` draws from draw `start` on, all within one block of the cloud."""
        if self.members is not None and len(self.members) == 1:
            return np.broadcast_to(self.members[0][:, None], (self.criteria, size))
        number, offset = divmod(start, clouds.BLOCK)
        if self._made is None or self._made[0] != number:
            self._made = number, self._block(number)
        return self._made[1][:, offset : offset + size]

    def _block(self, number: int) -> NDArray[np.floating]:
        if self.members is not None:
            return self.members.T[:, clouds.chosen_members(len(self.members), clouds.BLOCK, self.seed, number)]
        drawn = clouds.weight_block(self.criteria, clouds.BLOCK, self.seed, number, self.order is not None)
        if self.order is None:
            return drawn
        placed = np.empty_like(drawn)
        placed[self.order] = drawn
        for place, group in enumerate(self.level):
            placed[group] = clouds.shuffler(self.seed, number, place).permuted(placed[group], axis=0)
        return placed


def _order(weights: dict[str, Any], criteria: int) -> tuple[NDArray[np.intp], list[list[int]]]:
    """The order, and the groups of criteria in it that have none among themselves."""
    if set(weights) != {"order"}:
        raise ValueError(f"weights: {sorted(map(str, weights))} is unknown; known is 'order'")
    groups = [list(each) if isinstance(each, list | tuple) else [each] for each in weights["order"]]
    order = [inputs.index("weights, order", k, criteria) for group in groups for k in group]
    if sorted(order) != list(range(criteria)):
        raise ValueError(f"weights, order: {order} does not name each of the {criteria} criteria once")
    return np.array(order, dtype=np.intp), [group for group in groups if len(group) > 1]
