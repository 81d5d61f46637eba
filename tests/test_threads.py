"""A film's colors do not depend on how many threads color it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.colorizers import ab_bins
from vidcolor.components import build
from vidcolor.config import FilmSettings, RunConfig
from vidcolor.film import open_film
from vidcolor.pipeline import color_frames
from vidcolor.processors import share_threads
from vidcolor.types import Frame

SAMPLE = Path(__file__).parents[1] / "samples" / "launch.mp4"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_the_same_bits_from_one_thread_and_from_several() -> None:
    config = RunConfig(device="cpu")
    parts = build(config)
    with open_film(SAMPLE, FilmSettings(end="5")) as film:
        info, frames = film.info, list(film.frames())
    known = FilmAnalysis.one_shot(info, len(frames))

    def planes(some: list[Frame]) -> list[np.ndarray]:
        size = info.geometry.coded._replace(width=info.width // 2, height=info.height // 2)
        colored = color_frames(some, info, known, info.tags, size, parts, config)
        return [plane for item in colored for plane in (item.u, item.v)]

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    alone = planes(frames)
    for threads in (2, 3):
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
        assert all((a == b).all() for a, b in zip(alone, planes(frames), strict=True)), threads


def test_distributions_are_decoded_alike_by_any_number_of_threads() -> None:
    logits = 3 * torch.randn(1, 313, 41, 60, generator=torch.Generator().manual_seed(0))
    torch.set_num_threads(1)
    ab, confidence = ab_bins.decode(logits, 0.4)
    for threads in (3, 5):
        torch.set_num_threads(threads)
        again = ab_bins.decode(logits, 0.4)
        assert torch.equal(ab, again[0])
        assert torch.equal(confidence, again[1])


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
