"""SMPTE time codes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vidcolor.config import parse_range
from vidcolor.timecode import Timecode

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "number"),
    [
        ("00:00:00:00", Fraction(25), 0),
        ("10:00:00:05", Fraction(25), 900_005),
        ("00:01:00;02", NTSC, 1800),
        ("00:00:59;29", NTSC, 1799),
        ("00:10:00;00", NTSC, 17982),
        ("01:00:00;00", NTSC, 107892),
        ("01:00:00:00", NTSC, 108000),
        ("00:01:00;04", 2 * NTSC, 3600),
        ("00:01:00;00", NTSC, 1800),  # a name that no frame has
    ],
)
def test_known_numbers(text: str, rate: Fraction, number: int) -> None:
    code = Timecode.parse(text)
    assert code is not None
    assert code.number(rate) == number


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), NTSC, 2 * NTSC])
@pytest.mark.parametrize("drop", [False, True])
def test_every_frame_has_its_name(rate: Fraction, drop: bool) -> None:
    begin = Timecode(0, 0, 0, 0, drop)
    last = None
    for number in (*range(0, 40_000, 7), 1800, 1799, 17981, 17982, 17983, 107892):
        code = begin.moved(number, rate)
        assert code.number(rate) == number
        assert Timecode.parse(str(code)) == code
        last = code
    assert last is not None
    assert Timecode(23, 59, 59, 0, drop).moved(round(rate), rate) == begin


def test_what_is_a_time_code() -> None:
    assert parse_range("10:00:00:05", "01:00:00;02") == (
        Timecode(10, 0, 0, 5),
        Timecode(1, 0, 0, 2, drop=True),
    )
    assert parse_range("1:02:03", "12.5s") == (Fraction(3723), Fraction(25, 2))
    assert Timecode.parse("10:61:00:00") is None
