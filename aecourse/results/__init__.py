"""What was measured: records, the tables made of them, and lessons run in full to be recorded."""
