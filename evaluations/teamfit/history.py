"""What happened in phase 4, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "teamfit.exercise_set": "agreed on the exercise “{after_title}”",
    "teamfit.exercise_replaced": "put another exercise in the place of “{before_title}”: “{after_title}”",
    "teamfit.clock_started": "started the clock of the exercise with {candidate}",
    "teamfit.clock_stopped": "stopped the clock of the exercise with {candidate}: {after_minutes} min",
    "teamfit.answered": "answered about the exercise with {candidate}",
    "teamfit.reviewed": "reviewed code of the exercise with {candidate}: {after_quality} of 5",
}
