"""Options of each encoder: quality, speed, and what makes the same frames give the same bits."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...config import PRESETS, EncodeConfig
from ...errors import ConfigError
from ...types import VideoInfo
from ..read import hdr

if TYPE_CHECKING:
    from .encoders import Encoder

# Encoders work on several frames at once and their output depends on how many: a number taken
# from the machine would make two runs of the same film differ.
_THREADS = "4"
# Of small films, x264 keeps two cores as busy with 2 threads as with 4, in less time for each.
_FEW_THREADS = "2"
# With AVX-512, x264's macroblock tree reads memory that nobody wrote where the frame is not a
# multiple of 128 pixels wide: every run comes out different (seen with x264 165). AVX2 is as fast.
_NO_AVX512 = "asm=avx2,fma3,bmi2,lzcnt"
_USUAL = "medium"
# Above this size x264 takes most of a run's time. `veryfast` with a trellis makes grainy films of
# 1080 lines as small and as like their source as `medium` does, in two fifths of the time; smaller
# films larger and less like it (`python -m benchmarks encoders`).
_SMALL, _QUICK, _QUICK_PARAMS = 1280 * 720, "veryfast", "trellis=1"
_PLAIN = ("prores_ks", "dnxhd", "v210", "ffv1", "png", "tiff", "dpx", "mjpeg")
"""Encoders without a choice of speed."""
_SLICED = 16  # pixels on the short side from which FFV1 is written in several slices
_MARKS_FIELDS = ("libx264", "ffv1", "prores_ks", "dnxhd", "png", "tiff", "dpx", "mjpeg")
_LOOKAHEAD = {
    "libx264": (0, 0, 10, 20, 30, 40, 50, 60, 60, 60),
    "libx265": (5, 10, 15, 15, 15, 20, 25, 40, 40, 60),
}
"""Frames that encoders look ahead, by preset."""
_LEAST_LOOKAHEAD = {"libx264": (10, 600e6), "libx265": (8, 400e6)}
"""Of large films: frames in any case, and memory that they may take. With 8 of them, x265 makes
films as good for their size as with 12."""
_HELD = 1.9
"""What is kept of a frame, in its size."""
_LAMBDA = 118  # libav's FF_QP2LAMBDA


def options(
    codec: str,
    encoder: Encoder,
    encode: EncodeConfig,
    info: VideoInfo,
    subsampling: str,
    depth: int,
) -> tuple[dict[str, str], list[str]]:
    """Options of an encoder and what is to be said of them, one line each.

    Args:
        codec, encoder: which.
        encode: settings.
        info: of the film.
        subsampling, depth: of the frames that it is fed with.

    Raises:
        ConfigError: an unknown preset, or a quality that the encoder does not know.
    """
    crf = encoder.crf if encode.crf is None else encode.crf
    is_quick = codec == "libx264" and encode.preset is None and info.width * info.height > _SMALL
    preset = encode.preset or (_QUICK if is_quick else _USUAL)
    if preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}", hint=f"presets: {', '.join(PRESETS)}")
    if crf > encoder.max_crf:
        raise ConfigError(f"--crf {crf} is outside 0..{encoder.max_crf} of {codec}")
    interlaced = info.field_order != "progressive"
    notes = []
    if hdr.has_hdr_data(info) and codec not in ("libx264", "libx265"):
        notes.append(
            f"{codec} does not carry HDR light levels and mastering display; --codec libx265 does"
        )
    if interlaced and codec not in _MARKS_FIELDS:
        notes.append(f"{codec} does not mark frames as interlaced; --codec libx264 does")
    if encode.crf and (encoder.lossless or codec in _PLAIN):
        kind = "is always lossless" if encoder.lossless else "has a quality of its own"
        if codec != "mjpeg":
            notes.append(f"{codec} {kind}: --crf {encode.crf} has no effect")
    if encode.preset and codec in _PLAIN:
        notes.append(f"{codec} has no choice of speed: --preset {encode.preset} has no effect")
    if codec == "libsvtav1" and crf == 0:
        notes.append("libsvtav1 is not lossless: quality 1 in the place of 0")
    made = _by_codec(codec, preset, crf, info, subsampling, depth)
    if is_quick:
        params = [p for p in (made.get("x264-params"), _QUICK_PARAMS) if p]
        made["x264-params"] = ":".join(params)
    return made, notes


def for_this_processor(codec: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """The same options, with what this processor must be told."""
    if codec != "libx264" or not _has_avx512():
        return dict(chosen)
    parts = (chosen.get("x264-params"), _NO_AVX512)
    return dict(chosen) | {"x264-params": ":".join(part for part in parts if part)}


def _by_codec(
    codec: str, preset: str, crf: int, info: VideoInfo, subsampling: str, depth: int
) -> dict[str, str]:
    speed = PRESETS.index(preset)
    interlaced = info.field_order != "progressive"
    if codec == "libx264":
        # crf 0 is only lossless at 8 bits, qp 0 at every depth
        is_small = info.width * info.height <= _SMALL
        made = {"preset": preset, "threads": _FEW_THREADS if is_small else _THREADS}
        made |= {"qp": "0"} if crf == 0 else {"crf": str(crf)}
        parameters = hdr.encoder_parameters(info, "mastering-display", "cll")
        parameters += _less_lookahead(codec, speed, info, subsampling, depth)
        if interlaced:
            made["flags"] = "+ilme+ildct"
            parameters.append(f"{info.field_order}=1")
        if parameters:
            made["x264-params"] = ":".join(parameters)
        return made
    if codec == "libx265":
        # an open GOP would let the first frames of a segment refer to the one before it
        parameters = ["log-level=none", "open-gop=0", "frame-threads=1"]
        parameters.append("lossless=1" if crf == 0 else f"crf={crf}")
        parameters += _less_lookahead(codec, speed, info, subsampling, depth)
        parameters += hdr.encoder_parameters(info, "master-display", "max-cll")
        return {"preset": preset, "x265-params": ":".join(parameters)}
    if codec == "libvpx-vp9":
        cpu = str(round((9 - speed) * 4 / 9))
        made = {"threads": _THREADS, "row-mt": "1", "deadline": "good", "cpu-used": cpu}
        return made | ({"lossless": "1"} if crf == 0 else {"crf": str(crf), "b": "0"})
    if codec == "libsvtav1":
        # a picture that refers to none before it begins every segment
        return {"preset": str(12 - speed), "crf": str(max(1, crf)), "svtav1-params": "lp=2"}
    if codec == "ffv1":
        # version 3 with a checksum in every slice, as archives ask for
        made = {"level": "3", "slicecrc": "1", "g": "1", "threads": _THREADS}
        # the encoder refuses several slices where one of them would have no sample
        return made | ({"slices": "1"} if min(info.width, info.height) < _SLICED else {})
    if codec == "prores_ks":
        made = {"profile": "4" if subsampling == "444" else "3", "vendor": "apl0"}
        return made | ({"flags": "+ilme+ildct"} if interlaced else {}) | {"threads": _THREADS}
    if codec == "dnxhd":
        profile = {"444": "dnxhr_444"}.get(subsampling, "dnxhr_hqx" if depth > 8 else "dnxhr_hq")
        return {"profile": profile, "threads": _THREADS}
    if codec == "png":
        return {"threads": _THREADS, "compression_level": "3", "pred": "up"}
    if codec == "tiff":
        return {"threads": "1", "compression_algo": "raw"}
    if codec == "mjpeg":
        quality = str(_LAMBDA * max(1, crf))
        return {"threads": "1", "flags": "+qscale", "global_quality": quality, "qmin": "1"}
    if "_nvenc" in codec:
        return {"preset": "p7" if speed > 5 else "p5", "rc": "vbr", "cq": str(crf), "b:v": "0"}
    if "_videotoolbox" in codec:
        return {"q:v": str(max(1, 100 - 2 * crf))}
    if "_qsv" in codec:
        return {"global_quality": str(max(1, crf)), "preset": "slower"}
    if "_amf" in codec:
        return {"rc": "cqp", "qp_i": str(crf), "qp_p": str(crf), "quality": "quality"}
    return {"threads": "1"}


def _less_lookahead(
    codec: str, speed: int, info: VideoInfo, subsampling: str, depth: int
) -> list[str]:
    """Fewer frames ahead of large films: 40 of 2160p with 10 bits would take 2 GB."""
    planes = {"420": 1.5, "422": 2.0}.get(subsampling, 3.0)
    frame = info.width * info.height * planes * (1 if depth == 8 else 2)
    least, memory = _LEAST_LOOKAHEAD[codec]
    most = max(least, int(memory / (_HELD * frame)))
    return [f"rc-lookahead={most}"] if _LOOKAHEAD[codec][speed] > most else []


@functools.lru_cache(maxsize=1)
def _has_avx512() -> bool:
    """Whether x264 would use AVX-512 here. NumPy knows the processor on every system."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        with contextlib.suppress(ImportError, AttributeError):
            features = importlib.import_module(name).__cpu_features__
            return bool(features.get("AVX512_SKX") or features.get("AVX512F"))
    return False
