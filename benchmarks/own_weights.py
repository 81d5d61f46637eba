"""`--weights NAME=FILE`: systems trained on this machine whose weights are not bundled."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_option(parser: argparse.ArgumentParser) -> None:
    """Adds the option; it may be given several times."""
    parser.add_argument(
        "--weights",
        metavar="NAME=FILE",
        action="append",
        default=[],
        type=_pair,
        help="weights of the colorizer NAME, as trained here; may be repeated",
    )


def own_weights(options: argparse.Namespace) -> dict[str, Path]:
    """Files by name of the colorizer."""
    return dict(options.weights)


def _pair(text: str) -> tuple[str, Path]:
    name, separator, file = text.partition("=")
    if not separator or not Path(file).is_file():
        raise argparse.ArgumentTypeError(f"{text!r}: NAME=FILE wanted, and FILE must be there")
    return name, Path(file)
