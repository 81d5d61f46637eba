"""`python -m vidcolor`, and the command `vidcolor`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line; a Ctrl-C before it is there ends the program as one after that."""
    try:
        from .cli import main as run_command_line

        run_command_line()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
