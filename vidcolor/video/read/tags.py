"""Color tags of a film: what the file says, or the usual guess where it says nothing."""

from __future__ import annotations

from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from ...types import ColorTags
from . import hdr
from .luma import LumaLayout
from .siting import read_siting

UNSPECIFIED = 2
_RGB = 0
_MATRICES = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020"}
_CODES = {"bt601": 6, "bt709": 1, "bt2020": 9}
_LIMITED, _FULL = 1, 2


def guessed_matrix(height: int) -> str:
    """The matrix of untagged films: bt601 below 720 lines, else bt709."""
    return "bt601" if height < 720 else "bt709"


def read_tags(picture: VideoFrame, context: VideoCodecContext, layout: LumaLayout) -> ColorTags:
    """How the luma codes handed on are to be read.

    The picture's own tags come first, the track's second, a guess last. Pictures converted from
    RGB are tagged with what the conversion used: the file's matrix only where it is one of YUV, and
    full range unless the file says otherwise.

    Args:
        picture: the film's first picture.
        context: the decoder's, which knows what the container says.
        layout: of the picture's pixel format.
    """
    colorspace = _first_said(UNSPECIFIED, picture.colorspace, context.colorspace)
    matrix = _MATRICES.get(colorspace) or guessed_matrix(picture.height)
    # gray PNG has the code of RGB too, which must not end on a film of YUV pictures
    if layout.from_rgb or (colorspace == _RGB and len(picture.format.components) < 3):
        colorspace = _CODES[matrix]
    return ColorTags(
        matrix=matrix,
        full_range=_is_full_range(picture, context, layout),
        depth=layout.depth,
        colorspace=colorspace,
        primaries=_first_said(UNSPECIFIED, picture.color_primaries, context.color_primaries),
        transfer=_first_said(UNSPECIFIED, picture.color_trc, context.color_trc),
        siting=read_siting(picture),
    )


def tag_notes(tags: ColorTags) -> list[str]:
    """What a person should know of unusual tags, one line each."""
    notes = []
    if tags.transfer in hdr.TRANSFERS:
        notes.append(
            f"HDR ({hdr.TRANSFERS[tags.transfer]}) picture: kept as it is, "
            "but colors are guessed as for ordinary film"
        )
    if tags.colorspace not in _MATRICES and tags.colorspace != UNSPECIFIED:
        notes.append(f"unusual color matrix (code {tags.colorspace}): read as {tags.matrix}")
    return notes


def _is_full_range(picture: VideoFrame, context: VideoCodecContext, layout: LumaLayout) -> bool:
    name = picture.format.name
    if name.startswith("mono"):
        return True
    said = _first_said(0, picture.color_range, context.color_range)
    if said in (_LIMITED, _FULL):
        return said == _FULL
    # swscale and every player take untagged gray and RGB for full range
    return name.startswith("yuvj") or layout.chroma_shift is None or layout.from_rgb


def _first_said(unspecified: int, *values: int) -> int:
    return next((int(v) for v in values if int(v) != unspecified), unspecified)
