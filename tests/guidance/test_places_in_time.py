"""Names of stills and times of entries: every form that is read, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vidcolor.guidance.places_in_time import (
    PlaceInTime,
    behind_the_end,
    frame_of_code,
    place_of_still,
    read_time,
    shot_of_photo,
    still_name,
)
from vidcolor.timecode import Timecode


@pytest.mark.parametrize(
    ("stem", "place"),
    [
        ("120", 120),
        ("000120", 120),
        ("frame-000120", 120),
        ("frame 7", 7),
        ("ref_000120", 120),
        ("000120_00-00-05.005", 120),
        ("000120_00-00-05.005 (repainted)", 120),
        ("1234567_12-00-05.005-copy 2", 1234567),
        ("00-01-02.500", Fraction(125, 2)),
        ("still_00-01-02", Fraction(62)),
        ("00h01m02s", Fraction(62)),
        ("01_00_02.25", Fraction(14409, 4)),
        ("00_01_02_12", Timecode(0, 1, 2, 12)),
    ],
)
def test_a_name_says_where_a_still_belongs(stem: str, place: object) -> None:
    assert place_of_still(stem) == place


@pytest.mark.parametrize("stem", ["market", "12 and 13", "frame", "00-71-02", "1-2", "120b3"])
def test_names_that_say_nothing_are_refused(stem: str) -> None:
    with pytest.raises(ValueError, match="neither a frame number nor a time"):
        place_of_still(stem)


@pytest.mark.parametrize("frame", [0, 120, 999_999, 1_234_567])
def test_a_name_written_is_read_back(frame: int) -> None:
    name = still_name(frame, frame * Fraction(1001, 30000))
    assert place_of_still(name) == frame
    assert ":" not in name


def test_photographs_are_named_after_a_shot() -> None:
    assert shot_of_photo("shot-0012") == 12
    assert shot_of_photo("Shot 3, the market in 1962") == 3
    assert shot_of_photo("000012") is None
    assert shot_of_photo("snapshot-12") is None


def test_times_of_entries() -> None:
    assert read_time("12.5s") == Fraction(25, 2)
    assert read_time("1:02:03.5") == Fraction(7447, 2)
    assert read_time("01:00:00:12") == Timecode(1, 0, 0, 12)
    assert read_time("00:10:00;02") == Timecode(0, 10, 0, 2, drop=True)
    for text in ("120", "soon", "1:75"):
        with pytest.raises(ValueError, match="no time"):
            read_time(text)


def test_frames_of_time_codes() -> None:
    assert frame_of_code(Timecode(0, 1, 2, 12), Fraction(24000, 1001)) == 62 * 24 + 12
    # SMPTE ST 12-1: 00:10:00;00 is frame 17982
    assert frame_of_code(Timecode(0, 10, 0, 0, drop=True), Fraction(30000, 1001)) == 17982
    with pytest.raises(ValueError, match="24 frames, from 0 to 23"):
        frame_of_code(Timecode(0, 0, 1, 24), Fraction(24))
    with pytest.raises(ValueError, match="frame number"):
        frame_of_code(Timecode(0, 0, 1, 2), None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (2000, "frame 2000: the film's last one is 1798"),
        (Fraction(621, 10), "00:01:02.100: the film's last frame is shown at 00:00:59.993"),
        (Timecode(0, 1, 0, 4), "00:01:00:04: the film's last frame is 00:00:59:28"),
        (Timecode(0, 1, 0, 4, drop=True), "00:01:00;04: the film's last frame is 00:00:59;28"),
    ],
)
def test_what_lies_behind_the_end_is_told_in_its_own_form(given: PlaceInTime, told: str) -> None:
    rate = Fraction(30000, 1001)
    assert behind_the_end(given, 1798, lambda n: n / rate, rate) == told
