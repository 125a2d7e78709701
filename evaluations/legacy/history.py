"""What happened to the way on from an old system, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "legacy.described": "wrote down cost and pain points of {candidate}",
    "legacy.increment_added": "added an increment to {candidate}: {after_moves}",
    "legacy.increment_edited": "changed an increment of {candidate}: {after_moves}",
    "legacy.increment_removed": "took an increment out of {candidate}: {before_moves}",
    "legacy.increments_ordered": "put the increments of {candidate} in another order",
}
