"""Settings of a run, checked where they are made. Standard library only."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from typing import Any

from .errors import ConfigError
from .purposes import Purpose
from .timecode import Timecode
from .track_choice import TrackChoice

Position = int | Fraction
"""A place in a film: an int is a frame number, a Fraction is seconds from the film's start."""


@dataclass(frozen=True, slots=True)
class ImageName:
    """A place in a folder of images: the frame with this file name."""

    name: str


End = Position | Timecode | ImageName
"""An end of a range: a place in the film, also by the film's own time code or by an image."""

PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast",
    "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip
"""Speeds of encoders, the fastest first."""

IDENTITIES = ("off", "normal", "strong")
"""How much the shots of a film give way to each other, the least first."""

# an ending begins with a letter, which nothing in a number or a time does
_IMAGE = re.compile(r".*\.[A-Za-z]\w*")
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d+)?)(s?)")
# what the values of a setting are, by its annotation
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "str": ((str,), "text"),
}
# positions and rates have checks of their own
_READ_LATER = ("start", "end", "fps")


def parse_position(text: str) -> Position:
    """A frame number ("120") or a time ("12.5s", "1:02", "01:02:03.5") as a `Position`.

    Raises:
        ConfigError: the text is neither.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ConfigError(
            f"cannot read the position {text!r}",
            hint="give a frame number from 0 (120) or a time (12.5s, 1:02, 01:02:03.5)",
        )
    hours, minutes, seconds, unit = match.groups()
    if minutes is None and not unit and "." not in seconds:
        return int(seconds)
    if minutes is not None and Fraction(seconds) >= 60:
        raise ConfigError(f"cannot read the position {text!r}: more than 59 seconds")
    return Fraction(seconds) + 60 * int(minutes or 0) + 3600 * int(hours or 0)


def parse_place(text: str) -> Position | ImageName:
    """As `parse_position`, or the name of an image ("scan_000120.dpx"), with folders or without.

    Raises:
        ConfigError: the text is neither.
    """
    if _IMAGE.fullmatch(text.strip()):
        return ImageName(re.split(r"[/\\]", text.strip())[-1])
    return parse_position(text)


def parse_range(start: str | None, end: str | None) -> tuple[End | None, End | None]:
    """Both ends, None where not given: time codes ("10:00:00:05"), or as `parse_place`.

    Raises:
        ConfigError: one of them is no place in a film.
    """
    for text in (start, end):
        if text is not None and not isinstance(text, str):
            raise ConfigError(f"the position {text!r} is not text", hint=f'write it as "{text}"')
    return _end(start), _end(end)


def _end(text: str | None) -> End | None:
    if text is None:
        return None
    try:
        return Timecode.parse(text) or parse_place(text)
    except ConfigError as err:
        hint = err.hint and f"{err.hint}, a time code (10:00:00:05) or the name of an image"
        raise ConfigError(str(err), hint=hint) from err


def split_range(text: str) -> tuple[str | None, str | None]:
    """Splits START:END at the middle colon, since times contain colons too.

    Raises:
        ConfigError: there is no middle colon.
    """
    colons = [i for i, c in enumerate(text) if c == ":"]
    if len(colons) % 2 == 0:
        raise ConfigError(f"{text!r} is not START:END", hint="such as 100:148 or 1:02:1:05")
    middle = colons[len(colons) // 2]
    return text[:middle] or None, text[middle + 1 :] or None


def parse_rate(text: str) -> Fraction:
    """Frames a second: "24", "24000/1001", or "23.976", which means the same as the latter.

    Raises:
        ConfigError: the text is none of these.
    """
    if not isinstance(text, str):
        raise ConfigError(f"the frame rate {text!r} is not text", hint=f'write it as "{text}"')
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not Fraction(1, 1000) <= rate <= 1000:
        raise ConfigError(
            f"cannot read the frame rate {text!r}", hint="give 24, 23.976 or 24000/1001"
        )
    # rates of NTSC are written with two or three decimals and mean 1000/1001 of a whole number
    ntsc = Fraction(1000 * round(rate * Fraction(1001, 1000)), 1001)
    return ntsc if rate.denominator > 1 and abs(rate - ntsc) < Fraction(1, 200) else rate


@dataclass(frozen=True, slots=True)
class EncodeConfig:
    """How the film is written.

    Attributes:
        codec: libav's name of a video encoder, or "auto": chosen by the container.
        crf: constant quality of the encoder, smaller is better, 0 is lossless; None = a good value
            of the encoder.
        preset: speed of the encoder, one of `PRESETS`; a slow one makes smaller files. None =
            "medium", of large films a faster one where that costs little.
        tracks: which of the film's other tracks are kept, see `track_choice`.
        depth: bits per code of the output; None = the film's own, or the next that is possible.
    """

    codec: str = "auto"
    crf: int | None = None
    preset: str | None = None
    tracks: str = "all"
    depth: int | None = None

    def __post_init__(self) -> None:
        TrackChoice(self.tracks)
        if self.crf is not None and not 0 <= self.crf <= 63:
            raise ConfigError(f"--crf {self.crf} is outside 0..63", hint="16 is a good value")
        if self.depth is not None and self.depth not in (8, 10, 12, 14, 16):
            raise ConfigError(f"--depth {self.depth}: 8, 10, 12, 14 or 16")


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """What decides which frames a film has.

    Attributes:
        start, end, fps, deinterlace, keep_color: see `RunConfig`.
    """

    start: str | None = None
    end: str | None = None
    fps: str | None = None
    deinterlace: bool = False
    keep_color: bool = False

    @property
    def rate(self) -> Fraction | None:
        """`fps` as a number, None where not given."""
        return None if self.fps is None else parse_rate(self.fps)

    def positions(self) -> tuple[End | None, End | None]:
        """`start` and `end` as positions, None where not given."""
        return parse_range(self.start, self.end)


def _is_backward(start: End | None, end: End | None) -> bool:
    """Whether both ends are of a kind and the range between them holds nothing."""
    for kind in (int, Fraction, Timecode):
        if isinstance(start, kind) and isinstance(end, kind):
            return bool(start >= end)  # type: ignore[operator]
    return False


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Everything that decides what a run makes of a film.

    Attributes:
        model: name of the colorizer.
        refiner: name of the temporal refiner, "none" for colors frame by frame.
        flow: name of the optical flow, "auto" lets vidcolor choose.
        start, end: first frame and the one after the last, as frame number from 0, time, time
            code or name of an image (see `parse_range`); None = the film's own.
        fps: frames a second where the film has no times of its own (numbered pictures, raw
            streams), see `parse_rate`; None = 24, or what the stream says.
        work_size: short side in pixels of the picture that flow and refiner see.
        strength: how much of the color is put on, 1 = as predicted, 0 = none.
        deinterlace: interlaced pictures are made progressive.
        keep_color: passages that are in color already keep their own.
        identity: how much shots give way to each other so that one thing has one color in all of
            them, one of `IDENTITIES`; "off" colors each shot by itself.
        every_frame: the colorizer sees every frame, also where the refiner sees whole shots and
            could do with a part of them.
        device: "auto", "cpu", "cuda", "mps" or one of torch's device names.
        codec, crf, preset, tracks, depth: see `EncodeConfig`.
        unit_frames: a unit of work holds whole shots of up to this many frames; a longer shot is
            split.
        batch: pictures the colorizer sees at once.
    """

    model: str = "base"
    refiner: str = "bidirectional"
    flow: str = "auto"
    start: str | None = None
    end: str | None = None
    fps: str | None = None
    work_size: int = 192
    strength: float = 1.0
    deinterlace: bool = False
    keep_color: bool = False
    identity: str = "off"
    every_frame: bool = False
    device: str = "auto"
    codec: str = "auto"
    crf: int | None = None
    preset: str | None = None
    tracks: str = "all"
    depth: int | None = None
    unit_frames: int = 250
    batch: int = 1

    def __post_init__(self) -> None:
        self._check_kinds()
        if not 128 <= self.work_size <= 1080:
            raise ConfigError(
                f"--work-size {self.work_size} is outside 128..1080",
                hint="192 is fast, 256 follows small things better",
            )
        if not 0 <= self.strength <= 2:
            raise ConfigError(f"--strength {self.strength} is outside 0..2")
        if self.identity not in IDENTITIES:
            raise ConfigError(f"--identity {self.identity}: {', '.join(IDENTITIES)}")
        if self.unit_frames < 1 or self.batch < 1:
            raise ConfigError("unit_frames and batch must be at least 1")
        start, end = self.film.positions()
        if _is_backward(start, end):
            raise ConfigError(f"the range {self.start}:{self.end} holds no frame")
        _ = self.encode, self.film.rate

    def _check_kinds(self) -> None:
        for setting in fields(self):
            kind, _, or_none = str(setting.type).partition(" | ")
            value = getattr(self, setting.name)
            if kind not in _KINDS or setting.name in _READ_LATER or (or_none and value is None):
                continue
            kinds, words = _KINDS[kind]
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise ConfigError(f"{setting.name} {value!r} is not {words}")

    @property
    def encode(self) -> EncodeConfig:
        """The part that concerns the encoder."""
        return EncodeConfig(self.codec, self.crf, self.preset, self.tracks, self.depth)

    @property
    def film(self) -> FilmSettings:
        """The part that decides which frames the film has."""
        return FilmSettings(self.start, self.end, self.fps, self.deinterlace, self.keep_color)

    def fit_for(self, purpose: Purpose | None) -> RunConfig:
        """The same with the encoder's settings of a purpose, where they are not set themselves."""
        if purpose is None:
            return self
        is_own = self.codec != EncodeConfig().codec
        return replace(
            self,
            codec=self.codec if is_own else purpose.codec,
            crf=self.crf if is_own or self.crf is not None else purpose.crf,
            preset=self.preset or purpose.preset,
            depth=self.depth if self.depth is not None else purpose.depth,
        )

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, for manifests and tags."""
        return asdict(self)
