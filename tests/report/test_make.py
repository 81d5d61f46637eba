"""Films of known colors in, the right numbers, shots and words out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.report.colored import HEIGHT, WIDTH, colored_film, gray, steady
from tests.report.conftest import CUT, FRAMES, Made
from vidcolor import color
from vidcolor.errors import ConfigError, MediaError
from vidcolor.report.make import make_report, write_report
from vidcolor.report.settings import ReportConfig
from vidcolor.types import ColorTags

SMALL = ReportConfig(work_size=128, device="cpu", flow="dis")


def test_flicker_is_measured_as_it_was_made(made: Made) -> None:
    flickering, still = (film.means for film in made.report.films)
    # The distance of both tints at a middle gray, in Lab; a second difference is all of it.
    codes = np.full((1, 2), 120, np.uint8)
    u, v = np.array([[110, 104]], np.uint8), np.array([[150, 158]], np.uint8)
    tags = ColorTags("bt601", full_range=False, depth=8)
    rgb = torch.from_numpy(color.planes_to_open_rgb(codes, u, v, tags)).permute(2, 0, 1)[None]
    _, ab = color.rgb_to_lab(rgb.clamp(0, 1))
    distance = float((ab[..., 0] - ab[..., 1]).norm())
    assert flickering["region_flicker"] == pytest.approx(distance, rel=0.1)
    assert flickering["warp_error"] == pytest.approx(distance**2, rel=0.2)
    assert still["region_flicker"] < 0.05 * distance
    # Eight frames apart both have the same tint again.
    assert flickering["warp_error_8"] < 0.05 * distance**2
    assert flickering["cdc"] > 2 * still["cdc"]
    assert made.report.films[0].whole.level == "poor"
    assert made.report.films[1].verdicts[0].findings[0].level == "good"


def test_luma_of_the_source_is_recognized(made: Made) -> None:
    for film in made.report.films:
        assert film.means["luma_difference"] == 0
        assert any("Brightness is the source's" in f.title for f in film.whole.findings)


def test_truth_is_at_no_distance_from_itself(made: Made) -> None:
    flickering, still = (film.means for film in made.report.films)
    assert still["ciede2000"] == pytest.approx(0, abs=1e-3)
    assert still["psnr"] == pytest.approx(120)
    assert flickering["ciede2000"] > 1
    assert "A is closest to the true colors" not in [f.title for f in made.report.comparison]


def test_shots_are_those_of_the_source_and_nothing_is_followed_over_a_cut(made: Made) -> None:
    report = made.report
    assert [(s.first_frame, s.frames) for s in report.shots] == [(0, CUT), (CUT, FRAMES - CUT)]
    changes = report.films[0].series.values["region_change"]
    assert [i for i, change in enumerate(changes) if math.isnan(change)] == [0, CUT]
    for moment in report.films[0].moments:
        assert moment.index not in (0, CUT)
    assert report.frames == FRAMES
    assert len(report.timeline.frame) == FRAMES


def test_numbers_are_plain_values(made: Made) -> None:
    figures = made.report.figures()
    film = figures["films"][0]
    assert len(film["over_time"]["region_flicker"]) == len(figures["timeline"]["frame"]) == FRAMES
    assert film["over_time"]["region_flicker"][0] is None
    assert figures["films"][1]["means"]["luma_difference"] == 0
    assert str(made.folder) not in str(figures)


def test_stray_spots_are_counted_in_the_page_and_in_the_numbers(tmp_path: Path) -> None:
    side = 8

    def flat(_: int, codes: np.ndarray) -> np.ndarray:
        return np.full_like(codes, 120)

    films = [
        colored_film(tmp_path / f"{spot}.mkv", steady(9), luma=flat, spot=spot)
        for spot in (side, 0)
    ]
    report = make_report(films, SMALL)
    spotted, clean = (film.means["stray_spots"] for film in report.films)
    assert clean == 0
    # one red square of the frame's 192 x 128 pixels, its edge counted or not
    assert 0.5 * side**2 < spotted * WIDTH * HEIGHT < 2 * side**2
    spots = report.figures()["films"][0]["over_time"]["stray_spots"]
    assert [n for n, value in enumerate(spots) if value is not None] == [0, 8]
    write_report(report, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert '<td class="num">0.00 ‰</td>' in page
    assert f">{1000 * spotted:.2f} ‰<" in page


def test_windows_leave_frames_out_but_begin_every_shot(tmp_path: Path) -> None:
    film = colored_film(tmp_path / "film.mkv", steady(80), cut=60)
    report = make_report([film], ReportConfig(every=2, work_size=128, device="cpu", flow="dis"))
    expected = [*range(24), *range(48, 60), *range(60, 80)]
    assert list(report.timeline.frame) == expected
    assert report.frames == 80
    changes = report.films[0].series.values["region_change"]
    assert [expected[i] for i, c in enumerate(changes) if math.isnan(c)] == [0, 48, 60]


def test_a_gray_film_is_said_to_be_gray(tmp_path: Path) -> None:
    film = colored_film(tmp_path / "film.mkv", gray(6), size=(128, 128))
    report = make_report([film], SMALL)
    assert report.films[0].whole.level == "open"
    assert "Hardly any color" in report.films[0].whole.title
    assert report.films[0].means["gray_share"] == 1


def test_films_that_do_not_fit_get_one_line(tmp_path: Path) -> None:
    long = colored_film(tmp_path / "long.mkv", steady(6), size=(128, 128))
    short = colored_film(tmp_path / "short.mkv", steady(4), size=(128, 128))
    wide = colored_film(tmp_path / "wide.mkv", steady(4), size=(160, 128))
    with pytest.raises(MediaError, match=r"short\.mkv ends after 4 frames, .*long\.mkv is longer"):
        make_report([long], SMALL, source=short)
    with pytest.raises(MediaError, match=r"wide\.mkv is 160x128, .*long\.mkv is 128x128"):
        make_report([long, wide], SMALL)
    report = make_report([long, short], ReportConfig(end="4", work_size=128, flow="dis"))
    assert report.frames == 4
    with pytest.raises(ConfigError, match="7 films"):
        make_report([long] * 7, SMALL)
