"""What happened to sign-offs, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "signoff.approved": "approved the phase {phase} as at revision {revision}",
    "signoff.approved_alone": "approved the phase {phase} as at revision {revision} without a reviewer: {reason}",
    "signoff.confirmed": "confirmed the phase {phase} as at revision {revision}, after it had changed",
    "signoff.changes_requested": "asked for changes in the phase {phase}: {asked}",
    "signoff.point_settled": "ticked off “{text}”, asked for in the phase {phase}",
    "signoff.point_reopened": "opened “{text}” again, asked for in the phase {phase}",
    "signoff.not_applicable_set": "said that the phase {phase} does not apply: {reason}",
    "signoff.not_applicable_lifted": "said that the phase {phase} applies after all",
}
