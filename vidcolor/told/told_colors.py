"""What files say of a film's colors, placed on its frames and read again where they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ConfigError, EntriesError
from ..guidance.color_file import color_file_of
from ..guidance.drawing import drawn, locks_of, overlaid, yielding
from ..guidance.guidance import GivenColors, Guidance, Lock, Reference
from ..guidance.images import ENDINGS
from ..guidance.placed import Placed, notes_of
from ..guidance.said import Mark, StillFile
from ..guidance.still_colors import AS_PROPOSED
from ..guidance.stills_folder import COLOR_FILE, images_in
from ..guidance.wide import Wide, WideMark, WideStill
from .likeness import Likeness
from .placing import Placing, file_mark

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..film import Film


_MEND = "nothing was colored; mend or remove these and try again"


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
        self._placing = Placing(paths, film, self._size)
        self._mark: object = None
        self._likeness = Likeness(film, self._size)
        self._alike: tuple[object, tuple[list[GivenColors], list[str]]] | None = None
        self._recalled: dict[int, tuple[object, list[GivenColors]]] = {}

    def check(self, analysis: FilmAnalysis | None = None) -> None:
        """Reads everything, before any work.

        Args:
            analysis: of the film, None = not made yet: numbers of shots are not looked at.

        Raises:
            EntriesError: entries or images cannot be used, or lie behind the film's end; a line
                for each.
        """
        if analysis is not None:
            self._checked(analysis, f"{_MEND}; the film's analysis is kept")
            return
        bad: list[str] = []
        placed = self._placing.placed(bad)
        if self._film.settings.end is None:
            self._placing.check_end(placed, bad)
        _refuse(bad, _MEND)

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
        self._mark = _mark(self._paths)
        placed, references, wide = self._checked(analysis)
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

    def _checked(
        self, analysis: FilmAnalysis, hint: str = _MEND
    ) -> tuple[Placed, list[Reference], list[Wide]]:
        """All entries, photographs with their shots, and what counts in other shots too."""
        bad: list[str] = []
        placed = self._placing.placed(bad)
        self._check_places(placed, analysis, bad)
        references = list(self._references(placed, analysis, bad))
        wide = list(self._wide(placed, analysis, bad))
        _refuse(bad, hint)
        return placed, references, wide

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

    def _check_places(self, placed: Placed, analysis: FilmAnalysis, bad: list[str]) -> None:
        """Counts entries outside of the range; without one, those are bad entries."""
        inside = range(analysis.first_frame, analysis.end)
        if self._film.settings.end is None:
            self._placing.check_end(placed, bad, analysis.end)
        outside = [p.name for p in placed.places if p.frame not in inside]
        placed.left_out |= set(outside) - placed.untouched

    def _references(
        self, placed: Placed, analysis: FilmAnalysis, bad: list[str]
    ) -> Iterator[Reference]:
        shots = analysis.shots
        for photo, rgb, frame in placed.photos:
            if frame is not None:
                if rgb is not None and analysis.first_frame <= frame < analysis.end:
                    shot = analysis.shot_at(frame)
                    yield Reference(photo.name, shot.start, shot.end, rgb)
                continue
            numbers = self._shots(photo.shots, photo.name, placed, analysis, bad)
            if photo.name in placed.narrowed and not numbers:
                placed.left_out.add(photo.name)
            for number in numbers:
                if rgb is not None:
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
        for still in placed.unread:
            if still.scope != "shot":
                self._in_scope(still, placed, analysis, bad)

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
            placed.narrowed.add(name)
        return known


def _refuse(bad: Sequence[str], hint: str) -> None:
    if bad:
        raise EntriesError(bad, hint)


def _mark(paths: Sequence[Path]) -> object:
    """Changes when files do."""
    files = [f for p in paths for f in ([p] if p.is_file() else [p / COLOR_FILE, *_images(p)])]
    return [(f, file_mark(f)) for f in files]


def _images(folder: Path) -> list[Path]:
    return images_in(folder) if folder.is_dir() else []
