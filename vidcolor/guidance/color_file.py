"""A file of colors, `FILM.colors.json`: points, strokes, stills, photographs. Format:
docs/colors.md.

Nothing is guessed: a name that is not known or a value that does not fit makes the entry a bad one.
All bad entries are found before anything is done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..files import can_be_name
from ..strict_json import read_strictly
from .places_in_time import PlaceInTime, place_of_still, read_time
from .said import Mark, Photo, Said, Scope, StillFile

VERSION = 1
ENDING = ".colors.json"

_RADIUS = 0.02
"""Of a point or stroke that says none: 5 pixels of an image 256 pixels high."""
_LARGEST_RADIUS = 0.5
_LONGEST_TIME = 40
_KINDS = ("points", "strokes", "stills", "references")
_WHOLE = {"version", "film", "note", "done", *_KINDS}
_PLACE = {"frame", "time"}
_SCOPE = {"scope", "except"}
_MARK = {*_PLACE, *_SCOPE, "radius", "color", "lock", "note"}
_NAMES = {
    "points": _MARK | {"x", "y"},
    "strokes": _MARK | {"line"},
    "stills": {*_PLACE, *_SCOPE, "image", "note"},
    "references": {*_PLACE, "image", "shots", "note"},
}
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def color_file_of(film: Path) -> Path:
    """Where a film's file of colors lies: `movie.colors.json` beside `movie.mp4`."""
    return film.with_name(film.stem + ENDING)


def read_color_file(
    path: Path, ab_of_rgb: Callable[[int, int, int], tuple[float, float]]
) -> tuple[Said, list[str]]:
    """What a file of colors says.

    Args:
        path: the file.
        ab_of_rgb: a* and b* of an sRGB color of 8 bits.

    Returns:
        The good entries, and a line for each bad one: file, entry, reason.
    """
    try:
        return said_by(path.read_bytes(), path, ab_of_rgb)
    except OSError as err:
        return Said(), [f"{path}: cannot be read ({err.strerror})"]


def said_by(
    data: bytes, path: Path, ab_of_rgb: Callable[[int, int, int], tuple[float, float]]
) -> tuple[Said, list[str]]:
    """The same for the bytes of a file that lies, or will lie, at `path`."""
    try:
        values = read_strictly(data)
    except UnicodeDecodeError:
        return Said(), [f"{path}: not JSON, and not a text"]
    except ValueError as err:
        return Said(), [f"{path}: not JSON ({err})"]
    if not isinstance(values, dict):
        return Said(), [f'{path}: not an object with "version" and "points"']
    if values.get("version") != VERSION or isinstance(values["version"], bool):
        return Said(), [f"{path}: version {values.get('version')!r}, not {VERSION}"]
    bad = [f"{path}: {name!r} is not known" for name in values if name not in _WHOLE]
    done = values.get("done", [])
    if not isinstance(done, list) or not all(type(n) is int and n >= 0 for n in done):
        bad.append(f"{path}: done: not a list of shot numbers")
    marks: list[Mark] = []
    stills: list[StillFile] = []
    photos: list[Photo] = []
    for kind in _KINDS:
        entries = values.get(kind, [])
        if not isinstance(entries, list):
            bad.append(f"{path}: {kind}: not a list")
            continue
        for number, entry in enumerate(entries, start=1):
            name = f"{path.name}: {kind} {number}"
            try:
                _check_names(entry, _NAMES[kind])
                if kind == "references":
                    photos.append(_photo(entry, name, path.parent))
                elif kind == "stills":
                    stills.append(_still(entry, name, path.parent))
                else:
                    marks.append(_mark(entry, name, kind, ab_of_rgb))
            except ValueError as err:
                bad.append(f"{path}: {kind} {number}: {err}")
    return Said(tuple(marks), tuple(stills), tuple(photos)), bad


def _check_names(entry: object, known: set[str]) -> None:
    if not isinstance(entry, dict):
        raise ValueError("not an object with names")
    for name in entry:
        if name not in known:
            raise ValueError(f"{name!r} is not known, only {', '.join(sorted(known))}")
    if not isinstance(entry.get("note", ""), str):
        raise ValueError("note: not a text")


def _mark(
    entry: Mapping[str, Any],
    name: str,
    kind: str,
    ab_of_rgb: Callable[[int, int, int], tuple[float, float]],
) -> Mark:
    line = ((_share(entry, "x"), _share(entry, "y")),) if kind == "points" else _line(entry)
    radius = _number(entry["radius"], "radius") if "radius" in entry else _RADIUS
    if not 0 < radius <= _LARGEST_RADIUS:
        raise ValueError(f"radius {radius:g} is not between 0 and {_LARGEST_RADIUS}")
    lock = entry.get("lock", False)
    if not isinstance(lock, bool):
        raise ValueError("lock: neither true nor false")
    ab = _color(_needed(entry, "color"), ab_of_rgb)
    return Mark(name, _place(entry), line, radius, ab, lock, *_scopes(entry))


def _scopes(entry: Mapping[str, Any]) -> tuple[Scope, tuple[int, ...]]:
    scope, but = _scope(entry.get("scope", "shot")), entry.get("except", [])
    if "except" in entry and scope != "film":
        raise ValueError('except: only beside the scope "film"')
    without = _scope(but) if but != [] else ()
    if not isinstance(without, tuple):
        raise ValueError("except: not a list of shot numbers")
    return scope, without


def _still(entry: Mapping[str, Any], name: str, folder: Path) -> StillFile:
    path = _image(entry, folder)
    return StillFile(path, _place_of(path, entry), name, *_scopes(entry))


def _place_of(still: Path, entry: Mapping[str, Any]) -> PlaceInTime:
    if _PLACE & set(entry):
        return _place(entry)
    try:
        return place_of_still(still.stem)
    except ValueError as err:
        raise ValueError(f"needs either 'frame' or 'time': {err}") from err


def _image(entry: Mapping[str, Any], folder: Path) -> Path:
    image = _needed(entry, "image")
    if not isinstance(image, str) or not Path(image).name or not can_be_name(image):
        raise ValueError("image: not a file name")
    return folder / image


def _photo(entry: Mapping[str, Any], name: str, folder: Path) -> Photo:
    path = _image(entry, folder)
    if "shots" not in entry:
        return Photo(name, path, place=_place(entry, "'shots', 'frame' or 'time'"))
    if _PLACE & set(entry):
        raise ValueError("needs only one of 'shots', 'frame' and 'time'")
    shots = _scope(entry["shots"])
    if not isinstance(shots, tuple):
        raise ValueError("shots: not a list of shot numbers")
    return Photo(name, path, shots)


def _needed(entry: Mapping[str, Any], name: str) -> Any:
    if name not in entry:
        raise ValueError(f"{name!r} is missing")
    return entry[name]


def _number(value: Any, name: str) -> float:
    try:
        if not isinstance(value, bool) and isinstance(value, (int, float)):
            number = float(value)
            if math.isfinite(number):
                return number
    except OverflowError:
        raise ValueError(f"{name}: too large") from None
    raise ValueError(f"{name}: {value!r} is not a number")


def _share(entry: Mapping[str, Any], name: str) -> float:
    value = _number(_needed(entry, name), name)
    if not 0 <= value <= 1:
        raise ValueError(f"{name} {value:g} is not between 0 and 1")
    return value


def _line(entry: Mapping[str, Any]) -> tuple[tuple[float, float], ...]:
    line = _needed(entry, "line")
    if not isinstance(line, list) or len(line) < 2:
        raise ValueError("line: not a list of at least two places [x, y]")
    found = []
    for place in line:
        if not isinstance(place, list) or len(place) != 2:
            raise ValueError(f"line: {place!r} is not [x, y]")
        x, y = (_share({name: v}, name) for name, v in zip("xy", place, strict=True))
        found.append((x, y))
    return tuple(found)


def _place(entry: Mapping[str, Any], choices: str = "either 'frame' or 'time'") -> PlaceInTime:
    if len(_PLACE & set(entry)) != 1:
        raise ValueError(f"needs {choices}")
    if "time" in entry:
        if not isinstance(entry["time"], str) or len(entry["time"]) > _LONGEST_TIME:
            raise ValueError("time: not a text such as 0:12.5")
        return read_time(entry["time"])
    frame = entry["frame"]
    if isinstance(frame, bool) or not isinstance(frame, int) or frame < 0:
        raise ValueError(f"frame: {frame!r} is not a frame number")
    return frame


def _color(
    value: Any, ab_of_rgb: Callable[[int, int, int], tuple[float, float]]
) -> tuple[float, float]:
    if isinstance(value, str) and _HEX.fullmatch(value):
        red, green, blue = bytes.fromhex(value[1:])
        return ab_of_rgb(red, green, blue)
    if isinstance(value, list) and len(value) == 3:
        L, a, b = (_number(v, "color") for v in value)
        if 0 <= L <= 100 and max(abs(a), abs(b)) <= 128:
            return a, b
    raise ValueError(f"color: {value!r} is neither #rrggbb nor Lab as [L, a, b]")


def _scope(value: Any) -> Scope:
    if value in ("shot", "film"):
        return value
    if isinstance(value, list) and value and all(type(n) is int and n >= 0 for n in value):
        return tuple(value)
    raise ValueError(f'{value!r} is neither "shot", "film" nor a list of shot numbers')
