"""Colored regions in black-and-white film: told with time and share of the image."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, luma_picture, make_film
from tests.old_films import planes_of, scene, write_film
from vidcolor.analysis.tint import look_at
from vidcolor.probe.probe import probe
from vidcolor.probe.text import probe_text


def image(tint: tuple[int, int], noise: float, flag: int) -> tuple[np.ndarray, ...]:
    """Luma and chroma planes: grain, one tint, and a red flag of `flag` x `flag` pixels."""
    rng = np.random.default_rng(0)
    y = luma_picture(4, 320, 240)
    u, v = (
        np.clip(128 + mean + noise * rng.standard_normal((120, 160)), 0, 255).astype(np.uint8)
        for mean in tint
    )
    half = flag // 2
    u[40 : 40 + half, 60 : 60 + half], v[40 : 40 + half, 60 : 60 + half] = 100, 200
    return y, u, v


@pytest.mark.parametrize("tint", [(0, 0), (-14, 9), (20, -8)])
@pytest.mark.parametrize("noise", [0, 5])
def test_a_flag_is_seen_in_gray_and_tinted_film(tint: tuple[int, int], noise: float) -> None:
    assert look_at(*image(tint, noise, 0), 8).painted == 0
    for flag in (20, 40, 80):
        share = look_at(*image(tint, noise, flag), 8).painted
        assert share == pytest.approx(flag**2 / (320 * 240), rel=0.5)


def test_probe_tells_when_and_how_large(tmp_path: Path) -> None:
    frames = []
    for n in range(72):
        planes = planes_of(np.repeat(scene(1, n / 8)[..., None], 3, axis=2))
        if 24 <= n < 48:
            height, width = planes[1].shape
            for plane, code in ((planes[1], 100), (planes[2], 200)):
                plane[height // 4 : height // 2, width // 4 : width // 2] = code
        frames.append(planes)
    film = write_film(tmp_path / "flag.mkv", frames)
    result = probe(film, quick=True)
    [(start, end, share)] = result.survey.painted
    rate = float(result.info.rate or Fraction(24))
    assert abs(start - 24 / rate) <= 8 / rate
    assert abs(end - 48 / rate) <= 9 / rate
    assert share == pytest.approx(1 / 16, rel=0.4)
    assert "colored regions at" in probe_text(result).replace("\n", " ")
    assert result.to_dict()["looks"]["painted"]


def test_film_without_color_has_no_regions(tmp_path: Path) -> None:
    made = make_film(tmp_path / "gray.mkv", FilmSpec(frames=24, codec="ffv1", pix_fmt="gray"))
    assert probe(made.path, quick=True).survey.painted == ()
