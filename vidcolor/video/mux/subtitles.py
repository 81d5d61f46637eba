"""Text subtitles in the form another container asks for."""

from __future__ import annotations

from typing import cast

import av.error
from av.container import OutputContainer
from av.packet import Packet
from av.subtitles.stream import SubtitleStream

# Encoders of text want the styles that texts refer to; SubRip and MP4 sources have none.
_ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColor, SecondaryColor, OutlineColor, BackColor, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, \
Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class TextConverter:
    """Turns packets of one text track into another codec's, times unchanged.

    Args:
        source: the track that is read.
        output: the film that is written, before its header.
        encoder: libav's name of the encoder.

    Attributes:
        stream: the new track.
    """

    def __init__(self, source: SubtitleStream, output: OutputContainer, encoder: str) -> None:
        self._decoder = source.codec_context
        self.stream = cast(SubtitleStream, output.add_stream(encoder))
        self._encoder = self.stream.codec_context
        header = self._decoder.subtitle_header or self._decoder.extradata or b""
        self._encoder.subtitle_header = header if b"[V4" in header else _ASS_HEADER

    def convert(self, packet: Packet) -> list[Packet]:
        """The packet in the new codec, nothing where it holds no text or cannot be read."""
        try:
            texts = self._decoder.decode2(packet)
            if texts is None:
                return []
            converted = self._encoder.encode_subtitle(texts)
        except av.error.FFmpegError:
            return []
        converted.time_base = packet.time_base
        converted.pts = converted.dts = packet.pts
        converted.duration = packet.duration
        return [converted]

    def finish(self) -> list[Packet]:
        """Nothing: texts come out as they go in."""
        return []
