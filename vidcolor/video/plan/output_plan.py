"""The plan of an output: a value that everything after planning is done by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ...geometry import Size
from ...types import ColorTags
from .encoding import Encoding
from .matroska import display_size
from .tracks import Track


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """What will be written.

    Attributes:
        output: the finished film, or the folder of its images.
        container: libav's name of the muxer, or `place.PICTURES`.
        container_options: options of the muxer.
        encoding: encoder, options, pixel format, depth.
        width, height: coded frame size in pixels, the source's.
        chroma_size: of each chroma plane.
        source_tags: how the source's luma codes are read.
        tags: how the output's codes are to be read, nothing unspecified: depth is the output's.
        time_base: seconds per tick of the frames' pts.
        rate: frames per second (average), None where unknown.
        sample_aspect_ratio: width/height of one pixel as the container holds it, None where unset.
        display_matrix: 9 integers as the container holds them, None where there is no rotation.
        field_order: "progressive", "tff" or "bff".
        tracks: the source's other tracks that are kept, in its order.
        chapters: whether chapters are kept.
        metadata: tags of the film.
        video_metadata: tags of the colored video track.
        notes: one line for each thing that cannot be kept or that the user should know.
        names: pattern of the names of images, None where the output is one file or they have the
            source's names.
        ending: of the names of images.
        timecode: of the first frame, as it is written; None where it has none.
        held_color: matrix and range as the container says them, libav's codes; None = as `tags`.
    """

    output: Path
    container: str
    container_options: Mapping[str, str]
    encoding: Encoding
    width: int
    height: int
    chroma_size: Size
    source_tags: ColorTags
    tags: ColorTags
    time_base: Fraction
    rate: Fraction | None
    sample_aspect_ratio: Fraction | None
    display_matrix: tuple[int, ...] | None
    field_order: str
    tracks: tuple[Track, ...]
    chapters: bool
    metadata: Mapping[str, str]
    video_metadata: Mapping[str, str]
    notes: tuple[str, ...]
    names: str | None = None
    ending: str = ""
    timecode: str | None = None
    held_color: tuple[int, int] | None = None

    @property
    def luma_shift(self) -> int:
        """Bits that luma codes have more than the source's."""
        return self.encoding.depth - self.source_tags.depth

    @property
    def display_size(self) -> Size | None:
        """What a Matroska header says of the pixel aspect, None where nothing is to be said."""
        if self.container not in ("matroska", "webm") or not self.sample_aspect_ratio:
            return None
        return display_size(Size(self.width, self.height), self.sample_aspect_ratio)
