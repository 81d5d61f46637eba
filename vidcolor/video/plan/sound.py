"""Sound in a codec that another container takes, sample for sample."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import cast

import av.error
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

SOUND_ENCODERS: Mapping[str, str] = {"matroska": "flac", "mp4": "flac", "mov": "alac"}
"""Lossless encoders for sound that does not fit a container as it is."""

_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 8: "7.1"}


def sample_bits(context: AudioCodecContext) -> int:
    """Bits that sound is coded with where its own codec does not fit.

    All that there are: 16 bits hold what 16-bit samples were, 24 bits the mantissa of float
    samples. Of a codec that loses more than that itself, 16: the other 8 would be noise that takes
    most of the space.
    """
    return 16 if context.format.bytes <= 2 or _is_lossy(context) else 24


def _is_lossy(context: AudioCodecContext) -> bool:
    return context.codec.lossy and not context.codec.lossless


def conversion(label: str, suffix: str, encoder: str, context: AudioCodecContext) -> str:
    """What is said of sound that is converted."""
    becomes = f"{label} does not fit {suffix} and becomes {encoder}"
    if context.format.bytes > 2 and _is_lossy(context):
        return f"{becomes} of 16 bits, finer than it is; the track gets several times as large"
    return f"{becomes}, without loss"


def copied_track(output: OutputContainer, source: Stream) -> Stream:
    """A track of `output` for packets of `source` as they are.

    Raises:
        ValueError: the container cannot hold the codec.
    """
    stream = output.add_stream_from_template(source, opaque=True)
    if source.type == "audio":
        layout = _named_layout(cast(AudioCodecContext, source.codec_context))
        if layout is not None:
            cast(AudioCodecContext, stream.codec_context).layout = layout
    return stream


class SoundConverter:
    """Decodes packets of one sound track and codes their samples anew, times unchanged.

    See `sample_bits` for how exactly.

    Args:
        source: the track that is read.
        output: the film that is written, before its header.
        encoder: one of `SOUND_ENCODERS`.

    Attributes:
        stream: the new track.
    """

    def __init__(self, source: AudioStream, output: OutputContainer, encoder: str) -> None:
        self._decoder = source.codec_context
        named = _named_layout(self._decoder)
        if named is not None:
            self._decoder.layout = named
        layout = self._decoder.layout.name
        wide = "s16" if sample_bits(self._decoder) == 16 else "s32"
        sample = wide + ("p" if encoder == "alac" else "")
        self.stream = cast(
            AudioStream,
            output.add_stream(
                encoder, rate=self._decoder.sample_rate, layout=layout, format=sample
            ),
        )
        self._sample = sample
        self._next: Fraction | None = None  # when the next frame begins, if it does not say
        self._resampler: AudioResampler | None = None

    def convert(self, packet: Packet) -> list[Packet]:
        """The packet's samples in the new codec, as far as whole packets come out of them."""
        try:
            frames = self._decoder.decode(packet)
        except av.error.FFmpegError:
            return []  # a damaged packet: its place stays silent
        if self._next is None and packet.pts is not None:
            self._next = packet.pts * packet.time_base
        return [new for frame in frames for new in self._encode(frame)]

    def finish(self) -> list[Packet]:
        """What is still on its way after the last packet."""
        try:
            rest = self._decoder.decode(None)
        except av.error.FFmpegError:
            rest = []
        packets = [new for frame in rest for new in self._encode(frame)]
        if self._resampler is None:
            return packets
        packets += [*self._encode(None), *self.stream.encode(None)]
        # FLAC ends with an empty packet that only carries its checksum
        return [packet for packet in packets if packet.size and packet.pts is not None]

    def _encode(self, frame: av.AudioFrame | None) -> list[Packet]:
        if self._resampler is None:
            self._resampler = AudioResampler(
                self._sample,
                self._decoder.layout,
                self._decoder.sample_rate,
                frame_size=self.stream.codec_context.frame_size or None,
            )
        if frame is not None:
            # the resampler takes the first frame's time base for that of all
            base, start = Fraction(1, frame.sample_rate), self._next or Fraction(0)
            if frame.pts is not None and frame.time_base:
                start = frame.pts * frame.time_base
            frame.pts, frame.time_base = round(start / base), base
            self._next = start + frame.samples * base
        ready = self._resampler.resample(frame)
        return [packet for part in ready for packet in self.stream.encode(part)]


def _named_layout(context: AudioCodecContext) -> str | None:
    """The usual layout of as many channels, where a file gives their number only."""
    if not context.layout.name.endswith("channels"):
        return None
    return _LAYOUTS.get(context.layout.nb_channels)
