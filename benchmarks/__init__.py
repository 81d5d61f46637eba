"""Every figure that vidcolor claims. Run from a checkout: `python -m benchmarks --help`."""
