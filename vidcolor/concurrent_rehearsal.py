"""The rehearsal of a film goes on beside its analysis, and ends it where it fails."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .video.verify.rehearsal import rehearse

if TYPE_CHECKING:
    from .types import Progress, VideoInfo
    from .video.plan.output_plan import OutputPlan


@contextmanager
def rehearsed(
    info: VideoInfo, plan: OutputPlan, progress: Progress | None, *, wanted: bool = True
) -> Iterator[Progress | None]:
    """Runs `rehearse` in a thread of its own while the block is run; both have ended behind it.

    Args:
        info, plan: see `rehearse`.
        progress: of what the block does.
        wanted: False = nothing is tried.

    Yields:
        Progress for the block; it raises what the rehearsal raised.

    Raises:
        ConfigError: a run would fail; the line says where and why.
    """
    if not wanted:
        yield progress
        return
    with ThreadPoolExecutor(1, "rehearsal") as threads:
        trial = threads.submit(rehearse, info, plan)

        def show(done: int, total: int | None) -> None:
            if trial.done():
                trial.result()
            if progress is not None:
                progress(done, total)

        yield show
        trial.result()
