"""`python -m train colorizer|refiner|flow`: each command explains itself with --help."""

from __future__ import annotations

import importlib
import sys

_COMMANDS = ("colorizer", "refiner", "flow")


def main(args: list[str]) -> None:
    """Runs one training; `args` are the command line's words."""
    if not args or args[0] not in _COMMANDS:
        raise SystemExit(f"usage: python -m train {'|'.join(_COMMANDS)} [options]")
    module = args[0]
    if module == "refiner" and "--system" in args and "recurrent" not in args:
        module = "refiner_rows"
    importlib.import_module(f"train.{module}").main(args[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
