"""How often one address may knock at a workshop's door. While the cache is away, everybody may."""

from django.core.cache import cache

PERIOD_S = 600
PER_LINK_AND_ADDRESS = 30
PER_LINK = 300


def may_knock(token_digest: str, address: str) -> bool:
    """Counts one try. A whole workshop may share one address, so that limit is wide."""
    counts = [_count(f"door:{token_digest}:{address}"), _count(f"door:{token_digest}")]
    return counts[0] <= PER_LINK_AND_ADDRESS and counts[1] <= PER_LINK


def _count(key: str) -> int:
    cache.add(key, 0, PERIOD_S)
    try:
        return cache.incr(key)
    except ValueError:  # forgotten between the two lines
        return 1
