"""What happened in a time range, for the supervisor: counts, yield, rejects."""
