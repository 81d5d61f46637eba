"""A shot that is played: a first look at every frame, then its final colors."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from torch import Tensor

from tests.films import FilmSpec, make_film
from tests.studio.serving import PATIENCE, wait_until
from vidcolor.analysis.film_analysis import write_analysis
from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.refiners.bidirectional import Bidirectional
from vidcolor.stages.values import WorkFrame
from vidcolor.studio.kept import KeptImages
from vidcolor.studio.places import Places
from vidcolor.studio.playing import Playing
from vidcolor.studio.project import Project
from vidcolor.studio.thinking import Thinking

if TYPE_CHECKING:
    from vidcolor.types import RefinerState

FRAMES = 9
RED = {"frame": 3, "x": 0.5, "y": 0.5, "radius": 0.4, "color": "#d02020"}


@dataclass(frozen=True)
class _Held(Bidirectional):
    """The usual refiner, which sees a whole shot only when it is let."""

    let: threading.Event = field(default_factory=threading.Event)

    def refine(
        self, items: Sequence[WorkFrame], before: RefinerState | None, count: int
    ) -> tuple[list[Tensor], RefinerState]:
        if len(items) > 1:
            assert self.let.wait(PATIENCE)
        return super().refine(items, before, count)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Project, Thinking]]:
    film = make_film(tmp_path / "film.mkv", FilmSpec(frames=FRAMES)).path
    places, config = Places(film), RunConfig(work_size=128, device="cpu")
    with open_film(film, config.film) as source:
        write_analysis(source.analyze(), places.shots)
    project = Project(places)
    kept = KeptImages(places.images, film, config)
    thinking = Thinking(film, config, places.own, kept, lambda: False)
    yield project, thinking
    thinking.close()


def test_frames_are_shown_before_the_shot_was_seen_as_a_whole(
    opened: tuple[Project, Thinking],
) -> None:
    project, thinking = opened
    project.change(project.state().version, {"do": "add", "kind": "points", "entry": RED})
    refiner = _Held()
    thinking.parts = replace(thinking.parts, refiner=refiner)
    playing = Playing(thinking)
    played = playing.shot(project.state(), 0)
    wait_until(lambda: played.problem or played.there == FRAMES)
    assert (played.problem, played.total, played.frames) == (None, FRAMES, [])
    assert playing.chroma(project.state(), 3) is None
    first = [_image(played.image(n), is_final=False) for n in range(FRAMES)]
    assert played.image(FRAMES) is None
    refiner.let.set()
    wait_until(lambda: played.problem or len(played.frames) == FRAMES)
    final = [_image(played.image(n), is_final=True) for n in range(FRAMES)]
    # in the end, a color counts before its frame too
    assert all(_redness(image) > 30 for image in (*first[3:], *final))
    assert _redness(first[1]) < _redness(final[1]) - 10
    assert any(np.any(early != late) for early, late in zip(first, final, strict=True))
    assert playing.shot(project.state(), 0) is played


def _image(found: tuple[bytes, bool] | None, is_final: bool) -> np.ndarray:
    assert found is not None
    assert found[1] is is_final
    image = cv2.imdecode(np.frombuffer(found[0], np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.float32)


def _redness(bgr: np.ndarray) -> float:
    h, w = bgr.shape[:2]
    blue, green, red = bgr[h // 3 : 2 * h // 3, w // 3 : 2 * w // 3].mean((0, 1))
    return float(red - max(blue, green))
