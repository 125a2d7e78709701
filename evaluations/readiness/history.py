"""What happened in phase 5, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "readiness.answered": "answered “{item}” for {candidate}: {after_answer}",
    "readiness.story_added": "added a production story of {candidate}: “{after_title}”",
    "readiness.story_edited": "changed a production story of {candidate}: “{after_title}”",
    "readiness.story_removed": "took a production story of {candidate} out: “{before_title}”",
    "readiness.test_added": "entered a failure test of {candidate}, {after_kind}: {after_verdict}",
    "readiness.test_edited": "corrected a failure test of {candidate}, {after_kind}: {after_verdict}",
    "readiness.test_removed": "took a failure test of {candidate} out, {before_kind}: {before_verdict}",
    "readiness.file_read": "sent {after_file_name}: {after_tests} failure test(s)",
}
