"""What happened to the phases' checklists, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "checklist.seeded": "laid out the checklists of the five phases",
    "checklist.state_set": "set the checklist item “{item}” to {after_state}",
    "checklist.item_added": "added the checklist item “{item}”",
}
