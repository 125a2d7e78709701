"""What happened to the record, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "record.draft_asked": "asked for a draft of the decision record as at revision {revision}",
    "record.frozen": "froze the decision record as at revision {revision}",
    "record.print_asked": "had the decision record of revision {revision} printed again",
}
