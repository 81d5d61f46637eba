"""Settings of a report, checked where they are made. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import FilmSettings
from ..errors import ConfigError

WINDOW = 24
"""Frames that are measured in a row; of every shot the first so many always are."""
MANY = 3000
"""Frames up to which a film is measured whole by default."""


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """How films are measured.

    Attributes:
        every: one window of `WINDOW` frames in so many is measured, counted from each shot's
            beginning; None = 1 up to `MANY` frames, more for longer films.
        start, end: first frame and the one after the last of every film, see `parse_position`.
        flow: name of the optical flow that joins the frames; "auto" chooses, see `stream.py`.
        work_size: short side in pixels at which frames are measured.
        fps: frames a second where a film has no times of its own, see `RunConfig`.
        deinterlace: interlaced frames are made progressive before they are measured.
        device: "auto", "cpu", "cuda", "mps" or one of torch's device names.
    """

    every: int | None = None
    start: str | None = None
    end: str | None = None
    flow: str = "auto"
    work_size: int = 192
    fps: str | None = None
    deinterlace: bool = False
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.every is not None and self.every < 1:
            raise ConfigError(f"--every {self.every} is below 1")
        if not 128 <= self.work_size <= 1080:
            raise ConfigError(f"--work-size {self.work_size} is outside 128..1080")
        _ = self.film.positions(), self.film.rate

    @property
    def film(self) -> FilmSettings:
        """What decides which frames the films have; every frame is read with its chroma."""
        return FilmSettings(self.start, self.end, self.fps, self.deinterlace, keep_color=True)

    def windows(self, frames: int | None) -> int:
        """One window in how many is measured of a film of so many frames (None = unknown)."""
        if self.every is not None:
            return self.every
        return max(1, -(-(frames or 0) // MANY))
