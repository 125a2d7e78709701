"""What is not in a formula but decides a digit: one place for the pages, the calculator and the record. No NumPy."""

DRAWS = 10_000
SEED = 7
"""The same draws for every redraw, so that figures don't jitter."""
LEVEL = 0.005
"""Totals closer than this, in points, read the same to two decimals: they are called level."""
ENOUGH = 0.5
"""A leader is named only when it is first in at least this share of the draws."""
LIMIT_PER_HOUR = 0.004
"""Points of expected total per hour below which finding out stops."""
PERMUTATIONS = 10_000
"""Random orders for Kendall's W."""
