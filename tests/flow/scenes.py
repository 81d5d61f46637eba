"""Images with a known motion."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def texture(size: tuple[int, int], seed: int = 0) -> Tensor:
    """Random blobs of several sizes, `(1, 1, h, w)` in [0, 1]: nowhere flat."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.zeros(1, 1, *size)
    for cell in (4, 8, 16, 32):
        coarse = torch.randn(1, 1, size[0] // cell + 2, size[1] // cell + 2, generator=generator)
        image += F.interpolate(coarse, size, mode="bicubic", align_corners=False) * cell**0.5
    return (0.5 + 0.25 * image / image.std()).clamp(0, 1)


def shifted_pair(
    size: tuple[int, int], shift: tuple[int, int], seed: int = 0
) -> tuple[Tensor, Tensor]:
    """`cur` and `prev` whose backward flow is `shift` = (right, down) everywhere."""
    room = max(abs(step) for step in shift)
    wide = texture((size[0] + 2 * room, size[1] + 2 * room), seed)
    x, y = shift

    def part(left: int, top: int) -> Tensor:
        return wide[..., room + top : room + top + size[0], room + left : room + left + size[1]]

    return part(x, y).contiguous(), part(0, 0).contiguous()


def inner(flow: Tensor, border: int) -> Tensor:
    """A flow without the borders, where what is looked for may lie outside."""
    return flow[..., border:-border, border:-border]
