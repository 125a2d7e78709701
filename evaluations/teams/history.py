"""What happened in a team, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "teams.team_created": "made the team {after}",
    "teams.renamed": "renamed the team from {before} to {after}",
    "teams.profile_set": "changed the team's profile",
    "teams.member_joined": "joined the team as {after}",
    "teams.member_added": "put {person} in the team as {after}",
    "teams.role_changed": "changed the role of {person} from {before} to {after}",
    "teams.rates_set": "set whether {person} rates: {after}",
    "teams.member_removed": "removed {person} from the team",
    "teams.member_left": "left the team",
    "teams.invited": "invited {email} as {after}",
    "teams.invitation_revoked": "revoked the invitation of {email}",
    "teams.token_made": "made the token {after_name} for pipelines: {after_scope}",
    "teams.token_revoked": "revoked the token {before_name} for pipelines",
}
