"""`--weights NAME=FILE`: colorizers trained on this machine whose weights are not bundled."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Own:
    """Weights given on the command line.

    Attributes:
        name: the colorizer they are of.
        label: what its rows are called.
        file: where they are.
    """

    name: str
    label: str
    file: Path


def add_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option; it may be given several times."""
    parser.add_argument(
        "--weights",
        metavar="NAME[:LABEL]=FILE",
        action="append",
        default=[],
        type=_own,
        help="weights of the colorizer NAME as trained here, its rows called LABEL",
    )


def own_weights(options: argparse.Namespace) -> list[Own]:
    """What was given, in order."""
    return list(options.weights)


def _own(text: str) -> Own:
    key, separator, file = text.partition("=")
    name, _, label = key.partition(":")
    if not separator or not name or not Path(file).is_file():
        raise argparse.ArgumentTypeError(f"{text!r}: NAME=FILE wanted, and FILE must be there")
    return Own(name, label or f"{name} ({Path(file).stem})", Path(file))
