"""What a machine can do at best, and what each stage must do at least.

Memory is measured by a copy, arithmetic by a convolution; both are what the stages are
compared with, not what the data sheet says.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from vidcolor.components import Parts
from vidcolor.geometry import Geometry, Size
from vidcolor.precision import fast_dtype
from vidcolor.stages.choice import EVERY
from vidcolor.stages.grid import color_grid
from vidcolor.stages.lightness import resize

from .films import DEEP, SIZES

_COPIED = 1 << 27
_CONVOLUTION = 128, 96, 172
"""Channels, height and width: a layer of middling size at the usual working size."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one thread of this machine does a second.

    Attributes:
        bytes_moved: read and written, by a copy between arrays far larger than the caches.
        operations: multiplications and additions of convolutions, in `fast_dtype`.
    """

    bytes_moved: float
    operations: float


def measure_limits(seconds: float = 1.0) -> Limits:
    """Measures for about twice `seconds`, in processor time of one thread."""
    # ones: a page of zeros that nobody wrote to is not in memory
    source, target = (np.ones(_COPIED, np.uint8) for _ in range(2))
    copying = _rate(lambda: np.copyto(target, source), seconds)
    channels, height, width = _CONVOLUTION
    dtype = fast_dtype("cpu")
    layer = torch.nn.Conv2d(channels, channels, 3, padding=1, bias=False).to(dtype)
    layer = layer.to(memory_format=torch.channels_last)
    x = torch.randn(1, channels, height, width, dtype=dtype)
    x = x.contiguous(memory_format=torch.channels_last)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            convolving = _rate(lambda: layer(x), seconds)
    finally:
        torch.set_num_threads(before)
    return Limits(2 * _COPIED * copying, 2 * 9 * channels**2 * height * width * convolving)


def _rate(work: Callable[[], object], seconds: float) -> float:
    """Calls a second: the best of the rounds that fit into `seconds`."""
    work()
    best, until = float("inf"), time.thread_time() + seconds
    while time.thread_time() < until:
        began = time.thread_time()
        work()
        best = min(best, time.thread_time() - began)
    return 1 / best


def needs(name: str, parts: Parts, work_size: int) -> dict[str, dict[str, float]]:
    """Bytes that each stage must read and write, and operations of its networks, a frame.

    What is read or written once, each value in the smallest type that holds it. Of the decoder,
    the encoder and the flow, whose work depends on the film, only the bytes.

    Args:
        name: of a size.
        parts: of the run.
        work_size: of the run.
    """
    width, height = SIZES[name]
    code = 2 if name == DEEP else 1
    luma, chroma = width * height * code, 2 * (-(-width // 2)) * (-(-height // 2)) * code
    small = Geometry(Size(width, height)).working_size(work_size)
    grid = color_grid(small.shape)
    work, cells = small.width * small.height, grid[0] * grid[1]
    return {
        "decode": {"bytes": luma + chroma, "operations": 0},
        "analyze": {"bytes": luma, "operations": 0},
        "lightness": {"bytes": luma + 4 * work, "operations": 0},
        # two flows and two visibilities in half precision
        "flow": {"bytes": 2 * 4 * work + 2 * 3 * 2 * cells, "operations": 0},
        "colorize": {"bytes": 4 * work + 12 * cells, "operations": _operations(parts, small)},
        # colors and weights once from either side, and both motions
        "refine": {"bytes": 2 * 2 * 12 * cells + 2 * 3 * 2 * cells, "operations": 0},
        "chroma": {"bytes": luma + chroma + 4 * work + 8 * cells, "operations": 0},
        "encode": {"bytes": luma + chroma, "operations": 0},
    }


def _operations(parts: Parts, small: Size) -> float:
    """Operations of the colorizer, of which a run needs one frame's in `EVERY`."""
    L = resize(torch.full((1, 1, small.height, small.width), 50.0), parts.colorizer.size)
    packed: Any = torch.ops.mkldnn._convolution_pointwise
    quantized: Any = torch.ops.onednn.qconv2d_pointwise
    known: dict[Any, Any] = dict.fromkeys((packed, quantized), _of_kernel)
    with FlopCounterMode(display=False, custom_mapping=known) as counter:
        parts.colorizer.colorize(L)
    return counter.get_total_flops() / EVERY


def _of_kernel(*given: Any, out_shape: torch.Size, **others: Any) -> int:
    """Operations of a packed or quantized convolution, whose second tensor is its kernel."""
    kernel = [shape for shape in given if isinstance(shape, torch.Size)][1]
    return 2 * math.prod(out_shape) * math.prod(kernel[1:])


def beside_limits(
    stages_ms: dict[str, float], needed: dict[str, dict[str, float]], limits: Limits
) -> dict[str, Any]:
    """For each stage what it must move and compute, the least time for that, and the ratio."""
    found = {}
    for name, own in needed.items():
        least = 1000 * (own["bytes"] / limits.bytes_moved + own["operations"] / limits.operations)
        found[name] = own | {"least_ms": least, "times_least": stages_ms[name] / least}
    return found
