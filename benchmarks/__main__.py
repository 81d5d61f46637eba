"""`python -m benchmarks NAME`: measures; `all` for everything, each NAME has a --help."""

from __future__ import annotations

import importlib
import sys

_COMMANDS = {
    "davis": "davis.davis",
    "photos": "photos.photos",
    "guidance": "guidance.guidance",
    "identity": "identity.identity",
    "flow": "flow.flow",
    "reference": "reference",
    "shots": "shots.shots",
    "scale": "scale.scale",
    "speed": "speed.speed",
    "encoders": "encoders",
    "accelerator": "speed.accelerator",
    "studio": "studio",
    "readme": "readme",
    "all": "everything",
}


def main(args: list[str]) -> None:
    """Runs one benchmark; `args` are the command line's words."""
    if not args or args[0] not in _COMMANDS:
        raise SystemExit(f"usage: python -m benchmarks {'|'.join(_COMMANDS)} [options]")
    importlib.import_module(f"benchmarks.{_COMMANDS[args[0]]}").main(args[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
