"""What happened to ratings, scores, verdicts and evidence, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "scoring.rated": "rated {criterion} of {candidate}: {after}",
    "scoring.rating_cleared": "took their rating of {criterion} of {candidate} back",
    "scoring.score_set": "set the agreed score of {candidate} in {criterion}: {before_value} → {after_value}",
    "scoring.verdict_set": "said whether {candidate} meets “{requirement}”: {after}",
    "scoring.evidence_added": "added the evidence “{evidence}” on {candidate}",
    "scoring.evidence_removed": "took the evidence “{evidence}” on {candidate} out",
    "scoring.value_function_set": "set how {criterion} turns measurements into scores",
    "scoring.value_function_frozen": "fixed how {criterion} turns measurements into scores, as measuring began",
    "scoring.measured": "measured {candidate} in {criterion}: {before} → {after}",
}
