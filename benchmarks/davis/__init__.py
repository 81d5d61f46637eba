"""Color and temporal stability on the DAVIS sequences: `python -m benchmarks davis`."""
