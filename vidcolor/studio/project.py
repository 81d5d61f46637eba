"""What a page sees of a film: its shots, what was said of its colors, and how both are changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from ..analysis.film_analysis import FilmAnalysis, analysis_of, read_analysis
from ..errors import ConfigError
from ..files import mark_of
from ..guidance.places_in_time import PlaceInTime, place_of_still, read_time
from ..timecode import Timecode
from .changes import FILES, KINDS, changed, check, read_values, written
from .cuts import edited, renumbered
from .history import History
from .places import Places


class ConflictError(Exception):
    """The files are in another state than the page that asks for a change has seen."""


@dataclass(frozen=True, slots=True)
class State:
    """The files at one moment.

    Attributes:
        version: names it.
        values: of the file of colors.
        analysis: of the film.
        problem: why a file cannot be used, or what in it has no place in the film; None = all is
            well.
        images: of each image that `values` names, what changes when it is repainted.
    """

    version: str
    values: Mapping[str, Any]
    analysis: FilmAnalysis
    problem: str | None = None
    images: Mapping[str, Any] = field(default_factory=dict)


class Project:
    """The files of a film's studio; may be used by several threads.

    Args:
        places: of the files; the analysis is there.

    Raises:
        ConfigError: the analysis cannot be used, or the history not be read.
        OSError: the studio's folder cannot be written to.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._lock = RLock()
        self._sound, self._sound_mark = _analysis_in(places.shots), mark_of(places.shots)
        self._history = History(places.history, {"colors": places.colors, "shots": places.shots})
        self._state: State | None = None

    def state(self) -> State:
        """The files as they are now, whoever changed them.

        While the analysis cannot be used, as one that is just being saved, they stay as they were.
        """
        with self._lock:
            if unsound := self._unsound():
                values = {} if self._state is None else self._state.values
                return State(f"{self._history.version}-unsound", values, self._sound, unsound)
            problem = None
            try:
                if self._history.look():
                    self._state = None
            except OSError as err:
                problem = f"the last change is not on the disk yet: {err.strerror}"
            state = self._state
            if (
                state is None
                or state.problem != problem
                or state.images != self._images(state.values)
            ):
                state = self._parsed(self._contents(), self._history.version, problem)
                self._state = state
            return state

    def before(self) -> State:
        """The files before the last change that counts."""
        with self._lock:
            return self._parsed(self._history.before(), f"{self._history.version}-before", None)

    def undoable(self) -> tuple[str | None, str | None]:
        """What can be undone, and what done again, for people."""
        with self._lock:
            return self._history.can_undo, self._history.can_redo

    def change(self, base: str, change: Mapping[str, Any]) -> None:
        """Changes the file of colors.

        Args:
            base: the version that the page has seen.
            change: see `changes.changed`.

        Raises:
            ConflictError: that is not the version any more.
            ValueError: the change makes no sense, or the file of colors cannot be read.
            OSError: it cannot be written.
        """
        with self._lock:
            state = self._readable(base)
            values, what = changed(state.values, change)
            self._check(values, state)
            self._write(values, None, what)

    def cut(self, base: str, edit: Mapping[str, Any]) -> None:
        """Edits a cut, see `cuts.edited`; raises as `change` does."""
        with self._lock:
            state = self._readable(base)
            analysis, rename, what = edited(state.analysis, edit)
            renamed = renumbered(state.values, rename, len(state.analysis.shots))
            self._write(renamed, analysis, what)

    def undo(self, base: str) -> bool:
        """Takes the last change back; False = there is none. Raises as `change` does."""
        with self._lock:
            self._based_on(base)
            self._state = None
            return self._history.undo()

    def redo(self, base: str) -> bool:
        """Does a change again that was undone; False = there is none. Raises as `change` does."""
        with self._lock:
            self._based_on(base)
            self._state = None
            return self._history.redo()

    def _based_on(self, base: str) -> State:
        if unsound := self._unsound():
            raise ValueError(unsound)
        state = self.state()
        if base != state.version:
            raise ConflictError
        return state

    def _readable(self, base: str) -> State:
        """The same, if the file of colors can be read."""
        state = self._based_on(base)
        if not state.values:
            raise ValueError(state.problem)
        return state

    def _unsound(self) -> str | None:
        """Why the file of the analysis cannot be used now."""
        mark = mark_of(self.places.shots)
        if mark != self._sound_mark:
            try:
                self._sound, self._sound_mark = _analysis_in(self.places.shots), mark
                self._state = None
            except ConfigError as err:
                return f"{err} ({err.hint})"
        return None

    def _check(self, values: Mapping[str, Any], state: State) -> None:
        check(values, self.places.colors)
        for kind in KINDS:
            for entry in values.get(kind, []):
                if behind := _behind(entry, state.analysis):
                    raise ValueError(behind)

    def _contents(self) -> dict[str, bytes | None]:
        files = {"colors": self.places.colors, "shots": self.places.shots}
        return {n: p.read_bytes() if p.is_file() else None for n, p in files.items()}

    def _write(self, values: Mapping[str, Any], analysis: FilmAnalysis | None, what: str) -> None:
        contents = self._contents() | {"colors": written(values)}
        if analysis is not None:
            contents["shots"] = (json.dumps(analysis.to_dict(), indent=1) + "\n").encode()
        self._state = None
        self._history.change(contents, what)

    def _images(self, values: Mapping[str, Any]) -> dict[str, Any]:
        names = {entry["image"] for kind in FILES for entry in values.get(kind, [])}
        return {name: mark_of(self.places.colors.parent / name) for name in sorted(names)}

    def _parsed(
        self, contents: Mapping[str, bytes | None], version: str, problem: str | None
    ) -> State:
        analysis = analysis_of(contents["shots"] or b"", self.places.shots)
        try:
            values = read_values(contents["colors"])
            check(values, self.places.colors)
        except ValueError as err:
            return State(version, {}, analysis, problem or str(err))
        images = self._images(values)
        if images:
            version = f"{_digest(images)}-{version}"
        problem = problem or "; ".join(_misplaced(values, analysis, images)) or None
        return State(version, values, analysis, problem, images)


def _analysis_in(path: Path) -> FilmAnalysis:
    try:
        return read_analysis(path)
    except ConfigError as err:
        hint = "mend it; or delete it and open the studio anew: the film is analyzed again"
        raise ConfigError(str(err), hint=hint) from err


def _behind(entry: Mapping[str, Any], analysis: FilmAnalysis) -> str | None:
    """What is wrong with the frame of an entry that lies behind the film's end."""
    last = analysis.end - 1
    frame = entry.get("frame", 0)
    return f"frame {frame}: the film's last one is {last}" if frame > last else None


def _misplaced(
    values: Mapping[str, Any], analysis: FilmAnalysis, images: Mapping[str, Any]
) -> Iterator[str]:
    """What a run would refuse of entries that can be read, a line each."""
    last_shot = len(analysis.shots) - 1
    for kind in KINDS:
        for number, entry in enumerate(values.get(kind, []), start=1):
            name = f"{kind} {number}"
            if behind := _behind(entry, analysis):
                yield f"{name}: {behind}"
            for field_ in ("scope", "except", "shots"):
                shots = entry.get(field_)
                for shot in shots if isinstance(shots, list) else ():
                    if shot > last_shot:
                        yield f"{name}: shot {shot}: the film's last one is {last_shot}"
            if "image" in entry and images.get(entry["image"]) is None:
                yield f"{name}: {entry['image']}: no such file"


def placed(state: State) -> list[dict[str, Any]]:
    """All entries, each with its kind, its place in the list and the shot it belongs to."""
    found = []
    for kind in KINDS:
        for index, entry in enumerate(state.values.get(kind, [])):
            frame = _frame_of(kind, entry, state.analysis)
            shot = None
            if frame is not None and state.analysis.first_frame <= frame < state.analysis.end:
                shot = state.analysis.shot_at(frame).number
            found.append({"kind": kind, "index": index, "at": frame, "shot": shot, "entry": entry})
    return found


def told(state: State) -> dict[int, str]:
    """What names all that is said of each shot; changes when that does."""
    own: dict[int, list[Any]] = {shot.number: [] for shot in state.analysis.shots}
    for item in placed(state):
        scope = item["entry"].get("shots") or item["entry"].get("scope", "shot")
        numbers = {item["shot"]} if scope == "shot" or not isinstance(scope, list) else set(scope)
        if scope == "film":
            numbers = set(own) - set(item["entry"].get("except", []))
        for number in numbers | {item["shot"]}:
            if number in own:
                image = item["entry"].get("image")
                own[number].append([item["kind"], item["entry"], state.images.get(image)])
    return {s.number: _digest([s.start, s.end, own[s.number]]) for s in state.analysis.shots}


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:12]


def _frame_of(kind: str, entry: Mapping[str, Any], analysis: FilmAnalysis) -> int | None:
    """The frame of an entry; one that is given by a time is estimated."""
    place: PlaceInTime
    if "frame" in entry:
        place = int(entry["frame"])
    elif "time" in entry:
        place = read_time(entry["time"])
    elif kind == "stills":
        place = place_of_still(Path(entry["image"]).stem)
    else:
        return None
    if isinstance(place, int):
        return place
    if isinstance(place, Timecode):
        second = 3600.0 * place.hours + 60 * place.minutes + place.seconds
    else:
        second = float(place)
    for shot in analysis.shots:
        first, last = shot.seconds
        if first <= second < last:
            share = (second - first) / max(last - first, 1e-9)
            return shot.start + int(share * (shot.end - shot.start))
    return None
