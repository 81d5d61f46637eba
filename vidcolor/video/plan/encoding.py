"""Which encoder writes a film: it must hold the luma codes as they are, at the size they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from av.video.codeccontext import VideoCodecContext

from ...config import EncodeConfig
from ...errors import ConfigError
from ...types import VideoInfo
from ..read import hdr
from ..read.luma import luma_layout
from . import encoder_options
from .encoders import (
    ALIASES,
    ENCODERS,
    WITHOUT_RANGE,
    Encoder,
    available,
    available_codecs,
    formats_of,
    pixel_format,
)
from .place import IMAGES, PICTURE_CODECS

_FOR_PLAYERS = ("mp4", "mov", "webm", "mpegts", "avi")
_ONLY_ON_GPUS = ("_vaapi", "_vulkan", "_d3d12va")  # PyAV cannot hand frames to these


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder with all that is set on it.

    Attributes:
        codec: libav's name of the encoder.
        options: its options.
        pix_fmt: planar YUV format it is fed with.
        depth: bits per code of `pix_fmt`, as a rule not less than the source's.
        notes: what the user should know of the choice, one line each.
        stored: format that frames are turned into for the encoder, None = none.
    """

    codec: str
    options: Mapping[str, str]
    pix_fmt: str
    depth: int
    notes: tuple[str, ...] = field(default=())
    stored: str | None = None

    @property
    def is_rgb(self) -> bool:
        """Whether frames are stored as RGB, or as JPEG has them, with tags of their own."""
        return self.stored is not None and self.stored not in ("p010le", "nv12", "yuv420p")

    @property
    def carries_captions(self) -> bool:
        """Whether closed captions go along with the frames."""
        return ENCODERS[self.codec].carries_captions


def choose_encoding(
    info: VideoInfo, container: str, encode: EncodeConfig, ending: str = ""
) -> Encoding:
    """The encoder for a film and a container.

    More than 8 bits go to HEVC by default, the deepest format players know; more than 12 to FFV1
    where the container holds it, else they are reduced.

    Args:
        info: of the film.
        container: libav's name of the muxer, or one of `place.IMAGES`.
        encode: settings.
        ending: of the images' names.

    Raises:
        ConfigError: unknown codec, or one that cannot hold the film or be held by the container.
    """
    codec = ALIASES.get(encode.codec, encode.codec)
    if codec == "auto":
        codec = _default_codec(info, container, encode, ending)
    encoder = _encoder(codec, container, ending)
    depth, notes = _depth(info, codec, encoder, container, encode)
    subsampling, subsampling_notes = _subsampling(info, encoder, codec, depth, container)
    notes += subsampling_notes
    if codec == "libx264" and _splits_chroma_lines(info, subsampling):
        subsampling = "422"
        notes.append(
            f"interlaced with {info.height} lines: stored as 4:2:2, which some players cannot "
            "show; --deinterlace allows 4:2:0"
        )
    if codec in WITHOUT_RANGE and info.tags.full_range:
        notes.append(f"{codec} is of limited range: the film's full range is scaled to it")
    if not encoder.repeats:
        notes.append(f"{codec} works in hardware: a resumed run is not bit-identical")
    options, option_notes = encoder_options.options(
        codec, encoder, encode, info, subsampling, depth
    )
    if container == "avi":
        options["bf"] = "0"  # AVI shows pictures in the order in which they come
    return Encoding(
        codec,
        options,
        pixel_format(subsampling, depth),
        depth,
        (*notes, *option_notes),
        encoder.stored.get(depth),
    )


def open_encoder(
    context: VideoCodecContext, encoding: Encoding, width: int, height: int, rate: Fraction | None
) -> None:
    """Sets size, format and options on an encoder that is not yet open."""
    context.width, context.height = width, height
    context.pix_fmt = encoding.stored or encoding.pix_fmt
    context.framerate = rate or Fraction(25)
    context.options = encoder_options.for_this_processor(encoding.codec, encoding.options)


def _encoder(codec: str, container: str, ending: str) -> Encoder:
    """The encoder of that name, if this machine has it and the container holds it.

    Raises:
        ConfigError: otherwise.
    """
    encoder = available(codec)
    if encoder is None:
        problem = f"unknown codec {codec!r}"
        if codec in ENCODERS:
            problem = f"codec {codec!r} is not available on this machine"
        elif codec.endswith(_ONLY_ON_GPUS):
            problem = f"codec {codec!r} takes frames from the memory of a GPU alone: not supported"
        raise ConfigError(problem, hint=f"codecs that work: {', '.join(available_codecs())}")
    if container not in encoder.containers or (
        container in IMAGES and codec != PICTURE_CODECS.get(ending, codec)
    ):
        where = f"{ending} images" if container in IMAGES else container
        fitting = [c for c in available_codecs() if container in ENCODERS[c].containers]
        if container in IMAGES:
            fitting = [PICTURE_CODECS.get(ending, "png")]
        raise ConfigError(
            f"{codec} does not fit into {where}",
            hint=f"codecs that fit: {', '.join(fitting)}" + _fitting_container(codec),
        )
    return encoder


def _fitting_container(codec: str) -> str:
    endings = {"matroska": ".mkv", "mov": ".mov", "webm": ".webm"}
    fits = next((e for c, e in endings.items() if c in ENCODERS[codec].containers), None)
    return f"; {codec} fits {fits}" if fits else ""


def _default_codec(info: VideoInfo, container: str, encode: EncodeConfig, ending: str) -> str:
    if container in IMAGES:
        return PICTURE_CODECS.get(ending, "png")
    if container == "gif":
        return "png"
    depth = _wanted_depth(info, encode)
    if container == "webm":
        vp9 = available("libvpx-vp9")
        is_deep = vp9 is None or depth > max(vp9.depths)
        return "libsvtav1" if is_deep and available("libsvtav1") else "libvpx-vp9"
    if container == "mxf":
        return "dnxhd"
    if depth <= 8 or container == "avi":
        return "libx264"
    return "libx265" if depth <= 12 or container != "matroska" else "ffv1"


def _wanted_depth(info: VideoInfo, encode: EncodeConfig) -> int:
    """Bits that hold the film's luma, or as many as asked for; HDR shows steps in fewer than 10."""
    least = 10 if info.tags.transfer in hdr.TRANSFERS else 8
    return max(encode.depth or info.tags.depth, least)


def _depth(
    info: VideoInfo, codec: str, encoder: Encoder, container: str, encode: EncodeConfig
) -> tuple[int, list[str]]:
    """Bits of the output and what is to be said of them.

    Scans of more bits than any encoder of films holds are reduced; others are refused, for their
    luma is promised to stay.

    Raises:
        ConfigError: the encoder holds fewer bits than the film has.
    """
    wanted, own = _wanted_depth(info, encode), info.tags.depth
    depth = min((d for d in encoder.depths if d >= wanted), default=None)
    if depth is None and (own > 12 or luma_layout(info.pix_fmt).from_rgb or encoder.stored):
        depth = max(encoder.depths)
    if depth is None:
        needs = f"the film has {wanted}" if wanted == own else f"HDR needs {wanted}"
        raise ConfigError(
            f"{codec} holds at most {max(encoder.depths)} bits, {needs}",
            hint=_deeper(wanted, container, codec),
        )
    if depth > own:
        return depth, [f"luma of {own} bits is stored in {depth} bits without loss"]
    if depth < own:
        return depth, [
            f"luma of {own} bits is reduced to {depth} bits: {2**depth} of {2**own} levels remain; "
            ".mkv with --codec ffv1 keeps them all"
        ]
    return depth, []


def _deeper(depth: int, container: str, codec: str) -> str:
    av1 = available("libsvtav1")
    if codec == "libvpx-vp9" and av1 is not None and depth <= max(av1.depths):
        return "use --codec av1; deeper VP9 is lacking in this build of FFmpeg"
    codec = "libx265" if depth <= 12 else "ffv1"
    if container in ENCODERS[codec].containers:
        return f"use --codec {codec}"
    return f"write .mkv with --codec {codec}"


def _subsampling(
    info: VideoInfo, encoder: Encoder, codec: str, depth: int, container: str
) -> tuple[str, list[str]]:
    """Chroma at least as fine as the source's; gray gets 4:2:0, which every player knows.

    So does RGB in containers for players: what is to be seen there must be seen everywhere.
    """
    right, down = info.chroma_shift if info.chroma_shift is not None else (1, 1)
    if container in _FOR_PLAYERS and luma_layout(info.pix_fmt).from_rgb:
        right, down = 1, 1
    wanted = "420" if right >= 1 and down >= 1 else ("422" if right >= 1 else "444")
    formats = formats_of(codec)
    there = [s for s in encoder.subsamplings if encoder.stored or pixel_format(s, depth) in formats]
    finer = [s for s in there if int(s) >= int(wanted)]
    if not finer:
        finest = max(there)
        fine, coarse = (f"4:{s[1]}:{s[2]}" for s in (wanted, finest))
        return finest, [f"{codec} stores colors as {coarse}, coarser than the film's {fine}"]
    if encoder.odd_sizes:
        return (wanted if wanted in finer else min(finer)), []
    best = min(finer)
    odd = (best != "444" and info.width % 2) or (best == "420" and info.height % 2)
    if not odd or "444" not in there:
        return best, []
    return "444", [
        f"{info.width}x{info.height} is an odd size: stored as 4:4:4 to keep every pixel, "
        "which some players cannot show"
    ]


def _splits_chroma_lines(info: VideoInfo, subsampling: str) -> bool:
    """Whether the fields of an interlaced film would not get as many lines of 4:2:0 each."""
    return info.field_order != "progressive" and subsampling == "420" and info.height % 4 != 0
