"""Shot detection on films joined of real shots: `python -m benchmarks shots`."""
