"""A run in a process of its own: `python -m benchmarks.speed.one_run WORDS`, JSON in and out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from vidcolor.components import Parts
from vidcolor.config import RunConfig
from vidcolor.processors import share_threads
from vidcolor.run import colorize_video
from vidcolor.stages.grid import color_grid
from vidcolor.types import Coloring

from .memory import peak_mb

if TYPE_CHECKING:
    from torch import Tensor

    from vidcolor.stages.values import WorkFrame


class Constant:
    """A colorizer without a network: one color everywhere."""

    name, size = "constant", 32

    def colorize(self, L: Tensor) -> Coloring:
        """See `Colorizer`."""
        ab = torch.tensor([4.0, 12.0]).view(1, 2, 1, 1).expand(len(L), 2, *L.shape[-2:])
        return Coloring(ab, torch.ones_like(L))


class AsTheyCome:
    """A refiner that sees whole shots, as the usual one does, and leaves them as they are."""

    name, needs_flow = "as-they-come", False

    def refine(
        self, items: Sequence[WorkFrame], before: Any, count: int
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """See `ShotRefiner`."""
        none = torch.zeros(1, 2, *color_grid((items[0].L.shape[-2], items[0].L.shape[-1])))
        return [none if i.coloring is None else i.coloring.ab for i in items[:count]], {}


def without_networks() -> Parts:
    """Parts that cost next to nothing: what is left of a run is the chain around them."""
    return Parts("cpu", Constant(), AsTheyCome(), None, ())


def main(words: dict[str, Any]) -> dict[str, Any]:
    """Colors a film.

    Args:
        words: `source`, `output`; `config`, of the run; `started`, seconds since 1970 when the
            process was asked for; `networks`, False = without; `timeline`, a file to write.
    """
    share_threads()
    recorder = None
    if words.get("timeline"):
        from .timeline import Recorder

        recorder = Recorder()
        recorder.install()
    first: list[float] = []

    def see(done: int, total: int | None) -> None:
        if not first:
            first.append(time.time() - words["started"])

    result = colorize_video(
        Path(words["source"]),
        Path(words["output"]),
        RunConfig(**words["config"]),
        parts=None if words.get("networks", True) else without_networks(),
        progress=see,
        overwrite=True,
    )
    if recorder is not None:
        Path(words["timeline"]).write_text(json.dumps(recorder.finish()))
    return {
        "frames_per_second": result.frames_per_second,
        "seconds": result.seconds,
        "first_frame_seconds": first[0],
        "peak_mb": peak_mb(),
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
