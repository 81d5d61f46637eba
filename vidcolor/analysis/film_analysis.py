"""What is known of a film before it is colored: a value with a JSON form.

Made once by `analyze`, stored with unfinished work, and open to correction by hand: a cut that was
found at the wrong frame is moved by editing `end` of one shot and `start` of the next, and so are
cuts added and removed, see `shot.read_shots`.
"""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import ConfigError, MediaError
from ..files import can_hold_files, write_whole
from ..geometry import Area
from ..strict_json import read_strictly
from ..types import Anchor, VideoInfo
from .cadence import Rhythm
from .shot import Shot, check_shots, read_shots, strays

VERSION = 1
_NAMED = 10
"""Key frames that a note names."""


class Passage(NamedTuple):
    """Consecutive frames that keep their own color.

    Attributes:
        first, last: numbers of its first and its last frame.
        start, end: when it is shown, seconds from the film's start.
    """

    first: int
    last: int
    start: float
    end: float


class Painted(NamedTuple):
    """Consecutive frames with colored regions in an image that is gray or tinted otherwise.

    Attributes:
        first, last: numbers of its first and its last frame.
        start, end: when it is shown, seconds from the film's start.
        share: of the image that the regions take, at most.
    """

    first: int
    last: int
    start: float
    end: float
    share: float


@dataclass(frozen=True, slots=True)
class FilmAnalysis:
    """What one pass over a film found.

    Attributes:
        source: what identifies the film's file, see `video.segments.fingerprint`.
        settings: the settings that decide which frames the film has, see
            `config.FilmSettings`.
        first_frame, frames: number of the first frame of the range, and how many there are.
        shots: all of them, without gaps.
        damaged: numbers of damaged frames, in order.
        damaged_seconds: when they are shown, counted from the film's start.
        own_color: passages that keep their own color; empty unless the settings ask for it.
        painted: passages with colored regions; exact only where the settings ask for them to keep
            their color.
        looks, colored_looks: frames whose color was examined, and those that were in color.
        cadence: combing and repeated frames.
        repeated: numbers of frames that repeat the one before, in order.
        fields: measured order of fields, "progressive", "tff" or "bff".
        is_intact: the whole film was read without damage or repaired timestamps.
        anchors: places where reading can begin, see `types.Anchor`.
        notes, warnings: what a person should know of the film, and what is damaged; one line
            each.
    """

    source: Mapping[str, Any]
    settings: Mapping[str, Any]
    first_frame: int
    frames: int
    shots: tuple[Shot, ...]
    damaged: tuple[int, ...] = ()
    damaged_seconds: tuple[float, ...] = ()
    own_color: tuple[Passage, ...] = ()
    painted: tuple[Painted, ...] = ()
    looks: int = 0
    colored_looks: int = 0
    cadence: Rhythm | None = None
    repeated: tuple[int, ...] = ()
    fields: str = "progressive"
    is_intact: bool = True
    anchors: tuple[Anchor, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_shots(self.shots, self.first_frame, self.end)

    @classmethod
    def one_shot(cls, info: VideoInfo, frames: int, first_frame: int = 0) -> FilmAnalysis:
        """Of frames that are taken for one shot, without looking at them."""
        end = first_frame + frames
        area = Area.whole(info.geometry.coded)
        shot = Shot(0, first_frame, end, (0.0, 0.0), "begin", 0, area)
        return cls({}, {}, first_frame, frames, (shot,))

    @property
    def end(self) -> int:
        """Number of the frame after the last."""
        return self.first_frame + self.frames

    def shot_at(self, frame: int) -> Shot:
        """The shot that a frame belongs to.

        Raises:
            IndexError: the frame is outside the range.
        """
        if not self.first_frame <= frame < self.end:
            raise IndexError(f"frame {frame} is not in {self.first_frame}:{self.end}")
        return self.shots[bisect.bisect_right(self.shots, frame, key=lambda s: s.start) - 1]

    def keeps_color(self, frame: int) -> bool:
        """Whether a frame keeps its own color."""
        return _is_in(self.own_color, frame)

    def keeps_regions(self, frame: int) -> bool:
        """Whether colored regions of a frame keep their color."""
        return bool(self.settings.get("keep_color")) and _is_in(self.painted, frame)

    def anchor_before(self, frame: int) -> Anchor | None:
        """The last place at or before a frame where reading can begin; None: the film's start."""
        place = bisect.bisect_right(self.anchors, frame, key=lambda a: a.frame) - 1
        return self.anchors[place] if place >= 0 else None

    def part(self, start: int, end: int) -> FilmAnalysis:
        """The same with only the shots that have frames in start:end (and their anchors)."""
        shots = tuple(s for s in self.shots if s.start < end and s.end > start)
        first, last = shots[0].start, shots[-1].end
        anchor = self.anchor_before(start)
        return replace(
            self,
            first_frame=first,
            frames=last - first,
            shots=shots,
            own_color=tuple(p for p in self.own_color if p.first < end and p.last >= start),
            painted=tuple(p for p in self.painted if p.first < end and p.last >= start),
            anchors=() if anchor is None else (anchor,),
            damaged=(),
            damaged_seconds=(),
            repeated=(),
        )

    def color_hash(self) -> str:
        """SHA-256 of all that decides how the film is colored, in hexadecimal."""
        shots = [[s.start, s.end, list(s.area)] for s in self.shots]
        deciding: list[Any] = [shots, [[p.first, p.last] for p in self.own_color], self.fields]
        if self.settings.get("keep_color") and self.painted:
            deciding.append([[p.first, p.last] for p in self.painted])
        return hashlib.sha256(json.dumps(deciding).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """As values JSON can hold; rectangles as [left, top, right, bottom]."""
        return {"version": VERSION} | asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FilmAnalysis:
        """The inverse of `to_dict`.

        Raises:
            ConfigError: a value is missing or does not fit; the line says which.
        """
        if values.get("version") != VERSION:
            raise ConfigError(
                f"analysis of version {values.get('version')!r}, not {VERSION}",
                hint="make it again with vidcolor probe --analysis",
            )
        try:
            return cls(
                source=dict(values["source"]),
                settings=dict(values["settings"]),
                first_frame=int(values["first_frame"]),
                frames=int(values["frames"]),
                shots=tuple(read_shots(values["shots"])),
                damaged=tuple(map(int, values["damaged"])),
                damaged_seconds=tuple(map(float, values["damaged_seconds"])),
                own_color=tuple(
                    Passage(int(a), int(b), float(c), float(d))
                    for a, b, c, d in values["own_color"]
                ),
                painted=tuple(
                    Painted(int(a), int(b), float(c), float(d), float(e))
                    for a, b, c, d, e in values.get("painted", ())
                ),
                looks=int(values["looks"]),
                colored_looks=int(values["colored_looks"]),
                cadence=None if values["cadence"] is None else Rhythm(**values["cadence"]),
                repeated=tuple(map(int, values["repeated"])),
                fields=str(values["fields"]),
                is_intact=bool(values["is_intact"]),
                anchors=tuple(Anchor(int(f), int(p)) for f, p in values["anchors"]),
                notes=tuple(map(str, values["notes"])),
                warnings=tuple(map(str, values["warnings"])),
            )
        except KeyError as err:
            raise ConfigError(f"analysis cannot be read: {err.args[0]!r} is missing") from err
        except (TypeError, ValueError, IndexError, OverflowError) as err:
            raise ConfigError(f"analysis cannot be read: {err}") from err


def _is_in(passages: Sequence[Passage] | Sequence[Painted], frame: int) -> bool:
    place = bisect.bisect_right(passages, frame, key=lambda p: p.first) - 1
    return place >= 0 and frame <= passages[place].last


def read_analysis(path: Path) -> FilmAnalysis:
    """The analysis in a JSON file; its notes say what was left out of it.

    Raises:
        ConfigError: there is none, or it does not fit.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise ConfigError(f"{path}: cannot be read ({err.strerror})") from err
    return analysis_of(data, path)


def analysis_of(data: bytes, path: Path) -> FilmAnalysis:
    """As `read_analysis`, of what a file of that name holds."""
    try:
        values = read_strictly(data)
    except ValueError as err:
        raise ConfigError(f"{path}: not JSON ({err})") from err
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: not an analysis")
    try:
        # `probe --json` holds the analysis beside other things
        values = values.get("analysis") or values
        found = FilmAnalysis.from_dict(values)
    except ConfigError as err:
        raise ConfigError(f"{path}: {err}", hint=err.hint) from err
    left_out = strays(values["shots"])
    if not left_out:
        return found
    numbers = ", ".join(map(str, left_out[:_NAMED])) + (" ..." if left_out[_NAMED:] else "")
    note = f"{path.name}: key frames that are not in their shot were left out: {numbers}"
    return replace(found, notes=(*found.notes, note))


def check_new_file(path: Path, film: Path, *, overwrite: bool) -> None:
    """Refuses where an analysis of `film` cannot be written, or not without loss; before any work.

    Raises:
        ConfigError, MediaError: says why.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: no such folder")
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder")
    # samefile sees through other spellings, symbolic links and hard links
    if path.exists() and film.exists() and path.samefile(film):
        raise ConfigError(f"{path}: is the film itself", hint="give the name of a new file")
    if path.exists() and not overwrite:
        raise ConfigError(f"{path}: exists already", hint="--overwrite replaces it")
    if not can_hold_files(path.parent):
        raise MediaError(f"{path.parent}: no permission to write there")


def write_analysis(analysis: FilmAnalysis, path: Path) -> None:
    """Writes an analysis as JSON, whole or not at all.

    Raises:
        MediaError: the file cannot be written.
    """
    try:
        write_whole(path, (json.dumps(analysis.to_dict(), indent=1) + "\n").encode())
    except OSError as err:
        raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
