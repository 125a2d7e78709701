"""What happened to an evaluation, its candidates and at its door, as the history tells it after who did it."""

EVENT_SENTENCES = {
    "candidates.evaluation_created": "started the evaluation",
    "candidates.evaluation_opened": "started the evaluation {after}",
    "candidates.evaluation_described": "changed title or context of the evaluation",
    "candidates.candidate_added": "added the candidate {candidate}",
    "candidates.candidate_edited": "changed the stack of {candidate}",
    "candidates.candidate_withdrawn": "withdrew {candidate}: {reason}",
    "candidates.reordered": "put the candidates in another order",
    "candidates.door_opened": "opened the workshop's door until {until}",
    "candidates.door_closed": "closed the workshop's door",
    "candidates.join_asked": "{name} asked to join the workshop",
    "candidates.guest_admitted": "admitted {name} to the workshop",
    "candidates.guest_refused": "did not admit {name}",
    "candidates.guest_ended": "ended the guest access of {person}",
}
