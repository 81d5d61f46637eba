"""What a batch will take, for people and for programs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..terminal import count
from .board import duration
from .estimate import Estimate


def _free(output: Path) -> int:
    place = output.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def estimate_values(estimates: Sequence[Estimate], output: Path) -> dict[str, Any]:
    return {
        "films": [
            {
                "input": str(e.film.source),
                "output": str(e.film.output(output)),
                "frames": e.frames,
                "seconds": e.seconds,
                "bytes": e.bytes,
                "error": e.error,
            }
            for e in estimates
        ],
        "failed": sum(e.error is not None for e in estimates),
        "frames": sum(e.frames or 0 for e in estimates),
        "seconds": sum(e.seconds or 0 for e in estimates),
        "bytes": sum(e.bytes or 0 for e in estimates),
        "bytes_needed": _bytes_needed(estimates),
        "bytes_free": _free(output),
    }


def _bytes_needed(estimates: Sequence[Estimate]) -> int:
    """All films, and the parts of the largest one beside it."""
    sizes = [e.bytes or 0 for e in estimates]
    return sum(sizes) + max(sizes, default=0)


def estimate_lines(estimates: Sequence[Estimate], output: Path) -> Iterator[str]:
    yield f"{'frames':>9}  {'time':>11}  {'size':>9}  film"
    for e in estimates:
        frames = "?" if e.frames is None else f"{e.frames:,}"
        seconds = "?" if e.seconds is None else duration(e.seconds)
        size = "?" if e.bytes is None else f"{e.bytes / 1e6:,.1f} MB"
        if e.error is None:
            yield f"{frames:>9}  {seconds:>11}  {size:>9}  {e.film.name}"
        else:
            source = str(e.film.source)
            error = e.error if source in e.error else f"{source}: {e.error}"
            yield f"  cannot be colored: {error}"
    values = estimate_values(estimates, output)
    bad = values["failed"]
    frames = f"{values['frames']:,} frame{'s' * (values['frames'] != 1)}"
    yield (
        f"{count(len(estimates) - bad, 'film')}, {frames}, about "
        f"{duration(values['seconds'])} in one process here; pictures of about "
        f"{values['bytes'] / 1e6:,.1f} MB, {values['bytes_needed'] / 1e6:,.1f} MB needed on the "
        f"way, {values['bytes_free'] / 1e9:,.1f} GB free"
    )
    if bad:
        yield f"{count(bad, 'film')} cannot be colored"
