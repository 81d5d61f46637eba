"""Time and memory of each stage and of whole runs: `python -m benchmarks speed`."""
