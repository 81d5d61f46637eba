"""What time and old cameras do to a picture's lightness, so that training sees it."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

# Shares of the films that hardly see red, and that see it as lighter than eyes do.
_ORTHOCHROMATIC, _RED_SENSITIVE = 0.22, 0.08
_LARGEST_DUST = 3
_CODES = np.arange(256) / 255
# Linear light of sRGB codes (IEC 61966-2-1).
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)


def _spread(rng: np.random.Generator, count: int, low: float, high: float, chance: float) -> Tensor:
    """Per-picture strengths `(B, 1, 1, 1)`: uniform in [low, high] for some, `low` for the rest."""
    values = np.where(rng.random(count) < chance, rng.uniform(low, high, count), low)
    return torch.from_numpy(values.astype(np.float32)).view(-1, 1, 1, 1)


def film_lightness(rgb: np.ndarray, rng: np.random.Generator) -> Tensor:
    """L* as films of several makes see the same colors.

    Most see as eyes do; a quarter hardly see red, and blue as light: orthochromatic stock, on which
    nearly everything before 1925 was shot. Some see red as lighter than eyes do.

    Args:
        rgb: uint8 `(B, h, w, 3)`, sRGB.
        rng: source of all randomness.

    Returns:
        float32 `(B, 1, h, w)`, L* in [0, 100].
    """
    found = np.empty((*rgb.shape[:3],), np.float32)
    for i, picture in enumerate(rgb):
        found[i] = _LINEAR[picture] @ _response(rng)
    found = np.where(found > 216 / 24389, np.cbrt(found), (24389 / 27 * found + 16) / 116)
    return torch.from_numpy(found * np.float32(116) - np.float32(16))[:, None]


def _response(rng: np.random.Generator) -> np.ndarray:
    """What red, green and blue light count for, float32 `(3,)`, sum 1."""
    draw = rng.random()
    if draw < _ORTHOCHROMATIC:
        red, blue = rng.uniform(0, 0.06), rng.uniform(0.25, 0.65)
    elif draw < _ORTHOCHROMATIC + _RED_SENSITIVE:
        red, blue = rng.uniform(0.25, 0.45), rng.uniform(0.05, 0.25)
    else:
        red, blue = 0.2126, 0.0722
    return np.array((red, 1 - red - blue, blue), np.float32)


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
    for i in np.flatnonzero(rng.random(count) < 0.12):
        for _ in range(int(rng.integers(1, 12))):
            top, left, side = (int(rng.integers(n)) for n in (h, w, _LARGEST_DUST))
            dust = (i, 0, slice(top, top + side + 1), slice(left, left + side + 1))
            x[dust] += float(rng.choice([-0.6, 0.6]))
    clean = torch.from_numpy(rng.random(count) < 0.4).view(-1, 1, 1, 1)
    return torch.where(clean, L, x.clamp(0, 1) * 100)
