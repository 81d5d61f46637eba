"""Files that are damaged, cut off, disguised or no films at all."""

from __future__ import annotations

import os
import stat
import weakref
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, cut_off, fill_plane, luma_picture, make_film
from vidcolor.errors import MediaError
from vidcolor.video.read import containers
from vidcolor.video.read.clock import Clock
from vidcolor.video.read.source import FrameSource


def numbers_and_notes(path: Path) -> tuple[list[int], list[str]]:
    with FrameSource(path) as source:
        numbers = [frame.index for frame in source]
        return numbers, source.notes + source.warnings


def test_damaged_packets_are_survived_and_told(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=48, gop=12, width=320, height=240))
    data = bytearray(made.path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = os.urandom(3000)
    made.path.write_bytes(data)
    with FrameSource(made.path) as source:
        frames = [(f.index, f.pts) for f in source]
        notes = source.warnings
    assert 30 <= len(frames) <= 48
    assert [i for i, _ in frames] == list(range(len(frames)))
    assert frames[-1][1] == 1958  # goes on to the end
    assert any("damaged frame" in note and "00:00:0" in note for note in notes)


def test_a_damaged_key_frame_in_ts(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.ts", FilmSpec(frames=48, gop=12, width=320, height=240))
    data = bytearray(made.path.read_bytes())
    for packet in range(len(data) // 2 // 188, len(data) // 2 // 188 + 20):
        data[packet * 188 + 20 : packet * 188 + 180] = bytes(160)
    made.path.write_bytes(data)
    numbers, notes = numbers_and_notes(made.path)
    assert len(numbers) >= 30
    assert any("damaged frame" in note for note in notes)


def test_a_cut_off_mp4_with_its_index_in_front(tmp_path: Path) -> None:
    spec = FilmSpec(frames=75, width=160, height=120, gop=10, b_frames=2, audio=("aac",))
    made = make_film(tmp_path / "whole.mp4", spec)
    front = tmp_path / "front.mp4"
    with av.open(str(made.path)) as source, av.open(
        str(front), "w", options={"movflags": "faststart"}
    ) as out:  # fmt: skip
        tracks = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    numbers, notes = numbers_and_notes(cut_off(tmp_path / "cut.mp4", front, 0.5))
    assert 25 <= len(numbers) < 60
    promise = f"header promises 75 frames, {len(numbers)} readable (file may have ended early)"
    assert promise in notes
    assert numbers_and_notes(front) == (list(range(75)), [])


@pytest.mark.parametrize("suffix", ["mkv", "avi"])
def test_other_cut_off_films(tmp_path: Path, suffix: str) -> None:
    codec = "mpeg4" if suffix == "avi" else "libx264"
    spec = FilmSpec(frames=75, width=160, height=120, gop=10, codec=codec)
    made = make_film(tmp_path / f"a.{suffix}", spec)
    numbers, notes = numbers_and_notes(cut_off(tmp_path / f"cut.{suffix}", made.path, 0.5))
    assert 20 <= len(numbers) < 60
    assert any("file may have ended early" in note for note in notes)
    assert numbers_and_notes(made.path)[1] == []


def test_a_cut_off_mp4_without_index_is_refused_in_one_line(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=75))
    with pytest.raises(MediaError, match="not a film that can be read"):
        FrameSource(cut_off(tmp_path / "cut.mp4", made.path, 0.5))


def test_a_range_that_ends_early_is_not_called_cut_off(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=75))
    with FrameSource(made.path, end=20) as source:
        assert len(list(source)) == 20
        assert source.notes + source.warnings == []


def test_a_change_of_size_is_scaled_to_the_first(tmp_path: Path) -> None:
    small = make_film(tmp_path / "s.ts", FilmSpec(frames=24, width=96, height=64))
    large = make_film(tmp_path / "l.ts", FilmSpec(frames=24, width=192, height=128, start=1))
    path = tmp_path / "both.ts"
    path.write_bytes(small.path.read_bytes() + large.path.read_bytes())
    with FrameSource(path) as source:
        frames = list(source)
    assert len(frames) >= 46  # the joint may cost a picture
    assert {f.y.shape for f in frames} == {(64, 96)}
    want = large.luma[20].reshape(64, 2, 96, 2).mean((1, 3))
    assert np.abs(frames[-4].y - want).mean() < 3
    assert any(n.startswith("picture size changes at 00:00:01.0") for n in source.warnings)


def test_the_moving_track_is_taken_not_the_cover(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mp4", FilmSpec(frames=5, width=96, height=64))
    cover = tmp_path / "cover.mp4"
    _add_cover(cover, made.path)
    with FrameSource(cover) as source:
        assert (source.info.width, source.info.codec) == (96, "h264")
        assert len(list(source)) == 5


def test_only_a_cover_is_no_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mp4", FilmSpec(frames=5, audio=("aac",)))
    song = tmp_path / "song.m4a"
    _add_cover(song, made.path, only_sound=True)
    with pytest.raises(MediaError, match="only a cover picture"):
        FrameSource(song)


def test_of_two_tracks_the_default_one_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as out:
        streams = []
        for width in (96, 128):
            stream = out.add_stream("ffv1", rate=24)
            stream.width, stream.height, stream.pix_fmt = width, 64, "gray"
            streams.append(stream)
        streams[0].disposition = av.stream.Disposition(0)
        streams[1].disposition = av.stream.Disposition.default
        for number in range(3):
            for stream in streams:
                frame = av.VideoFrame(stream.width, 64, "gray")
                fill_plane(frame.planes[0], luma_picture(number, stream.width, 64))
                frame.pts = number
                out.mux(stream.encode(frame))
        for stream in streams:
            out.mux(stream.encode(None))
    with FrameSource(path) as source:
        assert (source.info.width, source.info.stream_index) == (128, 1)
        assert any(note.startswith("2 picture tracks") for note in source.notes)


def _add_cover(path: Path, source: Path, only_sound: bool = False) -> None:
    with av.open(str(source)) as film, av.open(str(path), "w", format="mp4") as out:
        picture = out.add_stream("mjpeg", rate=1)
        picture.width, picture.height, picture.pix_fmt = 320, 320, "yuvj420p"
        picture.disposition = av.stream.Disposition.attached_pic
        wanted = [s for s in film.streams if s.type == "audio" or not only_sound]
        tracks = {s.index: out.add_stream_from_template(s) for s in wanted}
        frame = av.VideoFrame(320, 320, "yuvj420p")
        frame.pts = 0
        out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        for packet in film.demux(wanted):
            if packet.size:
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)


def test_what_is_no_film_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("this is no film\n" * 50)
    (tmp_path / "noise.mp4").write_bytes(os.urandom(5000))
    (tmp_path / "folder.mp4").mkdir()
    make_film(tmp_path / "film.mkv", FilmSpec(frames=3))
    (tmp_path / "script.mp4").write_text("ffconcat version 1.0\nfile film.mkv\n")
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfilm.mkv\n#EXT-X-ENDLIST\n")
    with av.open(str(tmp_path / "sound.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    for name, text in (
        ("missing.mp4", "no such file"),
        ("empty.mp4", "the file is empty"),
        ("text.mp4", "not a film that can be read"),
        ("noise.mp4", "not a film that can be read"),
        ("folder.mp4", "no numbered pictures there"),
        ("script.mp4", "not a film that can be read"),
        ("list.mp4", "not a film that can be read"),
        ("sound.wav", "not a film that can be read|no picture track"),
    ):
        with pytest.raises(MediaError, match=text) as caught:
            FrameSource(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert str(tmp_path / name) in str(caught.value)


def test_sound_only_is_no_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mp4", FilmSpec(frames=5, audio=("aac",)))
    with av.open(str(made.path)) as film, av.open(str(tmp_path / "s.mp4"), "w") as out:
        track = out.add_stream_from_template(film.streams.audio[0])
        for packet in film.demux(film.streams.audio[0]):
            if packet.size:
                packet.stream = track
                out.mux(packet)
    with pytest.raises(MediaError, match="no picture track"):
        FrameSource(tmp_path / "s.mp4")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=2))
    made.path.chmod(0)
    with pytest.raises(MediaError, match="no permission"):
        FrameSource(made.path)
    made.path.chmod(stat.S_IRUSR)


@pytest.mark.parametrize(
    "name", ["tape:2:a.mkv", "http:x.mkv", "a b'\"c.mkv", "-y.mkv", "%03d.mkv", "фильм.mkv"]
)
def test_awkward_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=2))
    made.path.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(numbers_and_notes(Path(name))[0]) == 2


def test_a_numbered_picture_is_not_expanded_to_a_folder(tmp_path: Path) -> None:
    for name in ("%03d.png", "001.png", "002.png"):
        make_film(tmp_path / "one.mov", FilmSpec(frames=1, pix_fmt="rgb24", codec="png", height=48))
        with av.open(str(tmp_path / "one.mov")) as film:
            packet = next(film.demux(video=0))
            (tmp_path / name).write_bytes(bytes(packet))
    assert len(numbers_and_notes(tmp_path / "%03d.png")[0]) == 1


def test_huge_pictures_are_refused_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=2, width=96, height=64))
    monkeypatch.setattr(containers, "MAX_PIXELS", 96 * 64 - 1)
    with pytest.raises(MediaError, match="frame size 96x64 exceeds the limit"):
        FrameSource(made.path)
    monkeypatch.setattr(containers, "MAX_PIXELS", 96 * 64)
    FrameSource(made.path).close()


def test_only_the_frames_that_are_held_take_memory(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=100, b_frames=2, pix_fmt="yuv444p"))
    with FrameSource(made.path, start=10) as source:
        # a frame's memory goes with the last view of it
        alive = [weakref.ref(frame.y) for frame in source]
        assert len(alive) == 90
        assert sum(view() is not None for view in alive) == 0


def test_clock_keeps_sound_timestamps_and_mends_others() -> None:
    clock = Clock(Fraction(1, 1000), Fraction(25), Fraction(0))
    assert [clock.stamp(p) for p in (0, 40, 80)] == [0, 40, 80]
    assert clock.notes() == []
    assert [clock.stamp(p) for p in (80, 79, 120)] == [81, 82, 120]
    assert [clock.stamp(p) for p in (None, None, 240)] == [160, 200, 240]
    assert [clock.stamp(p) for p in (0, 40)] == [280, 320]
    assert clock.notes() == [
        "2 pictures without timestamps: 25 fps used",
        "2 timestamps were not increasing and moved by a tick",
        "timestamps jump back after 00:00:00.2: the picture goes on without a gap",
    ]


def test_made_timestamps_do_not_drift() -> None:
    clock = Clock(Fraction(1, 1000), Fraction(30000, 1001), Fraction(0))
    stamps = [clock.stamp(None) for _ in range(30001)]
    assert stamps[0] == 0
    assert stamps[30000] == 1001000
