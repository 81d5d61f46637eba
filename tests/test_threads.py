"""A film's colors do not depend on how many threads color it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.colorizers import ab_bins
from vidcolor.components import Parts, build
from vidcolor.config import FilmSettings, RunConfig
from vidcolor.film import open_film
from vidcolor.pipeline import color_frames
from vidcolor.processors import share_threads
from vidcolor.types import Coloring, Colorizer

SAMPLE = Path(__file__).parents[1] / "samples" / "launch.mp4"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


CONFIG = RunConfig(device="cpu")


def planes(parts: Parts, frames: int = 5) -> list[np.ndarray]:
    with open_film(SAMPLE, FilmSettings(end=str(frames))) as film:
        info, read = film.info, list(film.frames())
    known = FilmAnalysis.one_shot(info, len(read))
    size = info.geometry.coded._replace(width=info.width // 2, height=info.height // 2)
    colored = color_frames(read, info, known, info.tags, size, parts, CONFIG)
    return [plane for item in colored for plane in (item.u, item.v)]


class Watched:
    """A colorizer of two minds, that knows how many threads were in it at once."""

    name = "watched"

    def __init__(self, inner: Colorizer, *, is_reentrant: bool) -> None:
        self.size, self.is_reentrant = inner.size, is_reentrant
        self.most = 0
        self._inner, self._inside = inner, 0

    def colorize(self, L: Tensor) -> Coloring:
        self._inside += 1
        self.most = max(self.most, self._inside)
        try:
            seen = self._inner.colorize(L)
            return replace(
                seen, ab=seen.ab + 20 * torch.sin(1000 * L.mean((1, 2, 3), keepdim=True))
            )
        finally:
            self._inside -= 1


def test_the_same_bits_from_one_thread_and_from_several() -> None:
    parts = build(CONFIG)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    alone = planes(parts)
    for threads in (2, 3):
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
        assert all((a == b).all() for a, b in zip(alone, planes(parts), strict=True)), threads


def test_two_threads_use_a_colorizer_at_once_where_it_says_that_they_may() -> None:
    torch.set_num_threads(1)
    parts = build(CONFIG)
    assert parts.is_reentrant
    both, alone = (
        Watched(parts.colorizer, is_reentrant=is_reentrant) for is_reentrant in (True, False)
    )
    found = [planes(replace(parts, colorizer=c, takes_hints=False), 24) for c in (both, alone)]
    assert (both.most, alone.most) == (2, 1)
    assert all((a == b).all() for a, b in zip(*found, strict=True))


def test_distributions_are_decoded_alike_by_any_number_of_threads() -> None:
    logits = 9 * torch.randn(1, 313, 41, 60, generator=torch.Generator().manual_seed(0))
    torch.set_num_threads(1)
    alone = [plane for t in (0.25, 0.4) for plane in ab_bins.decode(logits, t)]
    for threads in (3, 5):
        torch.set_num_threads(threads)
        again = [plane for t in (0.25, 0.4) for plane in ab_bins.decode(logits, t)]
        assert all(torch.equal(a, b) for a, b in zip(alone, again, strict=True))


def test_commands_color_with_one_thread_for_each_stage() -> None:
    """At larger working sizes than the usual one, torch rounds by how many threads there are."""
    torch.set_num_threads(3)
    share_threads()
    assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)


def test_what_is_imported_is_kept_from_the_collector_once() -> None:
    share_threads()
    kept = gc.get_freeze_count()
    assert kept > 10_000
    later = [[n] for n in range(1000)]
    share_threads()
    assert gc.get_freeze_count() <= kept, len(later)
