"""The luma plane of a decoded picture, whatever the format it was stored in."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from ...types import ColorTags
from . import rgb

SWS_MATRIX = {"bt601": 5, "bt709": 1, "bt2020": 9}


@dataclass(frozen=True, slots=True)
class LumaLayout:
    """Where a pixel format keeps its luma.

    Attributes:
        planar: the planar little-endian YUV or gray format whose plane 0 the frames carry.
        direct: plane 0 of the source's own format already is that plane.
        from_rgb: the source has no luma; it is made by a matrix.
        has_alpha: the source has an alpha channel, which is left out.
        depth: bits per luma code, 8 to 16.
        chroma_shift: powers of two by which the chroma planes are smaller; None for gray.
    """

    planar: str
    direct: bool
    from_rgb: bool
    has_alpha: bool
    depth: int
    chroma_shift: tuple[int, int] | None


def luma_layout(pix_fmt: str) -> LumaLayout:
    """Chooses the planar format in which a source's luma is handed on.

    Luma of YUV and gray sources is never changed: semi-planar, packed and big-endian formats go
    to the planar format of the same depth and chroma size. RGB, palettes and XYZ go to 4:4:4 of
    their own depth and range, see `rgb`.
    """
    source = av.VideoFormat(pix_fmt, 1024, 1024)
    parts = source.components
    has_alpha = any(c.is_alpha for c in parts)
    if rgb.is_rgb(source):
        depth = rgb.rgb_depth(source)
        planar = "yuv444p" if depth == 8 else f"yuv444p{depth}le"
        return LumaLayout(planar, False, True, has_alpha, depth, (0, 0))
    if sum(not c.is_alpha for c in parts) == 1:  # is_chroma is false in 4:4:4
        is_float = "f16" in pix_fmt or "f32" in pix_fmt
        depth = 16 if is_float else max(8, parts[0].bits)
        planar = "gray" if depth == 8 else f"gray{depth}le"
        return LumaLayout(planar, pix_fmt == planar, False, has_alpha, depth, None)
    depth = parts[0].bits
    shift = (
        (1024 // source.chroma_width(1024)).bit_length() - 1,
        (1024 // source.chroma_height(1024)).bit_length() - 1,
    )
    planar = _planar_yuv(pix_fmt, shift, depth)
    # p010 and the like are planar too, but keep their codes in the upper bits
    alone = source.is_planar and sum(c.plane == parts[0].plane for c in parts) == 1
    readable = depth == 8 or (not source.is_big_endian and "msb" not in pix_fmt)
    direct = alone and readable and (depth == 8 or pix_fmt.startswith("yuv"))
    return LumaLayout(planar, direct, False, has_alpha, depth, shift)


def _planar_yuv(pix_fmt: str, shift: tuple[int, int], depth: int) -> str:
    if pix_fmt.startswith("yuvj"):
        return pix_fmt
    names = {(0, 0): "444", (1, 0): "422", (1, 1): "420", (0, 1): "440", (2, 0): "411"}
    suffix = "" if depth == 8 else f"{depth}le"
    name = f"yuv{names.get(shift, '410')}p{suffix}"
    try:
        av.VideoFormat(name, 16, 16)
    except ValueError:  # e.g. 4:4:0 with 14 bits
        return f"yuv444p{suffix}"
    return name


class LumaReader:
    """Takes the luma plane out of pictures; converts and scales where it must.

    Args:
        width, height: the film's size; a picture of another size is scaled to it.
        layout: of the film's first picture; pictures of another format are converted to it.
        tags: how the film's codes are read.
    """

    def __init__(self, width: int, height: int, layout: LumaLayout, tags: ColorTags) -> None:
        self._width, self._height = width, height
        self._layout = layout
        self._tags = tags
        self._formats: dict[str, bool] = {}
        # one scaler for the whole film: a new one for every frame makes memory grow
        self._reformatter = VideoReformatter()

    def fits(self, picture: VideoFrame) -> bool:
        """Whether the picture has the film's size."""
        return (picture.width, picture.height) == (self._width, self._height)

    def read(self, picture: VideoFrame) -> np.ndarray:
        """Luma codes `(H, W)`, uint8 or uint16, read-only; a view where no conversion is needed.

        The view keeps the decoder's picture alive, and the decoder may still predict from it:
        this is why it cannot be written to.
        """
        if self._is_rgb(picture):
            codes = rgb.luma(self._channels(picture), self._tags.matrix)
            codes.flags.writeable = False
            return codes
        if not (self.fits(picture) and self._is_direct(picture.format.name)):
            picture = self._convert(picture)
        return self._plane(picture, 0)

    def read_chroma(self, picture: VideoFrame) -> tuple[np.ndarray, np.ndarray] | None:
        """Both chroma planes, dtype of the luma, read-only; None for gray film."""
        if self._layout.chroma_shift is None:
            return None
        picture = self.planar(picture)
        return self._plane(picture, 1), self._plane(picture, 2)

    def planar(self, picture: VideoFrame) -> VideoFrame:
        """The whole picture in the film's size and planar format; itself where it already is."""
        if self.fits(picture) and picture.format.name == self._layout.planar:
            return picture
        if self._is_rgb(picture):
            return self._converted_rgb(picture)
        return self._convert(picture)

    def _is_rgb(self, picture: VideoFrame) -> bool:
        """Whether luma is made of a picture's RGB; a lone one in a film of YUV is left to libav."""
        layout = self._layout
        return (layout.from_rgb or layout.chroma_shift is None) and rgb.is_rgb(picture.format)

    def _channels(self, picture: VideoFrame) -> list[np.ndarray]:
        size = self._width, self._height
        return rgb.channels(picture, self._layout.depth, size, self._reformatter)

    def _converted_rgb(self, picture: VideoFrame) -> VideoFrame:
        channels, matrix = self._channels(picture), self._tags.matrix
        planes = [rgb.luma(channels, matrix)]
        if self._layout.chroma_shift is not None:
            planes += rgb.chroma(channels, planes[0], matrix, self._layout.depth)
        made = VideoFrame(self._width, self._height, self._layout.planar)
        for plane, codes in zip(made.planes, planes, strict=True):
            rows = np.frombuffer(memoryview(plane), codes.dtype)
            rows.reshape(-1, plane.line_size // codes.itemsize)[:, : self._width] = codes
        made.pts = picture.pts
        if picture.time_base is not None:
            made.time_base = picture.time_base
        return made

    def _plane(self, picture: VideoFrame, number: int) -> np.ndarray:
        plane = picture.planes[number]
        dtype = np.dtype(np.uint8 if self._layout.depth == 8 else np.uint16)
        lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
        codes: np.ndarray = lines.view(dtype)[: plane.height, : plane.width]
        codes.flags.writeable = False
        return codes

    def _is_direct(self, pix_fmt: str) -> bool:
        if pix_fmt not in self._formats:
            layout = luma_layout(pix_fmt)
            self._formats[pix_fmt] = layout.direct and layout.depth == self._layout.depth
        return self._formats[pix_fmt]

    def _convert(self, picture: VideoFrame) -> VideoFrame:
        layout, matrix = self._layout, SWS_MATRIX[self._tags.matrix]
        target = 2 if self._tags.full_range else 1
        from_rgb = luma_layout(picture.format.name).from_rgb
        return self._reformatter.reformat(
            picture,
            width=self._width,
            height=self._height,
            format=layout.planar,
            # the same matrix and range on both sides, else codes would be rescaled
            src_colorspace=matrix,
            dst_colorspace=matrix,
            src_color_range=2 if from_rgb else target,
            dst_color_range=target,
            interpolation="BICUBIC",
            # more threads write past the ends of their lines into each other's
            threads=1,
        )
