"""Small synthetic films with known luma, made with real codecs. Shared by the tests of `video/`.

    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=12, cuts=(5,), audio=("aac",)))
    made.luma[3], made.pts[3], made.time_base

Pictures are coded without loss unless another codec is named, so that a test can ask for equality.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.subtitles.subtitle import SubtitleSet

from vidcolor.video.read.fields import FieldMarker

OPTIONS = {"libx264": {"qp": "0"}, "mpeg4": {"qscale": "2"}}


@dataclass(frozen=True)
class FilmSpec:
    """What a synthetic film is to be.

    Attributes:
        frames: number of pictures.
        width, height: size in pixels.
        pix_fmt: libav's pixel format.
        codec: name of the video encoder; libx264 with qp 0, ffv1 and rawvideo are lossless.
        options: options of the encoder, in the place of the lossless ones.
        rate: frames per second written to the header.
        time_base: ticks of `pts`; None = 1/rate.
        pts: presentation times in ticks; None = 0, 1, 2, ... frames, moved by `start`.
        start: seconds by which picture and sound begin late.
        cuts: numbers of frames at which another picture begins.
        b_frames: B-frames in a row.
        gop: frames from one key frame to the next.
        sample_aspect_ratio: shape of a pixel.
        rotation: degrees counter-clockwise written to the display matrix.
        colorspace, color_range, primaries, transfer: libav's codes, None = untagged.
        interlaced: "tff" or "bff" to code as interlaced.
        audio: one encoder name a track, e.g. ("aac", "aac"); languages eng, fra, deu, ...
        audio_delay: seconds by which sound begins after the picture.
        subtitles: one encoder name a track: "srt", "ass" (mkv), "mov_text" (mp4).
        chapters: (start, end, title) in seconds.
        attachments: (file name, mime type, data); mkv only.
        metadata: tags of the container.
    """

    frames: int = 24
    width: int = 96
    height: int = 64
    pix_fmt: str = "yuv420p"
    codec: str = "libx264"
    options: dict[str, str] | None = None
    rate: Fraction | int = 24
    time_base: Fraction | None = None
    pts: Sequence[int] | None = None
    start: Fraction | int = 0
    cuts: tuple[int, ...] = ()
    b_frames: int = 0
    gop: int = 12
    sample_aspect_ratio: Fraction | None = None
    rotation: int = 0
    colorspace: int | None = None
    color_range: int | None = None
    primaries: int | None = None
    transfer: int | None = None
    interlaced: str | None = None
    audio: tuple[str, ...] = ()
    audio_delay: Fraction | int = 0
    subtitles: tuple[str, ...] = ()
    chapters: tuple[tuple[float, float, str], ...] = ()
    attachments: tuple[tuple[str, str, bytes], ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MadeFilm:
    """A film on disk and what is in it: `luma[i]` is shown at `pts[i]` ticks of `time_base`."""

    path: Path
    spec: FilmSpec
    luma: list[np.ndarray]
    pts: list[int]
    time_base: Fraction

    @property
    def times(self) -> list[Fraction]:
        """Presentation times in seconds, as asked for (containers may round)."""
        return [pts * self.time_base for pts in self.pts]


def luma_picture(
    index: int, width: int, height: int, *, depth: int = 8, shot: int = 0
) -> np.ndarray:
    """A moving picture: wavy ground, a bright square that walks, and the frame number as bits.

    Returns uint8 (depth 8) or uint16 `(height, width)` within the limited range; every frame
    differs from every other, and shots differ strongly.
    """
    rng = np.random.default_rng(1000 + shot)
    fx, fy, phase, level = rng.uniform(0.5, 4), rng.uniform(0.5, 4), rng.uniform(0, 6), rng.random()
    yy, xx = np.mgrid[0:height, 0:width]
    wave = np.sin(6.28 * (fx * xx / width + fy * yy / height) + phase + 0.1 * index)
    picture = 0.15 + 0.5 * level + 0.15 * wave
    side = max(2, min(width, height) // 4)
    x = (5 * shot + 2 * index) % max(1, width - side)
    y = (3 * shot + index) % max(1, height - side)
    picture[y : y + side, x : x + side] += 0.3
    bit = max(1, width // 16)
    for k in range(12):  # frame number, most significant bit last
        if bit * (k + 1) <= width:
            picture[: max(1, height // 12), bit * k : bit * (k + 1)] = (index >> k) & 1
    codes = 16 + 219 * np.clip(picture, 0, 1)
    if depth == 8:
        return np.round(codes).astype(np.uint8)
    return np.round(codes * (1 << (depth - 8))).astype(np.uint16)


def chroma_picture(index: int, width: int, height: int, *, depth: int = 8) -> np.ndarray:
    """A slowly turning chroma ramp about the neutral code, same dtype as luma of that depth."""
    ramp = np.linspace(-40, 40, width)[None, :] * np.cos(0.05 * index) + np.zeros((height, 1))
    codes = (128 + ramp) * (1 << (depth - 8))
    return np.round(codes).astype(np.uint8 if depth == 8 else np.uint16)


def fill_plane(plane: av.video.plane.VideoPlane, values: np.ndarray) -> None:
    """Writes `values` into a frame's plane, leaving the padding of its lines alone."""
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    data = np.ascontiguousarray(values).view(np.uint8).reshape(values.shape[0], -1)
    rows[: data.shape[0], : data.shape[1]] = data


def film_luma(spec: FilmSpec) -> list[np.ndarray]:
    """The luma of every frame, whatever the format it is coded in."""
    depth = av.VideoFormat(spec.pix_fmt, spec.width, spec.height).components[0].bits
    depth = depth if _is_yuv(spec.pix_fmt) and depth >= 8 else 8
    return [
        luma_picture(i, spec.width, spec.height, depth=depth, shot=sum(i >= c for c in spec.cuts))
        for i in range(spec.frames)
    ]


def make_film(path: Path, spec: FilmSpec | None = None, format: str | None = None) -> MadeFilm:
    """Writes a film and says what is in it; `format` where the file's name does not tell."""
    spec = spec or FilmSpec()
    luma = film_luma(spec)
    time_base = spec.time_base or 1 / Fraction(spec.rate)
    offset = round(Fraction(spec.start) / time_base)
    step = round(1 / (Fraction(spec.rate) * time_base))
    pts = [p + offset for p in (spec.pts or range(0, step * spec.frames, step))]
    seconds = float(pts[-1] * time_base - pts[0] * time_base + 1 / Fraction(spec.rate))
    with av.open(str(path), "w", format=format) as out:
        out.metadata.update(spec.metadata)
        if spec.chapters:
            out.set_chapters(
                [
                    {"id": i, "start": round(a * 1000), "end": round(b * 1000),
                     "time_base": Fraction(1, 1000), "metadata": {"title": title}}
                    for i, (a, b, title) in enumerate(spec.chapters)
                ]
            )  # fmt: skip
        video = _video_stream(out, spec, time_base)
        sounds = [
            out.add_stream(name, rate=48000, layout="stereo", bit_rate=64000) for name in spec.audio
        ]
        for number, sound in enumerate(sounds):
            sound.metadata["language"] = ("eng", "fra", "deu", "ita")[number % 4]
        texts = [out.add_stream(name) for name in spec.subtitles]
        for number, text in enumerate(texts):
            text.metadata["language"] = ("eng", "fra", "deu", "ita")[number % 4]
            text.codec_context.subtitle_header = _ASS_HEADER
            text.codec_context.time_base = Fraction(1, 1000)
        for name, mime, data in spec.attachments:
            out.add_attachment(name, mime, data)
        packets = list(_video_packets(video, spec, luma, pts, time_base))
        sound_start = Fraction(spec.start) + Fraction(spec.audio_delay)
        for number, sound in enumerate(sounds):
            packets += list(_sound_packets(sound, 220 * (number + 1), seconds, sound_start))
        for number, text in enumerate(texts):
            packets += list(_text_packets(text, number, seconds, float(spec.start)))
        packets.sort(key=lambda p: p.dts * p.time_base)
        out.mux(packets)
    return MadeFilm(path, spec, luma, pts, time_base)


def join_ts(path: Path, *parts: Path) -> Path:
    """Bytes of several MPEG-TS files one after the other: timestamps jump back at each joint."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def cut_off(path: Path, source: Path, share: float) -> Path:
    """The first `share` of a file's bytes, as an interrupted copy leaves them."""
    data = source.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


def _is_yuv(pix_fmt: str) -> bool:
    return pix_fmt.startswith(("yuv", "yuyv", "yvyu", "uyvy", "gray", "nv", "p0"))


def _video_stream(
    out: av.container.OutputContainer, spec: FilmSpec, time_base: Fraction
) -> av.VideoStream:
    options = dict(OPTIONS.get(spec.codec, {}) if spec.options is None else spec.options)
    if spec.interlaced:
        options |= {"flags": "+ilme+ildct", "x264-params": f"{spec.interlaced}=1"}
    stream = out.add_stream(spec.codec, rate=Fraction(spec.rate), options=options)
    stream.width, stream.height, stream.pix_fmt = spec.width, spec.height, spec.pix_fmt
    context = stream.codec_context
    context.time_base = time_base
    if spec.codec not in ("rawvideo", "ffv1", "gif", "png", "apng", "mjpeg"):
        context.gop_size, context.max_b_frames = spec.gop, spec.b_frames
    if spec.sample_aspect_ratio:
        context.sample_aspect_ratio = spec.sample_aspect_ratio
    for name, value in (
        ("colorspace", spec.colorspace),
        ("color_range", spec.color_range),
        ("color_primaries", spec.primaries),
        ("color_trc", spec.transfer),
    ):
        if value is not None:
            setattr(context, name, value)
    if spec.rotation:
        stream.set_display_rotation(spec.rotation)
    return stream


def _picture(spec: FilmSpec, index: int, luma: np.ndarray) -> av.VideoFrame:
    # one thread: several corrupt a few pixels now and then (5 of 3,000 pictures)
    if not _is_yuv(spec.pix_fmt):
        gray = np.repeat(luma[:, :, None], 3, axis=2)
        return av.VideoFrame.from_ndarray(gray, format="rgb24").reformat(
            format=spec.pix_fmt, threads=1
        )
    layout = av.VideoFormat(spec.pix_fmt, spec.width, spec.height)
    depth = layout.components[0].bits
    if len({c.plane for c in layout.components}) < len(layout.components):  # nv12, yuyv422
        planar = ("yuv422p" if "422" in spec.pix_fmt else "yuv420p") + ("10le" if depth > 8 else "")
        whole = FilmSpec(width=spec.width, height=spec.height, pix_fmt=planar)
        return _picture(whole, index, luma).reformat(format=spec.pix_fmt, threads=1)
    frame = av.VideoFrame(spec.width, spec.height, spec.pix_fmt)
    fill_plane(frame.planes[0], luma)
    for plane in frame.planes[1:]:
        fill_plane(plane, chroma_picture(index, plane.width, plane.height, depth=depth))
    return frame


def _video_packets(
    stream: av.VideoStream,
    spec: FilmSpec,
    luma: list[np.ndarray],
    pts: list[int],
    time_base: Fraction,
) -> Iterator[av.Packet]:
    fields = FieldMarker(spec.interlaced or "progressive")
    for index, (values, when) in enumerate(zip(luma, pts, strict=True)):
        frame = fields.mark(_picture(spec, index, values))
        frame.pts, frame.time_base = when, time_base
        for name in ("colorspace", "color_range"):
            if getattr(spec, name) is not None:
                setattr(frame, name, getattr(spec, name))
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _sound_packets(
    stream: av.AudioStream, hertz: float, seconds: float, start: Fraction
) -> Iterator[av.Packet]:
    rate = stream.codec_context.sample_rate
    total, chunk = int(seconds * rate), 1024
    for first in range(0, total, chunk):
        n = np.arange(first, min(first + chunk, total))
        wave = 0.2 * np.sin(2 * np.pi * hertz * n / rate) * np.array([[1.0], [0.5]])
        frame = av.AudioFrame.from_ndarray(wave.astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = first + round(start * rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


_ASS_HEADER = (
    b"[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
    b"Format: Name, Fontname, Fontsize, PrimaryColor, SecondaryColor, OutlineColor, "
    b"BackColor, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
    b"BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
    b"Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\n\n"
    b"[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def _text_packets(
    stream: av.subtitles.stream.SubtitleStream, number: int, seconds: float, start: float
) -> Iterator[av.Packet]:
    for line in range(max(1, int(seconds * 2))):
        text = f"{line},0,Default,,0,0,0,,line {line} of track {number}".encode()
        begin = round(1000 * (start + line * 0.5))
        item = SubtitleSet.create(text=text, start=0, end=400, pts=begin * 1000)
        packet = stream.codec_context.encode_subtitle(item)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = begin
        packet.duration = 400
        yield packet
