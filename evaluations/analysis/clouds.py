"""Random numbers, made once and kept: the same draws for every recount, so that live figures do not jitter.

Every stream is made block by block from (seed, purpose, block), so that a block can be made again alone and more draws
begin with the same ones.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
BLOCK = 16_384
KEPT_BYTES = 80 * 2**20
"""Enough for 100,000 draws of 60 criteria in the three shapes they are kept in: beyond, blocks are made anew."""
_WEIGHTS, _UNIFORM, _NORMAL, _MEMBERS, _VALUES, _LEVEL = range(6)
_kept: OrderedDict[tuple[str, int, int, int], Singles] = OrderedDict()
_lock = threading.Lock()


def generator(seed: int, purpose: int, block: int) -> np.random.Generator:
    return np.random.default_rng((seed, purpose, block))


def values_generator(seed: int) -> np.random.Generator:
    """The generator that draws ratings."""
    return generator(seed, _VALUES, 0)


def shuffler(seed: int, block: int, group: int) -> np.random.Generator:
    """The generator that puts criteria which are level in any order."""
    return np.random.default_rng((seed, _LEVEL, block, group))


def chosen_members(members: int, size: int, seed: int, block: int) -> NDArray[np.int64]:
    """For each of `size` draws of this block, the member whose weights are taken."""
    return generator(seed, _MEMBERS, block).integers(members, size=size)


def weight_block(criteria: int, size: int, seed: int, block: int, ordered: bool) -> Singles:
    """Weights uniform on the simplex, criteria x size; `ordered`: largest first, uniform where that order holds."""
    drawn = generator(seed, _WEIGHTS, block).standard_exponential((criteria, BLOCK), dtype=np.float32)[:, :size]
    if criteria == 1:
        return np.ones((1, size), dtype=np.float32)
    drawn = drawn / drawn.sum(axis=0)
    return np.ascontiguousarray(np.sort(drawn, axis=0)[::-1]) if ordered else drawn


def weights(criteria: int, draws: int, seed: int, ordered: bool) -> Singles:
    """All blocks of `weight_block` side by side, criteria x draws, kept for the next call. Read only."""

    def fill(found: Singles) -> None:
        for block, start in enumerate(range(0, draws, BLOCK)):
            part = found[:, start : start + BLOCK]
            part[:] = weight_block(criteria, part.shape[1], seed, block, ordered)

    return _keep(("ordered" if ordered else "weights", criteria, draws, seed), fill)


def whole_weights(criteria: int, draws: int, seed: int, ordered: bool) -> Singles:
    """`weights` in a unit so coarse that they are whole numbers of which a block sums to less than 2**24: every sum
    over part of a block is then exact in single precision, in any order. Read only."""

    def fill(found: Singles) -> None:
        cloud = weights(criteria, draws, seed, ordered)
        starts = range(0, draws, BLOCK)
        largest = max(float(cloud[:, start : start + BLOCK].sum(axis=1).max()) for start in starts)
        np.rint(cloud * np.float32(2.0 ** np.floor(np.log2(2**24 / (largest + 1)) - 0.01)), out=found)

    return _keep(("whole, ordered" if ordered else "whole", criteria, draws, seed), fill)


def whole_rows(criteria: int, draws: int, seed: int, ordered: bool) -> Singles:
    """`whole_weights` turned, draws x criteria, from which a few draws are picked sooner. Read only."""

    def fill(found: Singles) -> None:
        found[:] = whole_weights(criteria, draws, seed, ordered).T

    return _keep(("rows, ordered" if ordered else "rows", draws, criteria, seed), fill)


def uniform(cells: int, draws: int, seed: int) -> Singles:
    """Uniform numbers in [0, 1), cells x draws, kept for the next call. Read only."""
    return _keep(
        ("uniform", cells, draws, seed), lambda found: generator(seed, _UNIFORM, 0).random(dtype=np.float32, out=found)
    )


def normal(cells: int, draws: int, seed: int) -> Singles:
    """Standard normal numbers, cells x draws, kept for the next call. Read only."""
    return _keep(
        ("normal", cells, draws, seed),
        lambda found: generator(seed, _NORMAL, 0).standard_normal(dtype=np.float32, out=found),
    )


def fits(rows: int, draws: int) -> bool:
    """Whether three arrays of rows x draws are small enough to be kept whole."""
    return rows * draws * 12 <= KEPT_BYTES


def error(draws: int) -> float:
    """The largest standard error that a share of this many draws can have."""
    return 0.5 / float(np.sqrt(draws))


def kept_bytes() -> int:
    """The memory the kept arrays take; never above KEPT_BYTES."""
    with _lock:
        return sum(found.nbytes for found in _kept.values())


def _keep(key: tuple[str, int, int, int], fill: Callable[[Singles], object]) -> Singles:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = np.empty((key[1], key[2]), dtype=np.float32)
    fill(found)
    found.setflags(write=False)
    with _lock:
        _kept[key] = found
        while sum(one.nbytes for one in _kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)
    return found
