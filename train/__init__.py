"""How every bundled weight was made. Run from a checkout: `python -m train --help`."""
