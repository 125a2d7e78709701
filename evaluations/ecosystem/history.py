"""What happened in phase 3, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "ecosystem.need_added": "added the need “{after_name}”",
    "ecosystem.need_edited": "changed the need “{need}”",
    "ecosystem.need_removed": "took the need “{before_name}” out",
    "ecosystem.package_set": "said what covers “{need}” for {candidate}: {after_package:%s, }{after_verdict}",
    "ecosystem.dealbreaker_called": "ruled {candidate} out, dealbreaker in “{need}”: {after_reason}",
    "ecosystem.dealbreaker_lifted": "lifted the dealbreaker of {candidate} in “{need}”",
}
