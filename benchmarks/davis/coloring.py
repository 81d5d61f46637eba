"""A sequence colored by a system, in memory, as a run with its settings makes it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.components import Parts
from vidcolor.config import RunConfig
from vidcolor.pipeline import refine_frames
from vidcolor.stages.grid import resized
from vidcolor.types import Frame, VideoInfo


def run_system(luma: list[np.ndarray], info: VideoInfo, parts: Parts, config: RunConfig) -> Tensor:
    """Small ab `(T, 2, h, w)` of every frame of a sequence, which is one shot."""

    def frames() -> Iterator[Frame]:
        for i, y in enumerate(luma):
            yield Frame(index=i, pts=i, y=y)

    shot = FilmAnalysis.one_shot(info, len(luma))
    refined = refine_frames(frames(), info, shot, parts, config)
    return torch.cat([resized(r.ab, (r.L.shape[-2], r.L.shape[-1])) for r in refined])


def slug(name: str) -> str:
    """A row's name as a file's."""
    return "".join(c if c.isalnum() or c in "+-" else "_" for c in name)
