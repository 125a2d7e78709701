"""How the workshop went, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "workshop.started": "started the two-hour workshop",
    "workshop.step_begun": "began the workshop's step “{title}”",
    "workshop.paused": "stopped the workshop's clock",
    "workshop.resumed": "let the workshop's clock run on",
    "workshop.extended": "gave the workshop's step {minutes} more minutes",
    "workshop.ended": "ended the workshop",
}
