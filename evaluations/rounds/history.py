"""What happened to the blind rounds, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "rounds.opened": "opened round {number} of {subject}",
    "rounds.revealed": "revealed round {number} of {subject}",
    "rounds.all_in": "was the last that was waited for, which revealed round {number} of {subject}",
    "rounds.finished": "said whether they are finished with {round}: {finished}",
}
