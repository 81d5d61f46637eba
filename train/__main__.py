"""`python -m train photos|colorizer|graft|confidence|hints|refiner|flow`: each one has --help."""

from __future__ import annotations

import argparse
import importlib
import sys

_COMMANDS = ("photos", "colorizer", "graft", "confidence", "hints", "refiner", "flow")
_OTHERS = {
    "photos": "train.colorizer.more_photos",
    "graft": "train.colorizer.graft",
    "confidence": "train.colorizer.calibration",
    "hints": "train.colorizer.hint_weights",
}


def main(args: list[str]) -> None:
    """Runs one training; `args` are the command line's words."""
    if not args or args[0] not in _COMMANDS:
        raise SystemExit(f"usage: python -m train {'|'.join(_COMMANDS)} [options]")
    module, rest = "training", args[1:]
    if args[0] == "refiner":
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--system", default="recurrent")
        if parser.parse_known_args(rest)[0].system == "recurrent":
            rest = parser.parse_known_args(rest)[1]
        else:
            module = "peers"
    if args[0] in _OTHERS:
        importlib.import_module(_OTHERS[args[0]]).main(rest)
        return
    importlib.import_module(f"train.{args[0]}.{module}").main(rest)


if __name__ == "__main__":
    main(sys.argv[1:])
