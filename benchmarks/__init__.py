"""Every hot path beside its peer and its limit, in one run: `python -m benchmarks`. Nothing is asserted."""
