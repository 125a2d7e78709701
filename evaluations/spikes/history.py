"""What happened to workloads, result files and runs, as the history tells it after the name of who did it."""

EVENT_SENTENCES = {
    "spikes.workload_added": "described the workload {workload}",
    "spikes.workload_edited": "changed the workload {workload}",
    "spikes.workload_removed": "took out the workload {workload}",
    "spikes.file_received": "sent {result_file} for {candidate} under {workload}",
    "spikes.file_accepted": "sent {result_file}, which was read: {after_runs} run(s) of {candidate}, by {after_tool}",
    "spikes.file_rejected": "sent {result_file}, which was rejected: {after_error}",
    "spikes.file_quarantined": "sent {result_file}, which was set aside: {after_error}",
    "spikes.file_to_be_read_again": "asked for {result_file} of {candidate} to be read again",
    "spikes.reading_cancelled": "cancelled the reading of {result_file} for {candidate}",
    "spikes.run_left_out": "left {run} from {result_file} out of the scores of {candidate}: {after}",
    "spikes.run_described": "said how {run} from {result_file} was made",
    "spikes.run_let_count": "let {run} of {candidate} count although it can’t be compared: {after}",
    "spikes.run_guarded_again": "took back that {run} of {candidate} counts although it can’t be compared",
    "spikes.samples_joined": "has the samples {result_file} of {candidate} taken for those of {run}: {after_how}",
    "spikes.samples_parted": "took the samples {result_file} of {candidate} off {run}",
    "spikes.tie_ratio_set": "set the ratio up to which figures are a tie to {after}",
    "spikes.run_taken_in": "took {run} from {result_file} into the scores of {candidate} again",
}
