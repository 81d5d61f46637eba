"""Black-and-white, tinted or in color: on made pictures, and on real shots where they are here."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.old_films import LIVELY, TINTS, painted, planes_of, scene
from vidcolor.analysis.tint import NO_COLOR, OWN_COLOR, ColorLook, hue_name, look_at
from vidcolor.video.read.luma import LumaReader, luma_layout
from vidcolor.video.read.tags import read_tags


@pytest.mark.parametrize("name", sorted(TINTS))
@pytest.mark.parametrize("depth", [8, 10])
def test_tinted_film_counts_as_black_and_white(name: str, depth: int) -> None:
    looks = [look_at(*planes_of(TINTS[name](scene(seed)), depth), depth) for seed in range(6)]
    assert {look.verdict for look in looks} == {"gray" if name == "gray" else "tinted"}


@pytest.mark.parametrize(
    ("name", "hue"), [("sepia", "sepia or amber"), ("amber", "sepia or amber"), ("night", "blue")]
)
def test_tints_have_names(name: str, hue: str) -> None:
    assert hue_name(look_at(*planes_of(TINTS[name](scene(1))), 8)) == hue


def test_several_colors_are_color() -> None:
    for seed in range(6):
        assert look_at(*planes_of(painted(scene(seed), LIVELY)), 8).verdict == "colored"


def test_a_hand_tinted_dress_is_a_region_of_gray_film() -> None:
    for box in (np.s_[30:70, 60:85], np.s_[6:14, 140:154]):
        rgb = TINTS["gray"](scene(3)).astype(np.float32)
        rgb[box] *= (1.0, 0.45, 0.4)
        look = look_at(*planes_of(rgb), 8)
        assert look.verdict == "gray"
        share = rgb[box][..., 0].size / rgb[..., 0].size
        assert 0.4 * share < look.painted < 1.5 * share


@pytest.mark.parametrize("tint", list(TINTS))
def test_a_tint_is_no_region(tint: str) -> None:
    assert all(look_at(*planes_of(TINTS[tint](scene(n))), 8).painted == 0 for n in range(4))


def test_two_opposite_hues_are_color() -> None:
    """Orange and teal lie on one line through gray, and are not one tint."""
    rgb = painted(scene(5), ((1.0, 0.75, 0.5), (0.5, 0.75, 1.0)))
    assert look_at(*planes_of(rgb), 8).verdict == "colored"


@pytest.mark.parametrize("level", [0.01, 0.99])
def test_black_and_white_pictures_tell_nothing(level: float) -> None:
    rgb = painted(scene(2) * 0.01 + level, LIVELY)
    assert look_at(*planes_of(np.clip(rgb, 0, 0.06) if level < 0.5 else rgb * 0 + 1), 8).is_blank


def _looks(film: Path, tint: str | None, count: int = 3) -> list[ColorLook]:
    """Looks at a real shot, or at what would be left of it on tinted film."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        frames = [f for _, f in zip(range(8 * count), container.decode(stream), strict=False)]
        found = []
        for frame in frames[:: max(1, len(frames) // count)]:
            if tint is not None:
                gray = frame.to_ndarray(format="gray").astype(np.float32) / 255
                height, width = (n // 2 * 2 for n in gray.shape)
                found.append(look_at(*planes_of(TINTS[tint](gray[:height, :width])), 8))
                continue
            layout = luma_layout(frame.format.name)
            tags = read_tags(frame, stream.codec_context, layout)
            reader = LumaReader(frame.width, frame.height, layout, tags)
            chroma = reader.read_chroma(frame)
            assert chroma is not None
            found.append(look_at(reader.read(frame), *chroma, layout.depth))
        return found


def _own(looks: list[ColorLook]) -> float:
    return float(np.mean([x.own for x in looks if not x.is_blank] or [0.0]))


def test_on_real_shots(data: Path) -> None:
    """Forty color shots, their gray and tinted versions, and real black-and-white film."""
    clips = sorted((data / "clips").glob("*.mp4"))[::6][:40]
    in_color = [_own(_looks(clip, None)) for clip in clips]
    kept = sum(own >= OWN_COLOR for own in in_color)
    lost = sum(own < NO_COLOR for own in in_color)
    print(f"color shots: {kept} of {len(clips)} seen as such, {lost} taken for black-and-white")
    assert kept >= 0.85 * len(clips)
    wrong = total = 0
    for tint in sorted(TINTS):
        for clip in clips[::4]:
            wrong += _own(_looks(clip, tint, count=1)) >= NO_COLOR
            total += 1
    print(f"gray and tinted versions: {wrong} of {total} not seen as black-and-white")
    assert wrong <= 0.02 * total
    for film in sorted((data / "archival").glob("*.mp4")):
        assert _own(_looks(film, None)) < NO_COLOR
