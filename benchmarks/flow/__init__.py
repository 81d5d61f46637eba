"""Optical flow on made, real and archival pairs: `python -m benchmarks flow`."""
