"""HDR films: the screen they were made for and how bright they get, read and handed on."""

from __future__ import annotations

import struct
from fractions import Fraction

from av.video.frame import VideoFrame

from ...types import VideoInfo
from .side_data import side_data

TRANSFERS = {16: "PQ", 18: "HLG"}
"""libav's codes of HDR transfer functions (ITU-R BT.2100)."""

# Units of x265 and x264 (ITU-T H.265, D.3.28): 0.00002 and 0.0001 cd/m2.
_CHROMATICITY, _LUMINANCE = 50_000, 10_000


def read_mastering_display(picture: VideoFrame) -> tuple[Fraction, ...] | None:
    """See `VideoInfo.mastering_display`; None where the picture says nothing or only a part."""
    data = side_data(picture, "MASTERING_DISPLAY_METADATA")
    if data is None:
        return None
    # libav's AVMasteringDisplayMetadata: ten rationals, whether there are primaries, luminance
    *numbers, has_primaries, has_luminance = struct.unpack("=22i", data[:88])
    if not (has_primaries and has_luminance) or 0 in numbers[1::2]:
        return None
    return tuple(Fraction(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=True))


def read_light_level(picture: VideoFrame) -> tuple[int, int] | None:
    """See `VideoInfo.light_level`."""
    data = side_data(picture, "CONTENT_LIGHT_LEVEL")
    return None if data is None else struct.unpack("=2I", data[:8])


def has_hdr_data(info: VideoInfo) -> bool:
    """Whether there is anything that an encoder must be told."""
    return info.mastering_display is not None or info.light_level is not None


def encoder_parameters(info: VideoInfo, display: str, light: str) -> list[str]:
    """What x265 and x264 are told, which PyAV does not hand on from pictures.

    Args:
        info: of the film.
        display, light: the encoder's names of both parameters.
    """
    parameters = []
    if info.mastering_display is not None:
        *primaries, least, greatest = info.mastering_display
        red, green, blue, white = (
            "({},{})".format(*(round(_CHROMATICITY * value) for value in primaries[i : i + 2]))
            for i in (0, 2, 4, 6)
        )
        luminance = f"({round(_LUMINANCE * greatest)},{round(_LUMINANCE * least)})"
        parameters.append(f"{display}=G{green}B{blue}R{red}WP{white}L{luminance}")
    if info.light_level is not None:
        parameters.append(f"{light}={info.light_level[0]},{info.light_level[1]}")
    return parameters
