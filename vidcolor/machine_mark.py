"""What a unit was colored on: colors are the same to the last bit only on like machines."""

from __future__ import annotations

import functools
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

import torch

from .precision import number_formats

if TYPE_CHECKING:
    from .video.segments.segment import Segment

_LIBRARIES = ("torch", "opencv-contrib-python-headless", "av")


@functools.cache
def machine_mark(device: str) -> str:
    """Kind of processor and versions of the libraries that decide the bits of colors, one line.

    Args:
        device: torch's name of the device that the networks are on.
    """
    formats = number_formats("cpu")
    kind = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()} {formats}"
    if device.startswith("cuda"):
        kind = f"{torch.cuda.get_device_name(device)} (CUDA {torch.version.cuda}) and {kind}"
    elif device != "cpu":
        kind = f"{device} and {kind}"
    names = (f"{name.split('-')[0]} {version(name)}" for name in _LIBRARIES)
    return ", ".join([kind, *names])


def unlike_machines(segments: Sequence[Segment]) -> list[str]:
    """A warning where segments of a film were made on machines of different kinds; one line each.

    The line says for each kind where it begins, in frames.
    """
    first: dict[str, int] = {}
    count: dict[str, int] = {}
    for segment in segments:
        # work of earlier versions does not say
        if segment.made_on:
            first.setdefault(segment.made_on, segment.first_frame)
            count[segment.made_on] = count.get(segment.made_on, 0) + 1
    if len(first) < 2:
        return []
    kinds = "; ".join(f"{count[m]} from frame {first[m]} on: {m}" for m in first)
    return [
        "units were colored on unlike machines, so the film may differ slightly from one made on "
        f"one of them ({kinds})"
    ]
