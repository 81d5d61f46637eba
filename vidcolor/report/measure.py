"""Films measured frame by frame while they are read; memory does not grow with their length.

Motion and visibility come from the luma of one film, the source where it is given, and are the
same for all. Where a window of measured frames or a shot begins, everything temporal is reset.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .. import color, metrics
from ..geometry import Size
from ..stages.foreign import check_flows, named
from ..types import VideoInfo
from .downscale import Small, to_small
from .lockstep import FrameSet
from .regions import region_change, region_flicker
from .shares import gray_share, luma_difference, out_of_range_share

if TYPE_CHECKING:
    from flow.base import FlowEstimator

LONG = 8
"""Distance in frames of the long warp error."""
LONG_EVERY = 8
"""It is measured once in so many frames: each costs another flow."""
SPOTS_EVERY = 8
"""Stray spots are looked for once in so many frames: most last, and a look is costly."""

Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame set and the small images of its films, none where it is not measured."""

    frame_set: FrameSet
    small: tuple[Small, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Motion between a frame and an earlier one, both ways.

    Attributes:
        backward, forward: `(1, 2, h, w)`, px, see `flow`.
        seen, seen_forward: `(1, 1, h, w)`, 0 or 1, where both can be trusted, see
            `metrics.trusted`.
    """

    backward: Tensor
    forward: Tensor
    seen: Tensor
    seen_forward: Tensor


@dataclass(frozen=True, slots=True)
class Measured:
    """A frame with its numbers.

    Attributes:
        now: the frame.
        before: the frame before it, None where a window or a shot begins.
        link: between the two.
        values: numbers by name for each colored film, see `measures.MEASURES`; empty where the
            frame was not measured.
    """

    now: Seen
    before: Seen | None = None
    link: Link | None = None
    values: tuple[Values, ...] = ()


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who among the films read in lockstep.

    Attributes:
        colored: how many colored films there are; they come first.
        source, truth: numbers of the film they came from and of the one in true colors.
    """

    colored: int
    source: int | None = None
    truth: int | None = None

    @property
    def luma_of(self) -> int:
        """Number of the film whose luma is followed."""
        return 0 if self.source is None else self.source


@dataclass(frozen=True, slots=True)
class Flows:
    """Optical flow between neighbors and between frames far apart, on `device`."""

    near: FlowEstimator
    far: FlowEstimator
    device: str


@dataclass(frozen=True, slots=True)
class _Trace:
    """What is kept of a frame for comparisons over some distance; its planes are let go."""

    gray: Tensor
    ab: list[Tensor]
    histograms: list[Tensor]


@dataclass(slots=True)
class _WindowState:
    """The last frame of the window, what the flow made of it, and traces, oldest first."""

    last: Seen | None = None
    encoded: Any = None
    traces: deque[_Trace] = field(default_factory=lambda: deque(maxlen=LONG))


def look(frame_sets: Iterable[FrameSet], infos: Sequence[VideoInfo], size: Size) -> Iterator[Seen]:
    """Makes the small images of all films, where a frame set is to be measured."""
    for frame_set in frame_sets:
        pairs = zip(frame_set.frames, infos, strict=True)
        yield Seen(
            frame_set, tuple(to_small(*p, size) for p in pairs) if frame_set.measured else ()
        )


def measure(
    seen: Iterable[Seen], infos: Sequence[VideoInfo], cast: Cast, flows: Flows
) -> Iterator[Measured]:
    """Measures every marked frame; gives all of them, in order."""
    waiting: Measured | None = None
    window = _WindowState()
    for now in seen:
        if window.last is None or not _follows(now.frame_set, window.last.frame_set):
            window = _WindowState()
        if not now.small:
            window = _WindowState()
            measured = Measured(now)
        else:
            measured = _measure(now, window, infos, cast, flows)
        if waiting is not None:
            # A frame's flicker is known with the frame after it.
            flicker = _flicker(waiting, measured, cast) if measured.link and waiting.link else ()
            yield _with(waiting, flicker)
        waiting = measured
    if waiting is not None:
        yield waiting


def _follows(frame_set: FrameSet, last: FrameSet) -> bool:
    return frame_set.shot == last.shot and frame_set.index == last.index + 1


def _measure(
    now: Seen, window: _WindowState, infos: Sequence[VideoInfo], cast: Cast, flows: Flows
) -> Measured:
    values = [_still(now, number, infos, cast) for number in range(cast.colored)]
    gray, colored = now.small[cast.luma_of].gray, now.small[: cast.colored]
    trace = _Trace(gray, [x.ab for x in colored], [metrics.histograms(x.rgb) for x in colored])
    before, link = window.last, None
    index, luma = now.frame_set.index, gray.to(flows.device)
    with named("flow", flows.near, index, index):
        encoded = flows.near.encode(luma)
        moved = None if before is None else flows.near.flows(encoded, window.encoded)
    if moved is not None:
        check_flows(flows.near, luma, moved, index)
        link = _link(*moved)
        previous = window.traces[-1].ab
        _add(values, "warp_error", _warp_errors(trace.ab, previous, link))
        _add(values, "region_change", _region_changes(trace.ab, previous, link))
        _add(values, "kept_pixels", [float(link.seen.mean())] * cast.colored)
        _add_divergences(values, trace, window)
    if len(window.traces) == LONG and now.frame_set.place % LONG_EVERY == 0:
        old = window.traces[0]
        with named("flow", flows.far, index, index):
            moved = flows.far.both_flows(luma, old.gray.to(flows.device))
        check_flows(flows.far, luma, moved, index)
        far = _link(*moved)
        _add(values, "warp_error_8", _warp_errors(trace.ab, old.ab, far))
        _add(values, "kept_pixels_8", [float(far.seen.mean())] * cast.colored)
    window.last, window.encoded = now, encoded
    window.traces.append(trace)
    return Measured(now, before, link, tuple(values))


def _link(backward: Tensor, forward: Tensor) -> Link:
    backward, forward = backward.cpu(), forward.cpu()
    return Link(
        backward,
        forward,
        metrics.trusted(backward, forward),
        metrics.trusted(forward, backward),
    )


def _add_divergences(values: list[Values], trace: _Trace, window: _WindowState) -> None:
    """Jensen-Shannon divergence to the frames 1, 2 and 4 before, where they are there."""
    for distance in metrics.CDC_DISTANCES:
        if len(window.traces) >= distance:
            pairs = zip(trace.histograms, window.traces[-distance].histograms, strict=True)
            found = [float(metrics.jensen_shannon(*pair).mean()) for pair in pairs]
            _add(values, f"cdc_{distance}", found)


def _still(now: Seen, number: int, infos: Sequence[VideoInfo], cast: Cast) -> Values:
    """What one frame shows by itself."""
    small = now.small[number]
    values = {
        "colorfulness": float(metrics.colorfulness(small.rgb)),
        "chroma": float(small.ab.square().sum(1).sqrt().mean()),
        "gray_share": float(gray_share(small.L, small.ab)),
        "out_of_range": float(out_of_range_share(small.open_rgb, small.luma)),
    }
    if now.frame_set.place % SPOTS_EVERY == 0:
        values["stray_spots"] = float(metrics.stray_spots(small.L, small.ab))
    if cast.source is not None:
        y, source = (_full_luma(now, n, infos) for n in (number, cast.source))
        values["luma_difference"] = float(luma_difference(y, source))
    if cast.truth is not None:
        truth = now.small[cast.truth]
        values["psnr"] = float(metrics.psnr(small.rgb, truth.rgb))
        lab, true_lab = (torch.cat((x.L, x.ab), dim=1) for x in (small, truth))
        values["ciede2000"] = float(metrics.ciede2000(lab, true_lab).mean())
        values["ab_rmse"] = float(metrics.ab_rmse(small.ab, truth.ab))
    return values


def _full_luma(now: Seen, number: int, infos: Sequence[VideoInfo]) -> Tensor:
    info = infos[number]
    black, white = color.luma_range(info.tags)
    codes = torch.from_numpy(now.frame_set.frames[number].y.astype("float32"))
    upright = codes.rot90(info.geometry.turns)
    return ((upright - black) / (white - black))[None, None]


def _warp_errors(abs_: list[Tensor], previous: list[Tensor], link: Link) -> list[float]:
    pairs = zip(abs_, previous, strict=True)
    return [float(metrics.chroma_warp_error(*pair, link.backward, link.seen)) for pair in pairs]


def _region_changes(abs_: list[Tensor], previous: list[Tensor], link: Link) -> list[float]:
    pairs = zip(abs_, previous, strict=True)
    return [float(region_change(*pair, link.backward, link.seen).nanmean()) for pair in pairs]


def _flicker(middle: Measured, newest: Measured, cast: Cast) -> list[Values]:
    """Second differences over the frame before `middle`, `middle` and `newest`."""
    assert middle.before is not None
    assert middle.link is not None
    assert newest.link is not None
    back, forth = middle.link, newest.link
    flows = [back.backward, forth.forward]
    seen = [back.seen, forth.seen_forward]
    found = []
    for n in range(cast.colored):
        three = [frame.small[n].ab for frame in (middle.before, middle.now, newest.now)]
        found.append(
            {
                "flicker": float(metrics.chroma_flicker(three, flows, seen)),
                "region_flicker": float(region_flicker(three, flows, seen).nanmean()),
            }
        )
    return found


def _add(values: list[Values], name: str, found: Sequence[float]) -> None:
    for row, value in zip(values, found, strict=True):
        row[name] = value


def _with(measured: Measured, more: Sequence[Values]) -> Measured:
    if not more:
        return measured
    rows = tuple(a | b for a, b in zip(measured.values, more, strict=True))
    return replace(measured, values=rows)
