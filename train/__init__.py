"""Training of all bundled weights. Run from a checkout: `python -m train --help`."""
