"""What time and old cameras do to a picture's lightness, so that training sees it."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def _spread(rng: np.random.Generator, count: int, low: float, high: float, chance: float) -> Tensor:
    """Per-picture strengths `(B, 1, 1, 1)`: uniform in [low, high] for some, `low` for the rest."""
    values = np.where(rng.random(count) < chance, rng.uniform(low, high, count), low)
    return torch.from_numpy(values.astype(np.float32)).view(-1, 1, 1, 1)


def age(L: Tensor, rng: np.random.Generator) -> Tensor:
    """Fades, blurs, darkens the corners of, and puts grain and scratches on pictures.

    Two in five pictures stay clean. Colors are not touched: the network shall see the old
    picture and give the true colors.

    Args:
        L: float32 `(B, 1, h, w)`, L*.
        rng: source of all randomness.

    Returns:
        L* of the same shape, in [0, 100].
    """
    count, _, h, w = L.shape
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    x = L / 100
    # Tone: exposure and the film's own curve, then fading towards a gray haze.
    x = (
        x
        ** torch.exp(_spread(rng, count, 0, 0.5, 0.4))
        ** torch.from_numpy(rng.choice([-1.0, 1.0], count).astype(np.float32)).view(-1, 1, 1, 1)
    )
    haze = _spread(rng, count, 0, 0.45, 0.35)
    x = x * (1 - haze) + haze * torch.from_numpy(
        rng.uniform(0.15, 0.7, count).astype(np.float32)
    ).view(-1, 1, 1, 1)
    # Hard copies: contrast up, shadows and lights cut off.
    hard = 1 + _spread(rng, count, 0, 0.6, 0.25)
    x = ((x - 0.5) * hard + 0.5).clamp(0, 1)
    # Blur: a mix with a copy that is strongly blurred, cheaper than a kernel per picture.
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    soft = F.avg_pool2d(F.pad(soft, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    x = torch.lerp(x, soft, _spread(rng, count, 0, 1, 0.4))
    # Vignette.
    ys = torch.linspace(-1, 1, h).view(1, 1, h, 1)
    xs = torch.linspace(-1, 1, w).view(1, 1, 1, w)
    x = x * (1 - _spread(rng, count, 0, 0.4, 0.2) * (ys**2 + xs**2) / 2)
    # Grain, fine and coarse, strongest in the middle tones.
    fine = torch.randn(count, 1, h, w, generator=generator)
    coarse = F.interpolate(
        torch.randn(count, 1, h // 2, w // 2, generator=generator), size=(h, w), mode="bilinear"
    )
    grain = fine * _spread(rng, count, 0, 0.06, 0.4) + coarse * _spread(rng, count, 0, 0.08, 0.3)
    x = x + grain * (0.4 + 2.4 * x * (1 - x))
    for i in np.flatnonzero(rng.random(count) < 0.1):
        for _ in range(int(rng.integers(1, 4))):
            x[i, 0, :, int(rng.integers(w))] += float(rng.choice([-0.4, 0.5]))
    clean = torch.from_numpy(rng.random(count) < 0.4).view(-1, 1, 1, 1)
    return torch.where(clean, L, x.clamp(0, 1) * 100)
