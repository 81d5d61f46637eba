"""What locks reached, put together from the units of a film."""

from __future__ import annotations

from pathlib import Path

from vidcolor import FilmAnalysis, Lock
from vidcolor.analysis.shot import Shot
from vidcolor.geometry import Area
from vidcolor.told.lock_results import lock_results
from vidcolor.video.segments.segment import Segment


def segment(number: int, **locks: list[tuple[int, float]]) -> Segment:
    return Segment(number, Path("x"), 0, 1, 0, 0, 0, 0, "", "", locks=locks)


def test_units_are_put_together() -> None:
    area = Area(0, 0, 8, 8)
    shots = (
        Shot(0, 0, 10, (0, 1), "begin", 0, area),
        Shot(1, 10, 30, (1, 3), "cut", 0, area),
    )
    known = FilmAnalysis({}, {}, 0, 30, shots)
    segments = [
        segment(0, coat=[(10, 4.0), (11, 2.0)]),
        segment(1, coat=[(12, 1.0), (13, 9.0)], hat=[(29, 0.5)]),
    ]
    locks = [Lock(n, f, 0.5, 0.5, 0.1, (1, 2)) for n, f in (("coat", 12), ("hat", 29), ("sky", 3))]
    coat, hat, sky = lock_results(locks, segments, known)
    assert (coat.at, coat.median, coat.first, coat.last) == (1.0, 3.0, 10, 13)
    assert (coat.lost_before, coat.lost_after) == (False, True)
    assert coat.text() == (
        "lock coat (frame 12): CIEDE2000 1.0 there, 3.0 in the median of frames 10 to 13, "
        "lost after frame 13"
    )
    assert (hat.lost_before, hat.lost_after) == (True, False)
    assert sky.text() == "lock sky (frame 3): could not be measured"


def test_of_a_part_only_what_was_colored_counts() -> None:
    shots = (Shot(0, 0, 30, (0, 1), "begin", 0, Area(0, 0, 8, 8)),)
    known = FilmAnalysis({}, {}, 0, 30, shots)
    reached = [segment(0, coat=[(n, 1.0) for n in (4, 5, 6, 7)], hat=[(12, 1.0), (13, 2.0)])]
    locks = [Lock(n, f, 0.5, 0.5, 0.1, (1, 2)) for n, f in (("coat", 5), ("hat", 12), ("sky", 20))]
    coat, hat = lock_results(locks, reached, known, [(4, 8), (12, 16)])
    assert (coat.lost_before, coat.lost_after) == (False, False)
    assert (hat.lost_before, hat.lost_after, hat.last) == (False, True, 13)
