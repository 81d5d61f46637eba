"""Terminal output of a running command: messages, progress bars, stopping on Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import typer

from .errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def count(number: int, what: str) -> str:
    """ "1 frame", "2 frames"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def say(text: str) -> None:
    """Prints a message on standard error; standard output is for programs."""
    # nobody reads it, or the disk of a log is full: that ends no film
    with suppress(OSError):
        typer.echo(text, err=True)


def end_now(status: int) -> NoReturn:
    """Ends the program without waiting for its threads."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


@contextmanager
def frame_bar(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar with frames per second and the remaining time."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=" frames", dynamic_ncols=True, smoothing=0.1) as bar:

        def show(done: int, total: int | None) -> None:
            if bar.n == 0:
                # The bar was there before, while the film was analyzed: that is not its speed.
                bar.unpause()
            if bar.n == 0 and done > 1:
                # Frames of an earlier run do not count toward the speed of this one.
                bar.initial = bar.n = done - 1
            # Headers can be wrong: a total that is already exceeded is not shown.
            bar.total = None if total is None or done > total else total
            bar.update(done - bar.n)

        yield show


@contextmanager
def byte_bar(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A progress bar for a download."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit="B", unit_scale=True, dynamic_ncols=True) as bar:

        def show(received: int, total: int | None) -> None:
            bar.total = total
            bar.update(received - bar.n)

        yield show


@contextmanager
def stoppable(advice: str, patience: str | None = None) -> Iterator[Callable[[], bool]]:
    """Exits with a message and the usual status on Ctrl-C (130) and SIGTERM (143).

    Yields a function that returns whether a signal has been received.

    Args:
        advice: printed on exit: what the user can do next.
        patience: printed on the first signal: what is still being finished. The command is
            expected to poll the function and stop; a second signal stops it immediately. None =
            the first signal stops it immediately.
    """
    received: list[int] = []

    def stop(number: int, frame: object) -> None:
        received.append(number)
        if patience is None or len(received) > 1:
            raise KeyboardInterrupt
        # the signal may have arrived in the middle of another line
        with suppress(OSError):
            os.write(2, f"\n{patience}; press again to stop immediately\n".encode())

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
