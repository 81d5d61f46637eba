"""Entries of files, read and placed on the frames of a film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .. import color
from ..guidance.color_file import read_color_file
from ..guidance.images import read_photo
from ..guidance.placed import Place, Placed
from ..guidance.places_in_time import PlaceInTime, behind_the_end, frame_of_code
from ..guidance.said import Said, StillFile
from ..guidance.still_colors import colors_of_still
from ..guidance.stills_folder import COLOR_FILE, proposals_in, read_stills_folder
from ..timecode import Timecode

if TYPE_CHECKING:
    from ..film import Film
    from ..geometry import Size

_PHOTO_SIDE = 256
# A time written with three decimals may lie so much behind its frame.
_ROUNDING = Fraction(1, 1000)


class Placing:
    """What files say, on frames. Images are read again only where their files have changed.

    Args:
        paths: of `told_colors.color_files`.
        film: opened with the run's settings.
        size: the working size.
    """

    def __init__(self, paths: Sequence[Path], film: Film, size: Size) -> None:
        self._paths, self._film, self._size = tuple(paths), film, size
        self._images: dict[tuple[Any, ...], Any] = {}

    def placed(self, bad: list[str]) -> Placed:
        """All entries; those that cannot be used get a line each in `bad`."""
        said = Said()
        for path in self._paths:
            for found, lines in _read(path):
                said += found
                bad += lines
        placed = Placed()
        for mark in said.marks:
            frame = self._frame(mark.place, mark.name, placed, bad)
            if frame is not None:
                placed.marks[frame].append(mark)
        for still in _once(said.stills):
            frame = self._frame(still.place, still.name or str(still.path), placed, bad)
            if frame is not None:
                self._add_still(still, frame, placed, bad)
        for photo in said.photos:
            frame = rgb = None
            try:
                rgb = self._kept(read_photo, photo.path, _PHOTO_SIDE)
            except ValueError as err:
                is_entry = photo.name != photo.path.name
                name = f"{photo.name}: {photo.path.name}" if is_entry else photo.path
                bad.append(f"{name}: {err}")
            if photo.place is not None:
                frame = self._frame(photo.place, photo.name, placed, bad)
                if frame is None:
                    continue
            placed.photos.append((photo, rgb, frame))
        return placed

    def _add_still(self, still: StillFile, frame: int, placed: Placed, bad: list[str]) -> None:
        proposed = proposals_in(still.path.parent).get(frame)
        try:
            found = self._kept(
                colors_of_still, still.path, proposed, self._film.info.geometry, self._size
            )
        except ValueError as err:
            name = f"{still.name}: {still.path.name}" if still.name else still.path
            bad.append(f"{name}: {err}")
            placed.unread.append(still)
            return
        if found is None:
            placed.untouched.add(still.name or str(still.path))
        elif frame in placed.stills:
            other = placed.stills[frame][0].path.name
            bad.append(f"{still.path}: frame {frame} is in {other} too, and both were repainted")
            placed.unread.append(still)
        else:
            placed.stills[frame] = (still, *found)

    def _kept(self, read: Any, path: Path, *more: Any) -> Any:
        """What a function reads of an image, kept as long as the files are the same."""
        marks = [file_mark(p) for p in (path, *more) if isinstance(p, Path)]
        key = (read, *marks, *(m for m in more if not isinstance(m, Path)))
        if key not in self._images:
            self._images[key] = read(path, *more)
        return self._images[key]

    def _frame(self, place: PlaceInTime, name: str, placed: Placed, bad: list[str]) -> int | None:
        frame = place
        try:
            if isinstance(place, Timecode):
                frame = frame_of_code(place, self._film.info.rate)
            elif isinstance(place, Fraction):
                frame = self._film.index.number(max(Fraction(0), place - _ROUNDING))
        except ValueError as err:
            bad.append(f"{name}: {err}")
            return None
        assert isinstance(frame, int)
        placed.places.append(Place(name, place, frame))
        return frame

    def check_end(self, placed: Placed, bad: list[str], end: int | None = None) -> None:
        """Entries behind the film's end are bad ones.

        Args:
            placed, bad: see `placed`.
            end: the frame after the film's last, None = as its packets say; they are read only
                where its header does not settle it.
        """
        last_asked = max((p.frame for p in placed.places), default=-1)
        if end is None:
            if last_asked < (self._film.info.frame_count or 0):
                return
            end = len(self._film.index)
        for place in (p for p in placed.places if p.frame >= end):
            why = behind_the_end(place.place, end - 1, self._shown, self._film.info.rate)
            bad.append(f"{place.name}: {why}")

    def _shown(self, frame: int) -> Fraction:
        index = self._film.index
        # of a damaged film, not all packets are frames
        return index.shown(min(frame, len(index) - 1))


def ab_of_rgb(red: int, green: int, blue: int) -> tuple[float, float]:
    """a* and b* of an sRGB color of 8 bits."""
    rgb = torch.tensor([red, green, blue], dtype=torch.float64).view(1, 3, 1, 1) / 255
    a, b = color.rgb_to_lab(rgb)[1].flatten().tolist()
    return round(a, 4), round(b, 4)


def _read(path: Path) -> Iterator[tuple[Said, list[str]]]:
    if path.is_file():
        yield read_color_file(path, ab_of_rgb)
        return
    yield read_stills_folder(path)
    if (path / COLOR_FILE).is_file():
        yield read_color_file(path / COLOR_FILE, ab_of_rgb)


def _once(stills: Sequence[StillFile]) -> Iterator[StillFile]:
    """Each file once: what an entry says of it counts before that it lies in a folder."""
    named = {still.path.resolve() for still in stills if still.name}
    yield from (s for s in stills if s.name or s.path.resolve() not in named)


def file_mark(path: Path) -> tuple[Path, int, int]:
    """Changes when the file does."""
    try:
        status = path.stat()
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns
