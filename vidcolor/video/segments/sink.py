"""Encodes colored frames: luma as it came, chroma as computed, timestamps to the tick."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

import av
import av.error
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from ...errors import MediaError, VidcolorError
from ...types import Frame
from ..plan.header import add_encoder, segment_format
from ..read.containers import libav_name, reason
from ..read.fields import FieldMarker
from .levels import luma_table
from .rgb import RgbConverter
from .user_data import with_user_data

if TYPE_CHECKING:
    from ..plan.plan import OutputPlan

_REORDER = 64  # frames by which no encoder decodes ahead
_FULL_DISK = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


class SegmentWriter:
    """Encodes consecutive frames into one file that stands on its own, a NUT file as a rule.

    NUT keeps timestamps in any time base, but moves all of them where decoding times would be
    negative; `first_pts` says where they belong.

        with SegmentWriter(plan, path) as writer:
            writer.write(frame, u, v)

    Leaving the context without an error finishes the file.

    Attributes:
        path: the file written.
        first_frame: number of the first frame written, None before it.
        frames: frames written so far.
        first_pts, last_pts: pts of the first and the last frame, in ticks of `plan.time_base`.
        is_intact: nothing had to be repaired in reading up to the last frame.
        reorder: after `close`: frames by which decoding runs ahead of presentation.
    """

    def __init__(self, plan: OutputPlan, path: Path) -> None:
        self.path = path
        self.first_frame: int | None = None
        self.frames = 0
        self.first_pts = self.last_pts = 0
        self.is_intact = True
        self.reorder = 0
        self._plan = plan
        self._dtype = np.dtype("u1" if plan.encoding.depth == 8 else "<u2")
        self._pts: list[int] = []
        self._coded_pts: list[int] = []
        self._user_data: dict[int, tuple[bytes, ...]] = {}
        self._last_dts: int | None = None
        self._least_dts = 0
        try:
            self._file = av.open(libav_name(path), "w", format=segment_format(plan))
            self._stream = add_encoder(self._file, plan)
        except (av.error.FFmpegError, OSError) as err:
            raise write_error(err, path) from err
        self._fields = FieldMarker(plan.field_order)
        stored = plan.encoding.stored
        self._rgb = RgbConverter(stored, plan.tags) if stored and plan.encoding.is_rgb else None
        self._luma = luma_table(plan.source_tags, plan.tags)

    def __enter__(self) -> SegmentWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def write(self, frame: Frame, u: np.ndarray, v: np.ndarray) -> None:
        """Encodes one frame.

        Args:
            frame: luma `(H, W)`, uint8 or uint16 as the source has it; pts later than the last.
            u, v: chroma codes `(plan.chroma_size[1], plan.chroma_size[0])`, uint8, or uint16 where
                `plan.encoding.depth` is above 8.

        Raises:
            MediaError: the disk is full or the file cannot be written.
            ValueError: wrong shape, wrong dtype, or a pts that does not increase.
        """
        if self._pts and frame.pts <= self.last_pts:
            raise ValueError(f"pts must increase: {frame.pts} after {self.last_pts}")
        picture = self._picture(frame, u, v)
        if frame.user_data and self._plan.encoding.carries_captions:
            self._user_data[frame.pts] = frame.user_data
        try:
            self._mux(picture)
        except (av.error.FFmpegError, OSError) as err:
            raise write_error(err, self.path) from err
        if self.first_frame is None:
            self.first_frame, self.first_pts = frame.index, frame.pts
        self.last_pts, self.is_intact = frame.pts, frame.is_intact
        self._pts.append(frame.pts)
        self.frames += 1

    def close(self) -> None:
        """Finishes the file.

        Raises:
            MediaError: the disk is full or the file cannot be written.
        """
        try:
            if self.frames:
                self._mux(None)
            self._file.close()
        except (av.error.FFmpegError, OSError) as err:
            raise write_error(err, self.path) from err
        rank = {pts: n for n, pts in enumerate(self._pts)}
        if sorted(self._coded_pts) != self._pts or self._coded_pts[:1] != self._pts[:1]:
            raise MediaError(f"{self.path}: the encoder lost frames or changed their times")
        self.reorder = max((n - rank[p] for n, p in enumerate(self._coded_pts)), default=0)

    def abort(self) -> None:
        """Closes and removes the file."""
        with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _mux(self, picture: VideoFrame | None) -> None:
        for packet in self._stream.encode(picture):
            assert packet.pts is not None
            packet.dts = self._decoding_time(packet)
            ticks = packet.pts * packet.time_base / self._plan.time_base
            self._coded_pts.append(int(ticks))
            messages = self._user_data.pop(int(ticks), None)
            if messages is not None:
                packet = self._with_messages(packet, messages)
            self._file.mux(packet)

    def _with_messages(self, packet: Packet, messages: tuple[bytes, ...]) -> Packet:
        made = Packet(with_user_data(bytes(packet), self._plan.encoding.codec, messages))
        made.stream, made.time_base = packet.stream, packet.time_base
        made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
        made.is_keyframe = packet.is_keyframe
        return made

    def _decoding_time(self, packet: Packet) -> int:
        """The encoder's, or a possible one: x265 now and then says nonsense of the last frames.

        It is for the muxer of the segment only; those of the film are made anew.
        """
        pts, dts, last = cast(int, packet.pts), packet.dts, self._last_dts
        step = max(1, round(1 / ((self._plan.rate or 25) * packet.time_base)))
        least = (pts if last is None else self._least_dts) - _REORDER * step
        if dts is None or not least <= dts <= pts or (last is not None and dts <= last):
            dts = least if last is None else min(pts, last + 1)
        if last is None:
            self._least_dts = pts
        self._last_dts = dts
        return dts

    def _picture(self, frame: Frame, u: np.ndarray, v: np.ndarray) -> VideoFrame:
        plan = self._plan
        luma = frame.y
        if luma.shape != (plan.height, plan.width):
            raise ValueError(f"{luma.shape = }, not {(plan.height, plan.width)}")
        if self._luma is not None:
            luma = self._luma[luma]
        picture = self._planes(luma, u, v)
        if self._rgb is not None:
            picture = self._rgb.convert(luma, u, v)
        else:
            if plan.encoding.stored is not None:
                picture = picture.reformat(format=plan.encoding.stored, threads=1)
            picture.color_range = 2 if plan.tags.full_range else 1
            picture.colorspace = plan.tags.colorspace
        picture.pts, picture.time_base = frame.pts, plan.time_base
        return self._fields.mark(picture)

    def _planes(self, luma: np.ndarray, u: np.ndarray, v: np.ndarray) -> VideoFrame:
        plan = self._plan
        picture = VideoFrame(plan.width, plan.height, plan.encoding.pix_fmt)
        for plane, codes in zip(picture.planes, (luma, u, v), strict=True):
            if codes.dtype != self._dtype or codes.shape != (plane.height, plane.width):
                raise ValueError(
                    f"plane {codes.dtype}{codes.shape}, not "
                    f"{self._dtype}{(plane.height, plane.width)}"
                )
            width = plane.line_size // codes.dtype.itemsize
            rows = np.frombuffer(memoryview(plane), self._dtype).reshape(-1, width)
            rows[: plane.height, : plane.width] = codes
        return picture


def write_error(err: BaseException, path: Path) -> VidcolorError:
    """An error of writing `path` in one line."""
    number = getattr(err, "errno", None)
    if number in _FULL_DISK:
        return MediaError(
            f"no space left in {path.absolute().parent}",
            hint="free some space and run the same command again: it goes on where it stopped",
        )
    return MediaError(f"{path}: cannot be written ({reason(err)})")
