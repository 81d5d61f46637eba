"""A run that is asked to stop while something long goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .errors import StoppedError

if TYPE_CHECKING:
    from .types import Progress

ShouldStop = Callable[[], bool]
"""Asked after every finished unit, and while the film is analyzed: True ends the run there."""

_AGAIN = "the same command begins again"


def stop_if(should_stop: ShouldStop | None, doing: str, hint: str = _AGAIN) -> None:
    """Ends what goes on where a stop is asked for.

    Raises:
        StoppedError: `should_stop` said so; it names what was stopped.
    """
    if should_stop is not None and should_stop():
        raise StoppedError(f"stopped while {doing}", hint=hint)


def stoppable_progress(
    progress: Progress | None, should_stop: ShouldStop | None, doing: str, hint: str = _AGAIN
) -> Progress:
    """Progress that is shown, and that ends what it tells of where a stop is asked for."""

    def show(done: int, total: int | None) -> None:
        if progress is not None:
            progress(done, total)
        stop_if(should_stop, doing, hint)

    return show
