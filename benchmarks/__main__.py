"""`python -m benchmarks davis|photos|flow|reference|shots|speed|readme|all`: each has a --help."""

from __future__ import annotations

import importlib
import sys

_COMMANDS = ("davis", "photos", "flow", "reference", "shots", "speed", "readme", "all")


def main(args: list[str]) -> None:
    """Runs one benchmark; `args` are the command line's words."""
    if not args or args[0] not in _COMMANDS:
        raise SystemExit(f"usage: python -m benchmarks {'|'.join(_COMMANDS)} [options]")
    name = "everything" if args[0] == "all" else args[0]
    importlib.import_module(f"benchmarks.{name}").main(args[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
