"""The encoders that films can be written with, what each can do, and which are on this machine."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import av
import av.error
from av.video.codeccontext import VideoCodecContext

from .place import IMAGES

# SVT-AV1 tells twenty lines of itself for every segment, and reads this when it is opened.
os.environ.setdefault("SVT_LOG", "1")

WITHOUT_SITING = frozenset(["ffv1", "libvpx-vp9", "libsvtav1", "prores_ks", "dnxhd", "v210"])
"""Encoders whose streams do not say where chroma samples lie; libav reads them as centered."""

WITHOUT_RANGE = frozenset(["prores_ks", "dnxhd", "v210"])
"""Encoders of editing formats, which are of limited range: full range is scaled to it."""

ALIASES: Mapping[str, str] = {
    "h264": "libx264", "x264": "libx264", "avc": "libx264", "hevc": "libx265", "h265": "libx265",
    "x265": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1", "svtav1": "libsvtav1",
    "prores": "prores_ks", "dnxhr": "dnxhd", "jpeg": "mjpeg", "jpg": "mjpeg",
}  # fmt: skip
"""Names that people know encoders by."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What an encoder can do.

    Attributes:
        depths, subsamplings: of the planar YUV it is fed with; fewer where this build of libav
            lacks some, see `available`.
        containers: that hold it.
        odd_sizes: whether 4:2:0 of odd sizes works.
        crf, max_crf: good and highest value of quality.
        stored: libav's formats that frames are converted to for it, by depth.
        lossless: whether it always is.
        carries_captions: closed captions go along with its frames.
        repeats: the same frames give the same bits on every run.
    """

    depths: tuple[int, ...]
    subsamplings: tuple[str, ...]
    containers: tuple[str, ...]
    odd_sizes: bool
    crf: int
    max_crf: int
    stored: Mapping[int, str] = field(default_factory=dict)
    lossless: bool = False
    carries_captions: bool = False
    repeats: bool = True


_ALL = (8, 9, 10, 12, 14, 16)
_MP4_KINDS = ("mp4", "mov", "matroska", "mpegts")
_PICTURE_DEPTHS = {depth: "rgb48le" for depth in _ALL} | {8: "rgb24"}
_DPX_DEPTHS = {
    8: "rgb24",
    9: "gbrp10be",
    10: "gbrp10be",
    12: "gbrp12be",
    14: "rgb48be",
    16: "rgb48be",
}
_CHIPS = ((8, 10), ("420",), ("mp4", "mov", "matroska", "mpegts"), False, 18, 51)


def _chip(eight: str, ten: str, captions: bool = True) -> Encoder:
    """An encoder in hardware, with the formats of frames that it takes."""
    return Encoder(*_CHIPS, {8: eight, 10: ten}, carries_captions=captions, repeats=False)


ENCODERS: Mapping[str, Encoder] = {
    "libx264": Encoder(
        (8, 10), ("420", "422", "444"), (*_MP4_KINDS, "avi"), False, 16, 51, carries_captions=True
    ),
    "libx265": Encoder(
        (8, 10, 12), ("420", "422", "444"), _MP4_KINDS, False, 18, 51, carries_captions=True
    ),
    "libvpx-vp9": Encoder(
        (8, 10, 12), ("420", "422", "444"), ("webm", "matroska", "mp4"), True, 20, 63
    ),
    "libsvtav1": Encoder((8, 10), ("420",), ("webm", "matroska", "mp4"), False, 20, 63),
    "ffv1": Encoder(_ALL, ("420", "422", "444"), ("matroska",), True, 0, 63, lossless=True),
    "prores_ks": Encoder((10,), ("422", "444"), ("mov", "matroska", "mxf"), True, 0, 63),
    "dnxhd": Encoder((8, 10), ("422", "444"), ("mov", "mxf"), False, 0, 63),
    "v210": Encoder((10,), ("422",), ("mov",), False, 0, 63, lossless=True),
    "png": Encoder(
        _ALL, ("444",), (*IMAGES, "gif"), True, 0, 63,
        {depth: "rgb48be" for depth in _ALL} | {8: "rgb24"}, lossless=True,
    ),
    "tiff": Encoder(_ALL, ("444",), IMAGES, True, 0, 63, _PICTURE_DEPTHS, lossless=True),
    "dpx": Encoder(_ALL, ("444",), IMAGES, True, 0, 63, _DPX_DEPTHS, lossless=True),
    "mjpeg": Encoder((8,), ("444",), IMAGES, True, 2, 31, {8: "yuvj444p"}),
    "h264_nvenc": _chip("yuv420p", "p010le"),
    "hevc_nvenc": _chip("yuv420p", "p010le"),
    "av1_nvenc": _chip("yuv420p", "p010le", captions=False),
    "h264_videotoolbox": _chip("nv12", "nv12"),
    "hevc_videotoolbox": _chip("nv12", "p010le"),
    "h264_qsv": _chip("nv12", "nv12"),
    "hevc_qsv": _chip("nv12", "p010le"),
    "av1_qsv": _chip("nv12", "p010le", captions=False),
    "h264_amf": _chip("nv12", "nv12"),
    "hevc_amf": _chip("nv12", "p010le"),
}  # fmt: skip


def available(codec: str) -> Encoder | None:
    """An encoder with the depths and subsamplings that it has on this machine, None = it is not.

    An encoder in hardware is asked for a frame: it may be known and not there.
    """
    known = ENCODERS.get(codec)
    formats = formats_of(codec)
    if known is None or not formats:
        return None
    if not known.repeats and not _opens(codec, known.stored[8]):
        return None
    if known.stored:
        return known
    depths = tuple(
        d for d in known.depths if any(pixel_format(s, d) in formats for s in known.subsamplings)
    )
    kinds = tuple(
        s for s in known.subsamplings if any(pixel_format(s, d) in formats for d in depths)
    )
    fields = {name: getattr(known, name) for name in Encoder.__slots__}
    return Encoder(**fields | {"depths": depths, "subsamplings": kinds}) if depths else None


def available_codecs() -> list[str]:
    """Names of all encoders that a run can use on this machine."""
    return [codec for codec in ENCODERS if available(codec) is not None]


def pixel_format(subsampling: str, depth: int) -> str:
    """libav's name of a planar YUV format."""
    return f"yuv{subsampling}p" + (f"{depth}le" if depth > 8 else "")


@functools.lru_cache(maxsize=64)
def formats_of(codec: str) -> frozenset[str]:
    """Formats that an encoder takes in this build of libav, empty where it is not there."""
    try:
        return frozenset(f.name for f in av.Codec(codec, "w").video_formats or ())
    except ValueError:
        return frozenset()


@functools.lru_cache(maxsize=32)
def _opens(codec: str, pix_fmt: str) -> bool:
    """Whether an encoder codes a frame here."""
    try:
        context = av.CodecContext.create(codec, "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = 256, 256, pix_fmt
        context.time_base = Fraction(1, 25)
        frame = av.VideoFrame(256, 256, pix_fmt)
        frame.pts = 0
        return bool([*context.encode(frame), *context.encode(None)])
    except (av.error.FFmpegError, ValueError, OSError):
        return False
