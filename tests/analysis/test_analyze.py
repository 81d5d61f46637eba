"""The pass over a film: anchors, damage, repeated frames, bounded memory."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, luma_picture, make_film
from tests.old_films import scene
from vidcolor.analysis import analyze as module
from vidcolor.analysis.analyze import analyze
from vidcolor.analysis.cadence_log import CadenceLog
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.errors import MediaError
from vidcolor.film import open_film
from vidcolor.shots.thumbnail import small_luma
from vidcolor.types import Anchor, ColorTags, Frame, VideoInfo

INFO = VideoInfo(
    path=Path("film.mkv"),
    stream_index=0,
    width=160,
    height=96,
    pix_fmt="yuv420p",
    tags=ColorTags("bt601", False, 8),
    time_base=Fraction(1, 24),
    rate=Fraction(24),
    frame_count=None,
    sample_aspect_ratio=None,
)


def luma(seed: int, time: float) -> np.ndarray:
    return np.round(16 + 219 * scene(seed, time)).astype(np.uint8)


def frames_of(*lengths: int, first: int = 0) -> list[Frame]:
    """Shots of these lengths."""
    found: list[Frame] = []
    for seed, length in enumerate(lengths):
        for i in range(length):
            index = first + len(found)
            found.append(Frame(index, 3 * index, luma(seed, 0.3 * i)))
    return found


def known(frames: list[Frame]) -> FilmAnalysis:
    return analyze(frames, INFO, keep_color=False)


def test_anchors_stand_at_shots_and_within_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANCHOR_EVERY", 8)
    found = known(frames_of(20, 12))
    assert [(s.start, s.end) for s in found.shots] == [(0, 20), (20, 32)]
    assert found.anchors == tuple(Anchor(n, 3 * (n - 1)) for n in (8, 16, 20, 28))


def test_after_a_repair_there_are_no_anchors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANCHOR_EVERY", 8)
    frames = [replace(f, is_intact=f.index < 18) for f in frames_of(20, 12)]
    assert [a.frame for a in known(frames).anchors] == [8, 16]


def test_damaged_frames_are_listed_and_never_key_frames() -> None:
    frames = frames_of(20, 20)
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (96, 160), dtype=np.uint8)
    damaged = (4, 5, 8, 20)
    for n in damaged:
        frames[n] = replace(frames[n], is_damaged=True, y=noise)
    found = known(frames)
    assert found.damaged == damaged
    assert [s.start for s in found.shots] == [0, 21]
    assert not {k.frame for s in found.shots for k in s.key_frames} & set(damaged)


def test_a_shot_of_nothing_but_damage_has_a_key_frame() -> None:
    frames = [replace(f, is_damaged=True) for f in frames_of(6)]
    [shot] = known(frames).shots
    assert [shot.start <= k.frame < shot.end for k in shot.key_frames] == [True]


def test_a_range_keeps_the_numbers_of_the_film() -> None:
    found = known(frames_of(10, 10, first=100))
    assert (found.first_frame, found.frames, found.end) == (100, 20, 120)
    assert [(s.start, s.end) for s in found.shots] == [(100, 110), (110, 120)]
    assert all(s.start <= k.frame < s.end for s in found.shots for k in s.key_frames)


def test_times_are_those_of_the_file(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=24, cuts=(12,), start=2))
    with open_film(made.path) as film:
        shots = film.analyze().shots
    assert [s.seconds for s in shots] == [
        pytest.approx((0, 0.5), abs=0.002),
        pytest.approx((0.5, 1), abs=0.002),
    ]


def test_repeated_frames_are_named() -> None:
    """Sixteen images a second shown at 24: each second one twice."""
    order = [i for i in range(24) for _ in range(1 + i % 2)]
    frames = [Frame(n, n, luma(4, float(i))) for n, i in enumerate(order)]
    found = known(frames)
    truth = [n for n in range(1, len(order)) if order[n] == order[n - 1]]
    assert list(found.repeated) == [n for n in truth if 3 <= n < len(order) - 2]
    assert found.cadence is not None
    assert found.cadence.film_rate(Fraction(24)) == 16


def test_a_still_is_no_repetition() -> None:
    frames = [Frame(n, n, luma(4, 0)) for n in range(24)]
    assert known(frames).repeated == ()


def test_the_log_of_cadence_stays_small() -> None:
    log = CadenceLog(8)
    images = [luma_picture(i, 96, 64) for i in range(8)]
    most = 0
    for n in range(3000):
        y = images[n % 8]
        log.add(n, y, small_luma(y), is_damaged=False)
        most = max(most, sum(map(len, log._bursts.values())))
    assert most <= 12 * 32
    # from all over the film
    assert max(log._bursts) > 3000 / 32 * 0.8


def test_few_frames_are_held() -> None:
    """However long the film is; full luma only of one frame in four."""
    given: list[weakref.ref[np.ndarray]] = []
    most = 0

    def film() -> Iterator[Frame]:
        nonlocal most
        for index in range(200):
            y = luma(index // 70, 0.3 * index).view()
            given.append(weakref.ref(y))
            most = max(most, sum(r() is not None for r in given))
            yield Frame(index, index, y)
            del y

    for keep, limit in ((False, 5), (True, 7)):
        most = 0
        given.clear()
        analyze(film(), INFO, keep_color=keep)
        assert 0 < most <= limit


def test_no_frame_is_one_line() -> None:
    with pytest.raises(MediaError, match="no frame"):
        known([])


def test_progress_is_told_of_every_frame() -> None:
    told: list[int] = []
    analyze(frames_of(9), INFO, keep_color=False, progress=lambda done, total: told.append(done))
    assert told == list(range(1, 10))
