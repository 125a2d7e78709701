"""What happened to an example, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "examples.loaded": "finished entering the example “{title}”; all of it is invented",
}
