"""What files say of a film's colors, placed on its frames and read again where they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import color
from ..errors import ConfigError, EntriesError
from ..guidance.color_file import color_file_of, read_color_file
from ..guidance.drawing import drawn, locks_of, overlaid, yielding
from ..guidance.guidance import GivenColors, Guidance, Lock, Reference
from ..guidance.images import ENDINGS, read_photo
from ..guidance.placed import Placed, notes_of
from ..guidance.places_in_time import PlaceInTime, Timecode
from ..guidance.said import Mark, Said, StillFile
from ..guidance.still_colors import AS_PROPOSED, colors_of_still
from ..guidance.stills_folder import COLOR_FILE, images_in, proposals_in, read_stills_folder
from ..guidance.wide import Wide, WideMark, WideStill
from .likeness import Likeness

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..film import Film

_PHOTO_SIDE = 256
# A time written with three decimals may lie so much behind its frame.
_ROUNDING = Fraction(1, 1000)


def color_files(film: Path, given: Sequence[Path]) -> tuple[Path, ...]:
    """Files and folders that say something of a film's colors.

    Args:
        film: its path; `movie.colors.json` beside `movie.mp4` counts unless `given` names another
            file of colors.
        given: files of colors, and folders of stills.

    Raises:
        ConfigError: one of them is not there, cannot be read, or is an image.
    """
    for path in given:
        if not path.exists():
            raise ConfigError(f"--colors {path}: no such file or folder")
        if path.is_file() and path.suffix.lower() in ENDINGS:
            raise ConfigError(f"--colors {path}: an image", hint="give the folder that it is in")
        try:
            path.stat() if path.is_file() else next(path.iterdir(), None)
        except OSError as err:
            raise ConfigError(f"--colors {path}: cannot be read ({err.strerror})") from err
    beside = color_file_of(film)
    named = any(path.is_file() for path in given)
    return (*([] if named or not _is_there(beside) else [beside]), *given)


def _is_there(path: Path) -> bool:
    """Whether there is such a file; not where its name is longer than names may be."""
    try:
        return path.is_file()
    except OSError:
        return False


class ToldColors:
    """What files say, for one film. Images are read again only where their files have changed.

    Args:
        paths: of `color_files`.
        film: opened with the run's settings.
        work_size: of the run, see `RunConfig`.

    Attributes:
        notes: what was found, one line each; complete after `guidance`.
        wide: what is said on key frames and counts in other shots too; likewise.
        unlike: names of photographs that nothing in their shots is surely like; likewise.
    """

    def __init__(self, paths: Sequence[Path], film: Film, work_size: int) -> None:
        self.notes: tuple[str, ...] = ()
        self.wide: tuple[Wide, ...] = ()
        self.unlike: tuple[str, ...] = ()
        self._paths, self._film = tuple(paths), film
        self._size = film.info.geometry.working_size(work_size)
        self._images: dict[tuple[Any, ...], Any] = {}
        self._numbers: dict[Fraction, int] = {}
        self._mark: object = None
        self._likeness = Likeness(film, self._size)
        self._alike: tuple[object, tuple[list[GivenColors], list[str]]] | None = None
        self._recalled: dict[int, tuple[object, list[GivenColors]]] = {}

    def check(self) -> None:
        """Reads everything, before any work.

        Raises:
            EntriesError: entries or images cannot be used; a line for each.
        """
        bad: list[str] = []
        self._placed(bad)
        _refuse(bad)

    def guidance(
        self, analysis: FilmAnalysis, key_frames: Collection[int] = frozenset()
    ) -> Guidance:
        """Everything that is said of the frames of an analysis.

        What lies outside of them is left out where the film's settings ask for a range.

        Args:
            analysis: of the film.
            key_frames: what is said on these of other shots is left to the caller, see `wide`.

        Raises:
            EntriesError: entries or images cannot be used, or lie behind the film's end; a line
                for each.
        """
        bad: list[str] = []
        self._mark = _mark(self._paths)
        placed = self._placed(bad)
        self._check_places(placed, analysis, bad)
        references = list(self._references(placed, analysis, bad))
        wide = list(self._wide(placed, analysis, bad))
        _refuse(bad)
        self.wide = tuple(w for w in wide if w.frame in key_frames)
        others = [w for w in wide if w.frame not in key_frames]
        layers, unlike = self._layers(references, others, analysis)
        inside = range(analysis.first_frame, analysis.end)
        stills = {
            frame: yielding(GivenColors(frame, ab, weight), placed.marks.get(frame, ()))
            for frame, (_, ab, weight) in placed.stills.items()
            if frame in inside
        }
        here = {n: tuple(marks) for n, marks in placed.marks.items() if n in inside}
        for layer in self._recall(list(stills.values()), here, analysis):
            layers[layer.frame].append(layer)
        given: list[GivenColors] = []
        locks: list[Lock] = []
        for frame in sorted({*placed.marks, *stills, *layers} & set(inside)):
            if frame in stills:
                layers[frame].append(stills[frame])
            if frame in placed.marks:
                layers[frame].append(drawn(placed.marks[frame], frame, self._size))
            given.append(overlaid(layers[frame]))
            for mark in placed.marks.get(frame, ()):
                locks += locks_of(mark, frame)
        self.unlike = tuple(unlike)
        self.notes = (
            *notes_of(self._paths, placed),
            *(f"colors: {name}: nothing in its shot is surely like it" for name in unlike),
        )
        return Guidance(tuple(given), tuple(locks))

    def _layers(
        self, references: Sequence[Reference], wide: Sequence[Wide], analysis: FilmAnalysis
    ) -> tuple[defaultdict[int, list[GivenColors]], list[str]]:
        """What is said of key frames by photographs, and by what other shots have."""
        layers: defaultdict[int, list[GivenColors]] = defaultdict(list)
        if not references and not wide:
            return layers, []
        # the same as long as nothing of it was edited
        stills = tuple(w.colors for w in wide if isinstance(w, WideStill))
        said = Guidance(stills, references=tuple(references)).digest()
        marks = [w for w in wide if isinstance(w, WideMark)]
        shots = [w.shots for w in wide]
        key = (said, marks, shots, analysis.color_hash())
        if self._alike is None or self._alike[0] != key:
            self._alike = key, self._likeness.layers(references, wide, analysis)
        found, unlike = self._alike[1]
        for layer in found:
            layers[layer.frame].append(layer)
        return layers, unlike

    def _recall(
        self,
        stills: list[GivenColors],
        marks: Mapping[int, tuple[Mark, ...]],
        analysis: FilmAnalysis,
    ) -> list[GivenColors]:
        """What stills, points and strokes say of other frames of their shots.

        Shot after shot: after an edit, only those that it concerns are looked at again.
        """
        frames = {*marks, *(still.frame for still in stills)}
        known, film = self._recalled, analysis.color_hash()
        self._recalled = {}
        # shots of a part of a film keep their numbers
        touched = {shot.number: shot for shot in map(analysis.shot_at, frames)}
        for number, shot in sorted(touched.items()):
            here = range(shot.start, shot.end)
            own = [still for still in stills if still.frame in here]
            said = {frame: of for frame, of in marks.items() if frame in here}
            key = (Guidance(tuple(own)).digest(), said, film)
            if number not in known or known[number][0] != key:
                known[number] = key, list(self._likeness.recalled(own, said, analysis))
            self._recalled[number] = known[number]
        return [found for _, layers in self._recalled.values() for found in layers]

    def has_changed(self) -> bool:
        """Whether files are others than when `guidance` was last called."""
        return _mark(self._paths) != self._mark

    def _placed(self, bad: list[str]) -> Placed:
        said = Said()
        for path in self._paths:
            for found, lines in _read(path):
                said += found
                bad += lines
        self._learn_times(said)
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
            frame = None
            if photo.place is not None:
                frame = self._frame(photo.place, photo.name, placed, bad)
                if frame is None:
                    continue
            try:
                rgb = self._kept(read_photo, photo.path, _PHOTO_SIDE)
            except ValueError as err:
                bad.append(f"{photo.name}: {photo.path.name}: {err}")
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
            return
        if found is None:
            placed.untouched.add(still.name or str(still.path))
        elif frame in placed.stills:
            other = placed.stills[frame][0].path.name
            bad.append(f"{still.path}: frame {frame} is in {other} too, and both were repainted")
        else:
            placed.stills[frame] = (still, *found)

    def _kept(self, read: Any, path: Path, *more: Any) -> Any:
        """What a function reads of an image, kept as long as the files are the same."""
        marks = [_file_mark(p) for p in (path, *more) if isinstance(p, Path)]
        key = (read, *marks, *(m for m in more if not isinstance(m, Path)))
        if key not in self._images:
            self._images[key] = read(path, *more)
        return self._images[key]

    def _learn_times(self, said: Said) -> None:
        """Finds the frames of all times in one pass over the film."""
        places = [m.place for m in said.marks] + [s.place for s in said.stills]
        places += [p.place for p in said.photos if p.place is not None]
        new = {p for p in places if isinstance(p, Fraction)} - set(self._numbers)
        if new:
            times = sorted(new)
            found = self._film.numbers_at([max(Fraction(0), t - _ROUNDING) for t in times])
            self._numbers |= dict(zip(times, found, strict=True))

    def _frame(self, place: PlaceInTime, name: str, placed: Placed, bad: list[str]) -> int | None:
        try:
            if isinstance(place, Timecode):
                frame = place.frame(self._film.info.rate)
            else:
                frame = place if isinstance(place, int) else self._numbers[place]
        except ValueError as err:
            bad.append(f"{name}: {err}")
            return None
        placed.places.append((name, frame))
        return frame

    def _check_places(self, placed: Placed, analysis: FilmAnalysis, bad: list[str]) -> None:
        """Counts entries outside of the range; without one, those are bad entries."""
        settings = self._film.settings
        outside = [p for p in placed.places if not analysis.first_frame <= p[1] < analysis.end]
        if settings.end is not None:
            placed.left_out += sum(name not in placed.untouched for name, _ in outside)
            return
        behind = [(name, frame) for name, frame in outside if frame >= analysis.end]
        last = analysis.end - 1
        bad += [f"{name}: frame {frame}: the film's last one is {last}" for name, frame in behind]
        before = [name for name, frame in outside if frame < analysis.first_frame]
        placed.left_out += sum(name not in placed.untouched for name in before)

    def _references(
        self, placed: Placed, analysis: FilmAnalysis, bad: list[str]
    ) -> Iterator[Reference]:
        shots = analysis.shots
        for photo, rgb, frame in placed.photos:
            if frame is not None:
                if analysis.first_frame <= frame < analysis.end:
                    shot = analysis.shot_at(frame)
                    yield Reference(photo.name, shot.start, shot.end, rgb)
                continue
            for number in self._shots(photo.shots, photo.name, placed, analysis, bad):
                yield Reference(photo.name, shots[number].start, shots[number].end, rgb)

    def _wide(self, placed: Placed, analysis: FilmAnalysis, bad: list[str]) -> Iterator[Wide]:
        inside = range(analysis.first_frame, analysis.end)
        for frame, marks in placed.marks.items():
            for mark in (m for m in marks if m.scope != "shot"):
                shots = self._in_scope(mark, placed, analysis, bad)
                if frame in inside:
                    yield WideMark(mark, frame, shots)
        for frame, (still, ab, weight) in placed.stills.items():
            if still.scope == "shot":
                continue
            shots = self._in_scope(still, placed, analysis, bad)
            if frame in inside:
                painted = (weight > AS_PROPOSED).astype(np.float32)
                yield WideStill(still.name, GivenColors(frame, ab, painted), shots)

    def _in_scope(
        self, said: Mark | StillFile, placed: Placed, analysis: FilmAnalysis, bad: list[str]
    ) -> frozenset[int]:
        """Shots that something counts in which does not count in its own alone."""
        if isinstance(said.scope, tuple):
            return frozenset(self._shots(said.scope, said.name, placed, analysis, bad))
        without = self._shots(said.without, said.name, placed, analysis, bad)
        return frozenset(s.number for s in analysis.shots) - set(without)

    def _shots(
        self,
        numbers: Sequence[int],
        name: str,
        placed: Placed,
        analysis: FilmAnalysis,
        bad: list[str],
    ) -> list[int]:
        """Shots by their numbers in the whole film, not known of a range that begins later."""
        last = len(analysis.shots) - 1 if analysis.first_frame == 0 else -1
        known = [n for n in numbers if n <= last]
        if self._film.settings == replace(self._film.settings, start=None, end=None):
            bad += [f"{name}: shot {n}: the film's last one is {last}" for n in numbers if n > last]
        elif len(known) < len(numbers):
            placed.left_out += 1
        return known


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


def _refuse(bad: Sequence[str]) -> None:
    if bad:
        raise EntriesError(bad, hint="nothing was done; mend or remove these and try again")


def _mark(paths: Sequence[Path]) -> object:
    """Changes when files do."""
    files = [f for p in paths for f in ([p] if p.is_file() else [p / COLOR_FILE, *_images(p)])]
    return [(f, _file_mark(f)) for f in files]


def _images(folder: Path) -> list[Path]:
    return images_in(folder) if folder.is_dir() else []


def _file_mark(path: Path) -> tuple[Path, int, int]:
    try:
        status = path.stat()
    except OSError:
        return path, -1, -1
    return path, status.st_size, status.st_mtime_ns
