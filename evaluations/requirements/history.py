"""What happened in phase 1, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "requirements.requirement_added": "added the requirement “{requirement}”",
    "requirements.requirement_edited": "changed the requirement “{requirement}”",
    "requirements.requirement_removed": "removed the requirement “{requirement}”",
    "requirements.voted": "voted for the top three requirements",
    "requirements.top_set": "marked the top requirements",
    "requirements.criterion_added": "added the criterion {criterion}",
    "requirements.criterion_edited": "changed the criterion {criterion}",
    "requirements.criterion_removed": "removed the criterion {criterion}",
    "requirements.criteria_ordered": "put the criteria in another order",
    "requirements.basis_set": "set the basis of {criterion} from {before} to {after}",
    "requirements.weights_given": "gave their weights",
    "requirements.weights_proposed": "proposed weights to the team: {after_reason}",
    "requirements.costs_set": "set what finding out costs",
    "requirements.weights_agreed": "agreed the weights: {method}",
}
