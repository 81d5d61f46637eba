"""Standard streams that whoever started the program has closed, or whose disk is full."""

from __future__ import annotations

import contextlib
import os
import sys


def hold_streams() -> None:
    """Opens streams that are closed, to nothing.

    Otherwise the next file that is opened takes the place of one of them, and what a library
    writes on standard error gets into a film.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            # the lowest number that is free: this one, for those below it are taken
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            stream = open(number, mode, closefd=False)  # noqa: SIM115 - until the program ends
            setattr(sys, name, stream)


def drop_output() -> None:
    """Sends what standard output still holds to nothing: its end of the program is no error."""
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.close(nothing)
