"""Charts are well-formed, carry their values and escape what they are given."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from vidcolor.report.charts import Series, line_chart, nice_top, range_bar, time_ticks, timecode

HOSTILE = '<script>alert("x")</script>&'


def test_a_chart_is_well_formed_and_has_hover_texts() -> None:
    series = [
        Series(HOSTILE, [0.0, 0.5, 1.0, 1.5], [1.0, math.nan, 3.0, 2.0]),
        Series("B", [0.0, 0.5, 1.0, 1.5], [0.5, 0.5, 0.5, 0.5]),
    ]
    svg = line_chart(series, label=HOSTILE, unit="Lab", band=(0.5, 1), cuts=[1.0], marks=[0.5])
    tree = ElementTree.fromstring(svg)
    titles = [element.text or "" for element in tree.iter("title")]
    assert len(titles) == 4
    assert titles[0] == f"0:00.0  {HOSTILE}: 1, B: 0.5 Lab"
    assert titles[1] == "0:00.5  B: 0.5 Lab"
    assert "<script" not in svg


def test_a_line_stops_where_nothing_was_measured() -> None:
    seconds = [0.0, 0.1, 0.2, 60.0, 60.1]
    svg = line_chart([Series("A", seconds, [1.0] * 5)], label="a", unit="")
    path = next(e for e in ElementTree.fromstring(svg).iter("path"))
    assert path.get("d", "").count("M") == 2


def test_nothing_measured_is_still_a_chart() -> None:
    ElementTree.fromstring(line_chart([Series("A", [0.0], [math.nan])], label="a", unit=""))
    ElementTree.fromstring(range_bar([("A", math.nan)], [("true", 0.0, 0.0)], label="a"))


def test_a_range_bar_is_well_formed() -> None:
    svg = range_bar([(HOSTILE, 0.5)], [("true", 0.1, 0.4), ("plain", 0.5, 2.0)], label=HOSTILE)
    tree = ElementTree.fromstring(svg)
    assert sum(1 for _ in tree.iter("circle")) == 1
    assert "<script" not in svg


@pytest.mark.parametrize(
    ("value", "top"), [(1, 1), (1.01, 1.5), (0.0034, 0.004), (77, 80), (99, 100), (0, 1)]
)
def test_axes_end_at_round_numbers(value: float, top: float) -> None:
    assert nice_top(value) == pytest.approx(top)


def test_times_as_people_write_them() -> None:
    assert timecode(3.24) == "0:03.2"
    assert timecode(59.97) == "1:00.0"
    assert timecode(3723.5) == "1:02:03.5"
    assert timecode(75, 0) == "1:15"
    assert time_ticks(0, 2.1) == [0, 0.5, 1, 1.5, 2]
