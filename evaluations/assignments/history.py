"""What was given to whom, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "assignments.assigned": "assigned “{assignment}” to {person}",
    "assignments.finished": "marked “{assignment}” as done",
}
