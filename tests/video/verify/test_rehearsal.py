"""The rehearsal: a few frames of the film go the whole way before the work."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD
from vidcolor import RunConfig, colorize_video
from vidcolor.errors import ConfigError
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.verify import rehearsal

SPEC = FilmSpec(frames=100, rate=25, gop=10, b_frames=2, audio=("aac",), subtitles=("srt",))


def test_frames_from_all_over_the_film_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "a.mkv", SPEC)
    with FrameSource(made.path) as source:
        plan = plan_output(source.info, tmp_path / "o.mp4", GOOD)
    tried: list[Fraction] = []
    real = rehearsal.assemble

    def assemble(info, plan, segments, **options):  # type: ignore[no-untyped-def]
        tried.append(segments[0].first_pts * info.time_base)
        assert plan.output.parent != tmp_path
        assert len(plan.tracks) == 2
        return real(info, plan, segments, **options)

    monkeypatch.setattr(rehearsal, "assemble", assemble)
    rehearsal.rehearse(source.info, plan)
    assert [round(float(t)) for t in tried] == [0, 2, 4]
    assert list(tmp_path.iterdir()) == [made.path]


def test_what_would_fail_at_the_end_fails_before_the_work(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", SPEC)
    with FrameSource(made.path) as source:
        plan = plan_output(source.info, tmp_path / "o.mp4", GOOD)
    # SubRip as it is does not fit MP4: libav says so only when the header is written
    copied = tuple(replace(track, encoder=None) for track in plan.tracks)
    for wrong in ({"tracks": copied}, {"container_options": {"movflags": "no_such_flag"}}):
        with pytest.raises(
            ConfigError, match=r"rehearsal of 8 frames at 00:00:00.0 failed"
        ) as caught:
            rehearsal.rehearse(source.info, replace(plan, **wrong))
        assert "--no-verify" in (caught.value.hint or "")
        assert str(tmp_path) not in str(caught.value)


def test_sound_of_old_codecs_is_rehearsed_in_large_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = FilmSpec(frames=25, rate=25, codec="mpeg4", audio=("wmav2",))
    made = make_film(tmp_path / "a.avi", spec)
    with FrameSource(made.path) as source:
        plan = plan_output(source.info, tmp_path / "o.mov", GOOD)
    monkeypatch.setattr(rehearsal, "_PIXELS", 1)
    rehearsal.rehearse(source.info, plan)


def test_a_run_rehearses_unless_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, frames=10))
    config = RunConfig(refiner="none", work_size=128, preset="ultrafast")
    with monkeypatch.context() as patch:
        patch.setattr(rehearsal, "verify", lambda *args, **options: ["audio 1 (aac) is missing"])
        with pytest.raises(ConfigError, match=r"rehearsal of .* failed: audio 1 .aac. is missing"):
            colorize_video(made.path, tmp_path / "o.mp4", config)
        assert list(tmp_path.iterdir()) == [made.path]
        assert colorize_video(made.path, tmp_path / "o.mp4", config, check=False).frames == 10


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="no count of bytes read")
def test_of_a_long_recording_little_is_read(tmp_path: Path) -> None:
    """A transport stream may begin its clock anew anywhere, but not in these seconds."""
    spec = FilmSpec(frames=250, rate=1, codec="mpeg2video", options={"qscale": "2"}, audio=("mp2",))
    made = make_film(tmp_path / "long.ts", spec)

    def read_so_far() -> int:
        return int(Path("/proc/self/io").read_text().split()[1])

    with FrameSource(made.path) as source:
        plan = plan_output(source.info, tmp_path / "o.mkv", GOOD)
    before = read_so_far()
    rehearsal.rehearse(source.info, plan)
    assert read_so_far() - before < 2 * made.path.stat().st_size
