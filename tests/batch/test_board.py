"""Counts of a running batch, for the terminal."""

from __future__ import annotations

import pytest

from vidcolor.batch.board import Board, duration
from vidcolor.batch.journal import DONE, FAILED, Record
from vidcolor.batch.one_film import Outcome


def outcome(name: str, state: str = DONE, *, was_done: bool = False) -> Outcome:
    error = "no film" if state == FAILED else None
    return Outcome(Record(name, state, f"in/{name}", {}, {}, error=error), was_done=was_done)


def test_speed_and_time_left_follow_the_work() -> None:
    now = 0.0
    board = Board({"a.mp4": 1000, "b.mp4": 3000, "c.mp4": 500}, clock=lambda: now)
    assert board.frames_per_second() is None
    assert board.seconds_left() is None
    board.ended("c.mp4", outcome("c.mp4", was_done=True))
    for frame in range(1, 101):
        board.coloring("a.mp4", frame, 100)
        now += 0.1
    board.ended("a.mp4", outcome("a.mp4"))
    assert board.frames_per_second() == pytest.approx(10, rel=0.02)
    # a quarter of the bytes took ten seconds; what was done before counts for nothing
    assert board.seconds_left() == pytest.approx(30, rel=0.01)
    board.coloring("b.mp4", 51, 100)  # 50 frames are of an earlier run
    now += 0.1
    board.coloring("b.mp4", 52, 100)
    assert board.frames_per_second() == pytest.approx(10, rel=0.05)
    text = board.lines(100)
    assert text[0].startswith("2 of 3 films, 1 done before, 1")
    assert "frames per second, about" in text[0]
    assert text[1] == "   52% coloring  b.mp4"


def test_failures_are_shown_and_lines_fit() -> None:
    board = Board(dict.fromkeys("abcdefgh", 1))
    for name in "abcdefgh":
        board.ended(name, outcome(name, FAILED))
    lines = board.lines(24)
    assert "8 failed" in board.lines(200)[0]
    assert all(len(line) < 24 for line in lines)
    assert sum("failed: in/" in line for line in lines) == 5
    assert board.lines(200)[-1] == "  failed: in/h: no film"


def test_durations() -> None:
    assert [duration(s) for s in (5, 89, 120, 5400, 11_100)] == [
        *("5 s", "89 s", "2 min", "1 h 30 min", "3 h 05 min"),
    ]
