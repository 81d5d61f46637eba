"""What every colorizer promises."""

from __future__ import annotations

import pytest
import torch

from vidcolor.types import Coloring, Colorizer


def picture(height: int, width: int) -> torch.Tensor:
    """A lit ball over ground, L* `(1, 1, h, w)`."""
    y = torch.linspace(-1, 1, height).view(-1, 1)
    x = torch.linspace(-1, 1, width).view(1, -1)
    ball = (1 - (x**2 + y**2) * 2).clamp(0, 1)
    return (40 + 30 * ball - 20 * (y > 0.5)).view(1, 1, height, width)


def check_coloring(coloring: Coloring, size: tuple[int, int]) -> None:
    """Type, shape and range of what came of a picture of that size."""
    assert coloring.ab.dtype == coloring.confidence.dtype == torch.float32
    assert coloring.ab.shape[:2] == (1, 2)
    assert coloring.confidence.shape == (1, 1, *coloring.ab.shape[-2:])
    assert coloring.ab.shape[-2] <= size[0]
    assert coloring.ab.shape[-2] / size[0] == pytest.approx(
        coloring.ab.shape[-1] / size[1], rel=0.1
    )
    assert coloring.ab.abs().max() <= 128
    assert 0 <= coloring.confidence.min() <= coloring.confidence.max() <= 1


def check(colorizer: Colorizer, size: tuple[int, int] = (64, 90)) -> None:
    """Shape and range, the same answer twice, and pictures of a batch apart from each other."""
    one, other = picture(*size), 100 - picture(*size)
    alone = colorizer.colorize(one)
    check_coloring(alone, size)
    assert alone.ab.std() > 0
    assert torch.equal(alone.ab, colorizer.colorize(one).ab)
    together = colorizer.colorize(torch.cat((one, other))).ab
    same, different = ((together[i] - alone.ab[0]).abs().max() for i in (0, 1))
    # Batches are rounded differently, in bfloat16 by more than in float32.
    assert same < 0.35 * alone.ab.std()
    assert different > 3 * same
