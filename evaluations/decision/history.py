"""What happened to the decision, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "decision.drafted": "wrote down the decision: {after_chosen}",
    "decision.trade_off_accepted": "accepted a trade-off of {candidate}: {after_what}",
    "decision.trade_off_left_out": "left a trade-off of {candidate} out: {after_what}",
    "decision.forecast_added": "expects {after_name} of {after_expected}{after_unit: %s}",
    "decision.forecast_edited": "changed what is expected of {after_name}: {after_expected}{after_unit: %s}",
    "decision.forecast_removed": "took the forecast of {before_name} out",
    "decision.proposed": "proposed {candidate}",
    "decision.taken_back": "took the proposal of {candidate} back",
    "decision.decided": "decided for {candidate}",
    "decision.superseded": "decided “{title}”, which supersedes this decision",
    "decision.archived": "put this evaluation into the archive",
    "decision.brought_back": "brought this evaluation back from the archive: {after}",
    "decision.actual_entered": "entered what came of {name}: {after_actual}",
    "decision.revisited": "looked at the decision again: {after_text}",
    "decision.successor_started": "started a successor, “{title}”",
    "decision.started_from": "started this evaluation from the decision “{title}”",
}
