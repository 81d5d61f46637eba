"""Colorizers on photographs, frame by frame: `python -m benchmarks photos`."""
