"""The film as a stream of frames: luma untouched, every timestamp as in the file."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from av.video.frame import VideoFrame

from ...config import End, ImageName
from ...errors import ConfigError, MediaError
from ...terminal import count as counted
from ...timecode import Timecode, as_clock
from ...types import Anchor, Frame
from .clock import Clock
from .containers import check_size
from .decoding import PictureDecoder
from .deinterlacing import deinterlaced
from .folder import find_pictures, image_number, is_picture_folder
from .frame_index import FrameIndex, index_packets, index_pictures
from .info import info_notes, missing_end, read_info
from .luma import LumaReader, luma_layout
from .seeking import jump_behind, jump_to
from .user_data import read_user_data


class _Fields(NamedTuple):
    """Pictures are deinterlaced in this order of fields; None = as each is marked."""

    order: str | None


class FrameSource(Iterator[Frame]):
    """Reads a film, or a range of it, frame by frame. A context manager; can be read once.

        with FrameSource(path, start=100) as source:
            for frame in source: ...
            print(source.notes)

    Args:
        path: the film.
        start: first frame, as number, time or time code; for a time the first frame shown at it
            or later. Needs a pass over the file's packets, without decoding them.
        end: the frame after the last one, in the same way. Costs nothing.
        first_frame: number of the first frame wanted of the range. Frames before it are decoded
            and dropped, which is right for every file.
        rate: frames a second where the film has no times of its own: numbered pictures, raw
            streams.
        anchor: a place at or before `first_frame` where reading can begin: the source then jumps
            there instead of decoding everything before it, if the file allows that.
        chroma_every: every so many frames, the film's own chroma is given too; 0 = never.
        deinterlace: interlaced images are made progressive, one for each.
        measured_fields: order of fields of a film whose file does not mark it, "progressive",
            "tff" or "bff"; used with `deinterlace`.

    Attributes:
        info: what is known of the picture track; its `frame_count` is of the range, whatever
            `first_frame` is.

    Raises:
        MediaError: the file cannot be read, has no pictures, or the range holds none.
    """

    def __init__(
        self,
        path: Path | str,
        start: End | None = None,
        end: End | None = None,
        first_frame: int | None = None,
        *,
        anchor: Anchor | None = None,
        chroma_every: int = 0,
        deinterlace: bool = False,
        measured_fields: str = "progressive",
        rate: Fraction | None = None,
    ) -> None:
        self._path = Path(path)
        self._rate = rate
        folder_notes: tuple[str, ...] = ()
        if is_picture_folder(self._path):
            folder = find_pictures(self._path)
            folder.check()
            folder_notes = folder.notes
        self._end: int | Fraction | None = None
        self._chroma_every = chroma_every
        self._lock = Lock()
        self._decoder = PictureDecoder(self._path, rate)
        try:
            self._pictures = self._decoder.pictures()
            first = self._decode_first()
            if rate is not None and first.pts is None:
                self._decoder.rate = rate
            self.info = read_info(self._path, self._decoder, first)
            self._fields, field_notes = self._choose_fields(first, deinterlace, measured_fields)
            self._start_notes = [
                *folder_notes,
                *info_notes(self.info, self._decoder),
                *field_notes,
            ]
            if rate is not None and self.info.rate != rate:
                self._start_notes.append("--fps has no effect: the film has times of its own")
            self._number = 0  # of the picture decoded next
            self._clock = self._new_clock()
            begin, self._end = self._counted(start), self._counted(end)
            index = self._go_to_start(begin, first.pts) if begin else None
            self._check_range(index)
            self._from = max(self.info.first_frame, first_frame or 0)
            if anchor is not None:
                self._jump_behind(anchor)
        except BaseException:
            self._decoder.close()
            raise
        self._luma = LumaReader(
            self.info.width, self.info.height, luma_layout(self.info.pix_fmt), self.info.tags
        )
        self._resized_at: Fraction | None = None
        self._end_warnings: list[str] = []
        self._frames = self._read()

    def __next__(self) -> Frame:
        with self._lock:
            return next(self._frames)

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; frames already handed out stay valid."""
        # A thread may be reading: a file closed under a decoder at work takes the process down.
        with self._lock:
            self._frames.close()
            self._decoder.close()

    @property
    def notes(self) -> list[str]:
        """What a person should know of this film, one line each; complete after the last frame."""
        return self._start_notes + self._clock.notes()

    @property
    def warnings(self) -> list[str]:
        """What is damaged or missing, one line each; complete after the last frame."""
        resized = []
        if self._resized_at is not None:
            size = f"{self.info.width}x{self.info.height}"
            resized = [f"picture size changes at {as_clock(self._resized_at)}: scaled to {size}"]
        return resized + self._decoder.warnings() + self._end_warnings

    @property
    def damaged(self) -> list[float]:
        """Seconds from the film's start at which frames are damaged; complete likewise."""
        return [float(time) for time in self._decoder.damaged_times()]

    @property
    def is_intact(self) -> bool:
        """Whether nothing had to be mended so far: no damage, timestamps and size as they are."""
        return not (self.warnings or self._clock.notes())

    def _read(self) -> Generator[Frame, None, None]:
        pts = None
        pictures = self._pictures
        if self._fields is not None:
            pictures = deinterlaced(pictures, self._luma, self._fields.order)
        for picture in pictures:
            pts = self._clock.stamp(picture.pts)
            number, self._number = self._number, self._number + 1
            if self._is_past_end(number, pts):
                return
            if number < self._from:
                continue
            if self._resized_at is None and not self._luma.fits(picture):
                self._resized_at = self._clock.seconds(pts)
            check_size(self._path, picture.width, picture.height)
            yield Frame(
                index=number,
                pts=pts,
                y=self._luma.read(picture),
                chroma=self._luma.read_chroma(picture) if self._wants_chroma(number) else None,
                is_damaged=picture.is_corrupt,
                is_intact=self.is_intact,
                user_data=read_user_data(picture),
            )
        if pts is not None:
            self._end_warnings = missing_end(self._decoder, self.info, self._number, pts)

    def _wants_chroma(self, number: int) -> bool:
        return self._chroma_every > 0 and number % self._chroma_every == 0

    def _is_past_end(self, number: int, pts: int) -> bool:
        if self._end is None:
            return False
        if isinstance(self._end, int):
            return number >= self._end
        return self._clock.seconds(pts) >= self._end

    def _decode_first(self) -> VideoFrame:
        first = next(self._pictures, None)
        if first is None:
            raise MediaError(
                f"{self._path}: no picture could be decoded",
                hint="the file may be damaged, encrypted or cut off right after its beginning",
            )
        self._pictures = chain([first], self._pictures)
        return first

    def _choose_fields(
        self, first: VideoFrame, wanted: bool, measured: str
    ) -> tuple[_Fields | None, list[str]]:
        """How pictures are deinterlaced, None = not at all; `info` then is of the result."""
        if not wanted:
            return None, []
        order = self.info.field_order
        if order != "progressive":
            # pictures that are marked one by one may be progressive in between
            says_itself = first.interlaced_frame and self.info.pix_fmt == self.info.luma_format
            fields = _Fields(None if says_itself else order)
            notes = [f"deinterlaced ({order}, as marked in the file)"]
        else:
            order = measured
            if order == "progressive":
                return None, ["no interlaced picture found: nothing was deinterlaced"]
            fields, notes = _Fields(order), [f"deinterlaced ({order}, as measured: not marked)"]
        self.info = replace(self.info, field_order="progressive")
        return fields, notes

    def _new_clock(self) -> Clock:
        return Clock(self.info.time_base, self.info.rate, self.info.start_time)

    def _counted(self, position: End | None) -> int | Fraction | None:
        """A time code, or the name of an image, as the number of its frame.

        Raises:
            ConfigError: the film has no time code or no such image, or begins later.
        """
        if isinstance(position, ImageName):
            return image_number(self._path, position)
        if not isinstance(position, Timecode):
            return position
        begin, rate = self.info.timecode, self.info.rate
        if begin is None or rate is None:
            raise ConfigError(
                f"the film has no time code: {position} cannot be found",
                hint="give a frame number (120) or a time (12.5s, 1:02)",
            )
        asked = replace(position, drop=begin.drop)
        number = asked.number(rate) - begin.number(rate)
        if number < 0:
            raise ConfigError(
                f"{position} is before the film's first time code {begin}",
                hint="a position without time code counts from the film's start",
            )
        return number

    def _go_to_start(self, start: int | Fraction, first_pts: int | None) -> FrameIndex:
        """Stands before the first frame of the range, by a checked jump or from the beginning."""
        index = index_packets(self._path, first_pts, self._rate)
        if index is not None:
            number = index.number(start)
            self.info = replace(self.info, first_frame=number)
            if number >= len(index):
                return index
            number = max(0, number - self._lead)
            pictures = jump_to(self._decoder, index, number)
            if pictures is not None:
                self._pictures, self._number = pictures, number
                return index
        index = index_pictures(self._path, self._rate)
        self._rewind()
        self.info = replace(self.info, first_frame=index.number(start))
        return index

    def _check_range(self, index: FrameIndex | None) -> None:
        """Refuses ranges without a frame and corrects the number of frames to be expected."""
        first, count = self.info.first_frame, self.info.frame_count
        if index is not None:
            count = len(index)
            if first >= count:
                until = as_clock(index.shown(-1))
                if self.info.timecode is not None and self.info.rate is not None:
                    until += f" ({self.info.timecode.moved(count - 1, self.info.rate)})"
                hint = f"the film has {counted(count, 'frame')}, the last one is shown at {until}"
                if is_picture_folder(self._path):
                    names = find_pictures(self._path).names
                    hint += f"; frames count from 0, and names of images will do: {names}"
                raise MediaError(f"{self._path}: the range begins behind the last frame", hint=hint)
        end: int | None = None
        if index is not None and self._end is not None:
            end = index.number(self._end)
        elif isinstance(self._end, int):
            end = self._end
        elif self._end is not None and self.info.rate is not None:
            end = -int(-self._end * self.info.rate // 1)
        if end is not None:
            if end <= first:
                raise MediaError(f"{self._path}: the range holds no frame")
            count = end if count is None else min(count, end)
        if count is not None:
            self.info = replace(self.info, frame_count=max(0, count - first))

    def _jump_behind(self, anchor: Anchor) -> None:
        pts = anchor.after_pts
        pictures = jump_behind(self._decoder, pts - self._lead)
        if pictures is not None and self._lead:
            before = next(pictures, None)
            pictures = None if before is None or before.pts != pts else chain([before], pictures)
        if pictures is None:
            self._rewind()
            return
        self._pictures, self._number = pictures, anchor.frame - self._lead

    @property
    def _lead(self) -> int:
        """Pictures needed before the first one wanted."""
        return 0 if self._fields is None else 1

    def _rewind(self) -> None:
        self._decoder.close()
        self._decoder = PictureDecoder(self._path, self._rate)
        self._pictures, self._number = self._decoder.pictures(), 0
