"""What AVI asks of a film: it counts frames instead of storing times, and all tracks begin at 0."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av.error
from av.container import InputContainer

from ...errors import ConfigError
from ...types import VideoInfo
from .tracks import Track

_HINT = "use .mkv"


def check_avi(info: VideoInfo, source: InputContainer, tracks: Sequence[Track]) -> None:
    """Makes sure, from the packets' times, that a film loses nothing in an AVI.

    Args:
        info: the film that is read.
        source: it, just opened; is read to its end.
        tracks: what is kept of its other tracks.

    Raises:
        ConfigError: frames are not evenly spaced, or audio begins more than a frame before or
            after them.
    """
    rate = info.rate
    if rate is None:
        raise ConfigError(".avi needs a frame rate, the film has none", hint=_HINT)
    times = sorted(_frame_times(info, source))
    uneven = next(
        (t for n, t in enumerate(times) if round((t - times[0]) * info.time_base * rate) != n), None
    )
    if uneven is not None:
        at = float(uneven * info.time_base - info.start_time)
        raise ConfigError(
            f"the film's frames are not evenly spaced (at {at:.2f} s), which .avi cannot hold",
            hint=_HINT,
        )
    begin = times[0] * info.time_base if times else Fraction(0)
    for track in tracks:
        stream = source.streams[track.index]
        if stream.start_time is None or not stream.time_base:
            continue
        late = stream.start_time * stream.time_base - begin
        if abs(late) > 1 / rate:
            raise ConfigError(
                f"{track.label} begins {float(1000 * late):.0f} ms after the picture, which .avi "
                "cannot hold",
                hint=_HINT,
            )


def _frame_times(info: VideoInfo, source: InputContainer) -> list[int]:
    shown: list[int | None] = []
    decoded: list[int | None] = []
    try:
        for packet in source.demux(source.streams[info.stream_index]):
            if packet.size and not packet.is_discard:
                shown.append(packet.pts)
                decoded.append(packet.dts)
    except av.error.FFmpegError:
        pass  # the rest cannot be read and will not be written either
    # old containers give the first for some frames only
    return [t for t in (decoded if None in shown else shown) if t is not None]
