"""What people see of a run while it goes on: lines, bars, and a polite end on Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from .errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def count(number: int, what: str) -> str:
    """ "1 frame", "2 frames"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def say(text: str) -> None:
    """A line for people, beside the output for programs."""
    typer.echo(text, err=True)


@contextmanager
def frame_bar(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on the terminal with frames a second and the time that is left."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=" frames", dynamic_ncols=True, smoothing=0.1) as bar:

        def show(done: int, total: int | None) -> None:
            if bar.n == 0 and done > 1:
                # Frames of an earlier run must not count for this one's speed.
                bar.initial = bar.n = done - 1
            # Headers lie: a total that is already passed is no total.
            bar.total = None if total is None or done > total else total
            bar.update(done - bar.n)

        yield show


@contextmanager
def byte_bar(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar on the terminal for a download."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit="B", unit_scale=True, dynamic_ncols=True) as bar:

        def show(here: int, total: int | None) -> None:
            bar.total = total
            bar.update(here - bar.n)

        yield show


@contextmanager
def stoppable(advice: str, patience: str | None = None) -> Iterator[Callable[[], bool]]:
    """Ends with a line and the usual exit status on Ctrl-C (130) and SIGTERM (143).

    Args:
        advice: what can be done then.
        patience: what is waited for: the first signal is then only told by the function that
            comes with the context, the second ends at once. None = the first ends at once.
    """
    received: list[int] = []

    def stop(number: int, frame: object) -> None:
        received.append(number)
        if patience is None or len(received) > 1:
            raise KeyboardInterrupt
        # the signal may have come in the midst of another line
        os.write(2, f"\n{patience}; once more stops at once\n".encode())

    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, stop) for number in numbers]
    try:
        yield lambda: bool(received)
    except KeyboardInterrupt:
        say(f"stopped; {advice}")
        raise typer.Exit(128 + (received or [signal.SIGINT])[0]) from None
    except StoppedError as err:
        say(f"{err}; {err.hint}")
        raise typer.Exit(128 + received[0]) from None
    finally:
        for number, handler in zip(numbers, earlier, strict=True):
            signal.signal(number, handler)
