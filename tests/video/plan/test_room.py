"""Too little space is told before the work, and only where it is certain."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor.config import EncodeConfig
from vidcolor.errors import MediaError
from vidcolor.types import VideoInfo
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.plan.room import check_room
from vidcolor.video.read.source import FrameSource

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VideoInfo:
    """Two hours in full HD, as far as the header tells, on a disk with 100 MB left."""
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=3))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e12, 1e12, 100_000_000))
    with made.path.open("ab") as file:
        file.truncate(8_000_000_000)  # a hole: takes no space
    with FrameSource(made.path) as source:
        return replace(source.info, width=1920, height=1080, frame_count=172_800)


def check(info: VideoInfo, output: Path, **settings: object) -> None:
    encode = EncodeConfig(**settings)  # type: ignore[arg-type]
    plan = plan_output(info, output, encode)
    check_room(info, plan, output.with_suffix(".work"), is_lossless=encode.crf == 0)


def test_what_cannot_fit_is_refused_in_one_line(film: VideoInfo, tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        check(film, tmp_path / "o.mkv")
    assert str(caught.value) == (
        f"too little space in {tmp_path}: at least 0.3 GB will be needed, 0.1 GB are free"
    )
    with pytest.raises(MediaError, match=r"at least 17.9 GB"):
        check(film, tmp_path / "o.mkv", crf=0)
    with pytest.raises(MediaError, match=r"at least 44.8 GB"):
        check(film, tmp_path / "frames" / "%d.png")


def test_little_space_is_told_in_kilobytes(
    film: VideoInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1e12, 1e12, 300))
    with pytest.raises(MediaError, match=r"at least 4\.7 kB will be needed, 0\.3 kB are free"):
        check(replace(film, frame_count=3), tmp_path / "o.mkv")


def test_what_may_fit_is_tried(film: VideoInfo, tmp_path: Path) -> None:
    check(replace(film, frame_count=30_000), tmp_path / "o.mkv")
    check(replace(film, frame_count=None), tmp_path / "o.mkv", crf=0)
    # a header that promises ten hours for a file of a few bytes
    tiny = make_film(tmp_path / "tiny.mkv", FilmSpec(frames=3)).path
    check(replace(film, path=tiny), tmp_path / "o.mkv", crf=0)


def test_work_that_is_done_counts(film: VideoInfo, tmp_path: Path) -> None:
    work = tmp_path / "o.work"
    work.mkdir()
    with (work / "00000.nut").open("wb") as file:
        file.truncate(200_000_000)
    check(film, tmp_path / "o.mkv")
