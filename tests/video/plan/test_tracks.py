"""Which of a film's other tracks are kept: those that fit and that are wanted."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import packets, rewrite
from vidcolor.config import EncodeConfig, RunConfig
from vidcolor.errors import ConfigError
from vidcolor.video.plan.plan import OutputPlan, plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(
    frames=6,
    audio=("aac", "aac", "mp2"),
    subtitles=("srt", "srt"),
    attachments=(("a.txt", "text/plain", b"words"),),
)
ALL = (
    "audio 1 (aac)", "audio 2 (aac)", "audio 3 (mp2)",
    "subtitle 1 (subrip)", "subtitle 2 (subrip)", "attachment 1 (a.txt)",
)  # fmt: skip


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "a.mkv", SPEC).path


def plan_of(film: Path, output: Path, tracks: str = "all") -> OutputPlan:
    with FrameSource(film) as source:
        return plan_output(source.info, output, EncodeConfig(tracks=tracks))


@pytest.mark.parametrize(
    ("tracks", "kept"),
    [
        ("all", ALL),
        ("none", ()),
        ("audio", ALL[:3]),
        ("audio:2", ALL[1:2]),
        ("audio:deu", ALL[2:3]),
        ("audio:GER", ALL[2:3]),
        ("audio:fre,subtitle:1", (ALL[1], ALL[3])),
        ("-subtitle", (*ALL[:3], ALL[5])),
        ("-audio:1, -attachment", (*ALL[1:5],)),
        ("all,-audio,audio:eng", (ALL[0], *ALL[3:])),
        ("-audio:ita", ALL),
        ("cover", ()),
    ],
)
def test_tracks_are_chosen_by_kind_number_and_language(
    film: Path, tmp_path: Path, tracks: str, kept: tuple[str, ...]
) -> None:
    plan = plan_of(film, tmp_path / "o.mkv", tracks)
    assert tuple(track.label for track in plan.tracks) == kept


@pytest.mark.parametrize("tracks", ["audio:ita", "audio:4", "-audio,subtitle:3", "video:1"])
def test_a_track_that_is_not_there_is_refused(film: Path, tmp_path: Path, tracks: str) -> None:
    with pytest.raises(ConfigError, match="the film has no such track") as caught:
        plan_of(film, tmp_path / "o.mkv", tracks)
    assert "audio:1 (eng), audio:2 (fra), audio:3 (deu)" in (caught.value.hint or "")


@pytest.mark.parametrize("tracks", ["", "sound", "audio:", "audio:0", "-", "-all", "audio,,video"])
def test_an_entry_that_cannot_be_read_is_refused_with_the_settings(tracks: str) -> None:
    with pytest.raises(ConfigError, match="of --tracks") as caught:
        RunConfig(tracks=tracks)
    assert "audio:deu" in (caught.value.hint or "")


def test_the_choice_is_a_setting_of_the_run() -> None:
    assert RunConfig(tracks="-audio").to_dict()["tracks"] == "-audio"
    assert RunConfig(tracks="-audio").encode.tracks == "-audio"


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.ts"])
def test_a_film_with_chosen_tracks_passes_its_check(film: Path, tmp_path: Path, name: str) -> None:
    result = rewrite(film, tmp_path / name, EncodeConfig(crf=20, tracks="audio:2"))
    assert verify(result.info, result.plan, result.segments) == []
    with av.open(str(tmp_path / name)) as out:
        assert [s.type for s in out.streams] == ["video", "audio"]
    assert packets(tmp_path / name, "audio") != []


def test_sound_that_does_not_fit_can_be_left_out(film: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"audio 1 \(aac\) does not fit .webm") as caught:
        plan_of(film, tmp_path / "o.webm")
    assert caught.value.hint == "use .mkv; --tracks -audio:1 leaves it out"
    plan = plan_of(film, tmp_path / "o.webm", "-audio")
    assert {track.kind for track in plan.tracks} == {"subtitle"}


def unknown(film: Path, kind: bytes) -> Path:
    """The same MP4 with the sample description of its last track of a kind taken out."""
    data = bytearray(film.read_bytes())
    track = data.rfind(b"hdlr\0\0\0\0\0\0\0\0" + kind)
    where = data.index(b"stsd", track)
    data[where : where + 4] = b"free"
    path = film.with_name("unknown.mp4")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["o.mp4", "o.mkv", "o.ts", "o.mov", "o.avi"])
@pytest.mark.parametrize(
    ("spec", "kind", "note"),
    [
        (
            FilmSpec(frames=6, audio=("aac", "aac")),
            b"soun",
            "audio 2 (unknown codec) is left out: no output container can hold it",
        ),
        (
            FilmSpec(frames=6, audio=("aac",), subtitles=("mov_text",)),
            b"sbtl",
            "data 1 (private data) is left out: no output container can hold it",
        ),
    ],
)
def test_a_track_of_an_unknown_kind_is_named_and_left_out(
    tmp_path: Path, spec: FilmSpec, kind: bytes, note: str, name: str
) -> None:
    path = unknown(make_film(tmp_path / "a.mp4", spec).path, kind)
    with av.open(str(path)) as film:
        assert film.streams[-1].codec_context is None
    result = rewrite(path, tmp_path / name)
    assert note in result.plan.notes
    assert [track.label for track in result.plan.tracks] == ["audio 1 (aac)"]
    assert verify(result.info, result.plan, result.segments) == []
