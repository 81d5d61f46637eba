"""Cuts moved, added and removed: functions from an analysis's values to new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..analysis.film_analysis import FilmAnalysis
from .changes import KINDS

_NUMBERED = ("scope", "except", "shots")
"""What holds numbers of shots in an entry."""

Renumber = Callable[[int], int]


def edited(analysis: FilmAnalysis, edit: Mapping[str, Any]) -> tuple[FilmAnalysis, Renumber, str]:
    """The analysis after an edit, what shots are called now, and the edit, for people.

    Args:
        analysis: of the film.
        edit: `{"do": "add", "frame": f}`: frame f begins a shot; `{"do": "remove", "frame": f}`:
            the shot that begins at f belongs to the one before; `{"do": "move", "frame": f,
            "to": g}`.

    Raises:
        ValueError: there is no such cut, or no room for it; says why.
    """
    starts = [shot.start for shot in analysis.shots]
    do, frame = edit.get("do"), _frame(edit.get("frame"))
    if do == "add":
        if frame in starts or not analysis.first_frame < frame < analysis.end:
            raise ValueError(f"no cut can be added at frame {frame}")
        new = sorted([*starts, frame])
        return _cut(analysis, new), lambda n: n + (starts[n] >= frame), f"cut at {frame} added"
    if frame not in starts[1:]:
        raise ValueError(f"there is no cut at frame {frame}")
    place = starts.index(frame)
    if do == "remove":
        new = [start for start in starts if start != frame]
        return _cut(analysis, new), lambda n: n - (n >= place), f"cut at {frame} removed"
    if do == "move":
        to = _frame(edit.get("to"))
        if not starts[place - 1] < to < analysis.shots[place].end or to == frame:
            raise ValueError(f"the cut at frame {frame} cannot be moved to {to}")
        new = [to if start == frame else start for start in starts]
        return _cut(analysis, new), lambda n: n, f"cut at {frame} moved to {to}"
    raise ValueError(f"{do!r} is not an edit of cuts")


def renumbered(values: Mapping[str, Any], rename: Renumber, shots: int) -> dict[str, Any]:
    """A file of colors whose shot numbers follow an edit of cuts.

    Args:
        values: of the file.
        rename: the new number of a shot.
        shots: how many there were; greater numbers are left as they are.
    """

    def numbers(found: Sequence[int]) -> list[int]:
        return sorted({rename(n) if n < shots else n for n in found})

    new = dict(values)
    for kind in KINDS:
        new[kind] = [_with_numbers(entry, numbers) for entry in values.get(kind, [])]
    if "done" in values:
        new["done"] = numbers(values["done"])
    return {name: v for name, v in new.items() if name in values}


def _with_numbers(
    entry: Mapping[str, Any], numbers: Callable[[Sequence[int]], list[int]]
) -> dict[str, Any]:
    return {
        name: numbers(v) if name in _NUMBERED and isinstance(v, list) else v
        for name, v in entry.items()
    }


def _frame(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a frame number")
    return value


def _cut(analysis: FilmAnalysis, starts: Sequence[int]) -> FilmAnalysis:
    """The same film with shots that begin at these frames."""
    values = analysis.to_dict()
    entries = []
    for start, end in zip(starts, [*starts[1:], analysis.end], strict=True):
        old = analysis.shot_at(start)
        inside = [s for s in analysis.shots if s.start < end and start < s.end]
        entry: dict[str, Any] = {
            "start": start,
            "end": end,
            "seconds": [_second(analysis, start), _second(analysis, end)],
            "area": list(old.area),
            "key_frames": [
                {"frame": key.frame, "sharpness": key.sharpness, "descriptor": key.descriptor}
                for shot in inside
                for key in shot.key_frames
                if start <= key.frame < end
            ],
            "between": [n for shot in inside for n in shot.between if start <= n < end],
        }
        if old.start == start:
            entry |= {"opening": old.opening, "lead": old.lead}
        entries.append(entry)
    return FilmAnalysis.from_dict(values | {"shots": entries})


def _second(analysis: FilmAnalysis, frame: int) -> float:
    shot = analysis.shot_at(min(frame, analysis.end - 1))
    first, last = shot.seconds
    return first + (last - first) * (frame - shot.start) / (shot.end - shot.start)
