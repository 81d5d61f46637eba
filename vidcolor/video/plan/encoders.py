"""Which encoder writes a film: it must hold the luma codes as they are, at the size they have."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from av.video.codeccontext import VideoCodecContext

from ...config import EncodeConfig
from ...errors import ConfigError
from ...types import VideoInfo
from ..read import hdr
from .place import PICTURES

WITHOUT_SITING = frozenset(["ffv1", "libvpx-vp9"])
"""Encoders whose streams do not say where chroma samples lie; libav reads them as centerd."""

_PRESETS = (
    "ultrafast", "superfast", "veryfast", "faster", "fast",
    "medium", "slow", "slower", "veryslow", "placebo",
)  # fmt: skip
# Encoders work on several frames at once and their output depends on how many: a number taken
# from the machine would make two runs of the same film differ.
_THREADS = "4"
# With AVX-512, x264's macroblock tree reads memory that nobody wrote where the frame is not a
# multiple of 128 pixels wide: every run comes out different (seen with x264 165). AVX2 is as fast.
_NO_AVX512 = "asm=avx2,fma3,bmi2,lzcnt"


@dataclass(frozen=True, slots=True)
class _Encoder:
    """What an encoder can do: depths and subsamplings it takes, containers that hold it."""

    depths: tuple[int, ...]
    subsamplings: tuple[str, ...]
    containers: tuple[str, ...]
    odd_sizes: bool
    crf: int
    max_crf: int


_ENCODERS: Mapping[str, _Encoder] = {
    "libx264": _Encoder(
        (8, 10), ("420", "422", "444"), ("mp4", "mov", "matroska", "mpegts", "avi"), False, 16, 51
    ),
    "libx265": _Encoder(
        (8, 10, 12), ("420", "422", "444"), ("mp4", "mov", "matroska", "mpegts"), False, 18, 51
    ),
    "libvpx-vp9": _Encoder((8,), ("420", "422", "444"), ("webm", "matroska", "mp4"), True, 20, 63),
    "ffv1": _Encoder((8, 9, 10, 12, 14, 16), ("420", "422", "444"), ("matroska",), True, 0, 63),
    "png": _Encoder((8, 9, 10, 12, 14, 16), ("444",), (PICTURES, "gif"), True, 0, 63),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder with all that is set on it.

    Attributes:
        codec: libav's name of the encoder.
        options: its options.
        pix_fmt: planar YUV format it is fed with.
        depth: bits per code of `pix_fmt`, never less than the source's.
        notes: what the user should know of the choice, one line each.
        stored: RGB format that pictures are turned into for the encoder, None = none.
    """

    codec: str
    options: Mapping[str, str]
    pix_fmt: str
    depth: int
    notes: tuple[str, ...] = field(default=())
    stored: str | None = None


def choose_encoding(info: VideoInfo, container: str, encode: EncodeConfig) -> Encoding:
    """The encoder for a film and a container.

    More than 8 bits go to HEVC by default, the deepest format players know; more than 12 to FFV1.

    Raises:
        ConfigError: unknown codec, or one that cannot hold the film or be held by the container.
    """
    codec = encode.codec if encode.codec != "auto" else _default_codec(info, container)
    encoder = _ENCODERS.get(codec)
    if encoder is None:
        raise ConfigError(
            f"unknown codec {codec!r}", hint=f"codecs that work: {', '.join(_ENCODERS)}"
        )
    if container not in encoder.containers:
        fitting = [c for c, e in _ENCODERS.items() if container in e.containers]
        raise ConfigError(
            f"{codec} does not fit into {container}",
            hint=f"codecs that fit: {', '.join(fitting)}; {codec} fits .mkv",
        )
    wanted = _least_depth(info)
    depth = min((d for d in encoder.depths if d >= wanted), default=None)
    if depth is None:
        needs = f"the film has {wanted}" if wanted == info.tags.depth else f"HDR needs {wanted}"
        raise ConfigError(
            f"{codec} holds at most {max(encoder.depths)} bits, {needs}", hint=_deeper(wanted)
        )
    subsampling, notes = _subsampling(info, encoder)
    if codec == "libx264" and _splits_chroma_lines(info, subsampling):
        subsampling = "422"
        notes.append(
            f"interlaced with {info.height} lines: stored as 4:2:2, which some players cannot "
            "show; --deinterlace allows 4:2:0"
        )
    if depth != info.tags.depth:
        notes.append(f"luma of {info.tags.depth} bits is stored in {depth} bits without loss")
    options, option_notes = _options(codec, encoder, encode, info)
    if container == "avi":
        options["bf"] = "0"  # AVI shows pictures in the order in which they come
    pix_fmt = f"yuv{subsampling}p" + (f"{depth}le" if depth > 8 else "")
    stored = ("rgb24" if depth == 8 else "rgb48be") if codec == "png" else None
    return Encoding(codec, options, pix_fmt, depth, (*notes, *option_notes), stored)


def open_encoder(
    context: VideoCodecContext, encoding: Encoding, width: int, height: int, rate: Fraction | None
) -> None:
    """Sets size, format and options on an encoder that is not yet open."""
    context.width, context.height = width, height
    context.pix_fmt = encoding.stored or encoding.pix_fmt
    context.framerate = rate or Fraction(25)
    options = dict(encoding.options)
    if encoding.codec == "libx264" and _has_avx512():
        options["x264-params"] = ":".join(
            part for part in (options.get("x264-params"), _NO_AVX512) if part
        )
    context.options = options


@functools.lru_cache(maxsize=1)
def _has_avx512() -> bool:
    """Whether x264 would use AVX-512 here. NumPy knows the processor on every system."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        with contextlib.suppress(ImportError, AttributeError):
            features = importlib.import_module(name).__cpu_features__
            return bool(features.get("AVX512_SKX") or features.get("AVX512F"))
    return False


def _default_codec(info: VideoInfo, container: str) -> str:
    if container == "webm":
        return "libvpx-vp9"
    if container in (PICTURES, "gif"):
        return "png"
    depth = _least_depth(info)
    if depth <= 8:
        return "libx264"
    return "libx265" if depth <= 12 else "ffv1"


def _least_depth(info: VideoInfo) -> int:
    """Bits that hold the film's luma; HDR curves show steps in fewer than 10."""
    return max(info.tags.depth, 10) if info.tags.transfer in hdr.TRANSFERS else info.tags.depth


def _deeper(depth: int) -> str:
    return "write .mkv with --codec " + ("libx265" if depth <= 12 else "ffv1")


def _subsampling(info: VideoInfo, encoder: _Encoder) -> tuple[str, list[str]]:
    """Chroma at least as fine as the source's; gray gets 4:2:0, which every player knows."""
    right, down = info.chroma_shift if info.chroma_shift is not None else (1, 1)
    wanted = "420" if right >= 1 and down >= 1 else ("422" if right >= 1 else "444")
    if encoder.odd_sizes:
        return wanted if wanted in encoder.subsamplings else "444", []
    odd = (wanted != "444" and info.width % 2) or (wanted == "420" and info.height % 2)
    if not odd:
        return wanted, []
    return "444", [
        f"{info.width}x{info.height} is an odd size: stored as 4:4:4 to keep every pixel, "
        "which some players cannot show"
    ]


def _splits_chroma_lines(info: VideoInfo, subsampling: str) -> bool:
    """Whether the fields of an interlaced film would not get as many lines of 4:2:0 each."""
    return info.field_order != "progressive" and subsampling == "420" and info.height % 4 != 0


def _options(
    codec: str, encoder: _Encoder, encode: EncodeConfig, info: VideoInfo
) -> tuple[dict[str, str], list[str]]:
    if encode.preset not in _PRESETS:
        raise ConfigError(
            f"unknown preset {encode.preset!r}", hint=f"presets: {', '.join(_PRESETS)}"
        )
    crf = encoder.crf if encode.crf is None else encode.crf
    if crf > encoder.max_crf:
        raise ConfigError(f"--crf {crf} is outside 0..{encoder.max_crf} of {codec}")
    interlaced = info.field_order != "progressive"
    notes = []
    if hdr.has_hdr_data(info) and codec not in ("libx264", "libx265"):
        notes.append(
            f"{codec} does not carry HDR light levels and mastering display; --codec libx265 does"
        )
    if interlaced and codec not in ("libx264", "ffv1"):
        notes.append(f"{codec} does not mark frames as interlaced; --codec libx264 does")
    if codec == "libx264":
        # crf 0 is only lossless at 8 bits, qp 0 at every depth
        options = {"preset": encode.preset, "threads": _THREADS}
        options |= {"qp": "0"} if crf == 0 else {"crf": str(crf)}
        parameters = hdr.encoder_parameters(info, "mastering-display", "cll")
        if interlaced:
            options["flags"] = "+ilme+ildct"
            parameters.append(f"{info.field_order}=1")
        if parameters:
            options["x264-params"] = ":".join(parameters)
        return options, notes
    if codec == "libx265":
        # an open GOP would let the first frames of a segment refer to the one before it
        parameters = ["log-level=none", "open-gop=0", "frame-threads=1"]
        parameters.append("lossless=1" if crf == 0 else f"crf={crf}")
        parameters += hdr.encoder_parameters(info, "master-display", "max-cll")
        options = {"preset": encode.preset, "x265-params": ":".join(parameters)}
    elif codec == "libvpx-vp9":
        options = {"threads": _THREADS, "row-mt": "1", "deadline": "good", "cpu-used": "2"}
        options |= {"lossless": "1"} if crf == 0 else {"crf": str(crf), "b": "0"}
    elif codec == "png":
        options = {"threads": _THREADS, "compression_level": "3", "pred": "up"}
    else:
        options = {"level": "3", "slicecrc": "1", "threads": _THREADS}
        if encode.crf:
            notes.append(f"ffv1 is always lossless: --crf {encode.crf} has no effect")
    return options, notes
