"""What is kept of a film for the networks to look at, and that it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.films import FilmSpec, make_film
from vidcolor.analysis import small_film
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.analysis.small_film import SmallFilm
from vidcolor.config import RunConfig
from vidcolor.run import colorize_video
from vidcolor.stages.lightness import to_lightness
from vidcolor.types import ColorTags, Frame, VideoInfo


def info_of(width: int, height: int, depth: int, rotation: int = 0) -> VideoInfo:
    tags = ColorTags("bt709", False, depth)
    info = VideoInfo(
        Path("film.mkv"), 0, width, height, "yuv420p", tags, Fraction(1, 24), Fraction(24), 9, None
    )
    return replace(info, rotation=rotation)


def frames_of(info: VideoInfo, first: int, count: int) -> list[Frame]:
    rng = np.random.default_rng(0)
    dtype = np.uint8 if info.tags.depth == 8 else np.uint16
    shape, codes = (info.height, info.width), 1 << info.tags.depth
    return [Frame(first + n, n, rng.integers(0, codes, shape, dtype)) for n in range(count)]


@pytest.mark.parametrize(
    ("size", "depth", "rotation"),
    [((640, 360), 8, 0), ((641, 363), 10, 90), ((120, 90), 8, 0)],
)
def test_kept_frames_look_the_same(
    tmp_path: Path, size: tuple[int, int], depth: int, rotation: int
) -> None:
    info = info_of(*size, depth, rotation)
    frames = frames_of(info, 7, 5)
    with closing(SmallFilm(tmp_path, info, 96)) as small:
        assert [f.y is g.y for f, g in zip(frames, small.kept(frames), strict=True)] == [True] * 5
        found = small.frames(9, 12)
        assert found is not None
        known = FilmAnalysis.one_shot(info, 20)
        working = info.geometry.working_size(96)
        for frame, kept in zip(frames[2:], found, strict=True):
            seen, wanted = (
                next(iter(to_lightness([f], info, known, working, "cpu"))) for f in (kept, frame)
            )
            assert (kept.index, seen.index) == (frame.index, frame.index)
            assert torch.equal(seen.L, wanted.L)
        # neither before the first nor behind the last
        assert small.frames(6, 9) is None
        assert small.frames(9, 13) is None
        assert SmallFilm(tmp_path, info, 64).frames(9, 12) is None
    assert not [*tmp_path.iterdir()]


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    info = info_of(640, 360, 8)
    frames = frames_of(info, 0, 3)
    small = SmallFilm(tmp_path / "missing", info, 96)
    assert [f.index for f in small.kept(frames)] == [0, 1, 2]
    assert small.frames(0, 3) is None


def test_an_unreadable_film_is_still_told(tmp_path: Path) -> None:
    info = info_of(640, 360, 8)

    def broken() -> Iterable[Frame]:
        yield from frames_of(info, 0, 2)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        [*SmallFilm(tmp_path, info, 96).kept(broken())]


def test_a_film_that_is_kept_in_part_is_colored_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "film.mp4", FilmSpec(width=96, height=64, frames=23, cuts=(9, 15)))
    config = RunConfig(codec="ffv1", work_size=128, unit_frames=5)
    films = []
    for most in (1 << 20, 14 * 192 * 128, 0):
        monkeypatch.setattr(small_film, "_MOST_BYTES", most)
        target = tmp_path / f"{most}.mkv"
        colorize_video(made.path, target, config, keep_work=True)
        films.append(target.read_bytes())
        assert not [*tmp_path.glob(f"{most}.mkv.vidcolor/*.part")]
    assert films[0] == films[1] == films[2]
