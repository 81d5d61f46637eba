"""The 313 bins of the ab plane that distributions over color are made of.

Source: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, section 2.1. The bins are
the points of a 10 x 10 grid near the sRGB gamut; the table lists, for each a*, the range of b*.
"""

from __future__ import annotations

import functools
import math

import torch
import torch.nn.functional as F
from torch import Tensor

_B_RANGE = {
    -90: (50, 90), -80: (20, 90), -70: (0, 90), -60: (-20, 90), -50: (-30, 100),
    -40: (-40, 100), -30: (-50, 100), -20: (-50, 100), -10: (-60, 100), 0: (-70, 100),
    10: (-80, 90), 20: (-80, 90), 30: (-90, 90), 40: (-100, 90), 50: (-100, 80),
    60: (-110, 80), 70: (-110, 80), 80: (-110, 70), 90: (-110, 70), 100: (-90, 0),
}  # fmt: skip

# Spacing of the table that soft encoding is read from; the bins are 10 apart.
_STEP = 2
_EXTENT = 128
# Pixels that are decoded at once on a processor, and numbers that torch leaves to one thread.
_ROWS, _PIECE = 512, 16384
# Least shares, as powers of 2: less changes no sum, and numbers below the normal ones are slow.
_LEAST, _LEAST_ANNEALED = -31, -124


@functools.cache
def bin_centers() -> Tensor:
    """Centers of the bins: float32 `(313, 2)`, a* then b*, a* ascending, then b* ascending."""
    rows = [(a, b) for a, (low, high) in _B_RANGE.items() for b in range(low, high + 1, 10)]
    return torch.tensor(rows, dtype=torch.float32)


@functools.cache
def _encoding_table(neighbors: int, sigma: float) -> tuple[Tensor, Tensor]:
    axis = torch.arange(-_EXTENT, _EXTENT + 1, _STEP, dtype=torch.float32)
    points = torch.cartesian_prod(axis, axis)
    distance, index = torch.cdist(points, bin_centers()).topk(neighbors, largest=False)
    # Relative to the nearest bin, so that colors far outside the gamut do not underflow to 0/0.
    weight = torch.exp((distance[:, :1] ** 2 - distance**2) / (2 * sigma**2))
    return index, weight / weight.sum(1, keepdim=True)


def soft_encode(ab: Tensor, neighbors: int = 5, sigma: float = 5.0) -> tuple[Tensor, Tensor]:
    """Colors as weights on their nearest bins (Zhang et al. 2016, section 2.1).

    Args:
        ab: float32 `(B, 2, h, w)`, a* and b*.
        neighbors: bins that share a color; the paper says 5, its released code 10.
        sigma: width of the Gaussian in ab units.

    Returns:
        Bin numbers, int64 `(B, neighbors, h, w)`, nearest first, and their weights, float32 of
        the same shape, summing to 1. Colors are rounded to 2 units first.
    """
    index, weight = _encoding_table(neighbors, sigma)
    cell = ((ab.clamp(-_EXTENT, _EXTENT) + _EXTENT) / _STEP).round().long()
    row = cell[:, 0] * (2 * _EXTENT // _STEP + 1) + cell[:, 1]
    return (
        index.to(ab.device)[row].permute(0, 3, 1, 2),
        weight.to(ab.device)[row].permute(0, 3, 1, 2),
    )


def decode(
    logits: Tensor, temperature: float, centers: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Annealed mean of a distribution, and how sure it is (Zhang et al. 2016, section 2.3).

    Args:
        logits: `(B, 313, h, w)`.
        temperature: 1 = plain mean (calm, dull), towards 0 = the mode (vivid, jumpy).
        centers: float32 `(313, 2)`, colors of the bins; None = `bin_centers()`.

    Returns:
        ab, float32 `(B, 2, h, w)`, and confidence, float32 `(B, 1, h, w)`: 1 minus the entropy of
        the distribution (at temperature 1) over the largest possible entropy.
    """
    # Bins last, and on a processor a few rows at a time: tensors that stay in the cache take a
    # third of the time. Powers of 2 are faster than those of e, and so are sums that a product of
    # matrices makes beside its others.
    count, bins, h, w = logits.shape
    rows = logits.permute(0, 2, 3, 1).reshape(-1, bins)
    centers = (bin_centers() if centers is None else centers).to(logits.device)
    columns = torch.cat((centers, torch.ones_like(centers[:, :1])), dim=1).T.contiguous()
    colors, confidences = [], []
    for part in rows.split(_ROWS if logits.device.type == "cpu" else len(rows)):
        scores = part.float().contiguous()
        bits = (scores - scores.amax(1, keepdim=True)).div_(math.log(2)).clamp_(min=_LEAST)
        shares = _exp2(bits.clone())
        total = shares.sum(1)
        entropy = total.log2() - torch.linalg.vecdot(shares, bits) / total
        confidences.append(1 - entropy / math.log2(bins))
        weighed = F.linear(_annealed(shares, bits, temperature), columns)
        colors.append(weighed[:, :2] / weighed[:, 2:])
    ab = torch.cat(colors).view(count, h, w, 2).permute(0, 3, 1, 2).contiguous()
    return ab, torch.cat(confidences).view(count, 1, h, w)


def _annealed(shares: Tensor, bits: Tensor, temperature: float) -> Tensor:
    """Shares to the power of 1 / `temperature`; `shares` and their `bits` are used up."""
    if temperature == 0.25:  # that of `base`: two products in the place of a power
        return shares.square_().square_()
    return _exp2(bits.div_(temperature).clamp_(min=_LEAST_ANNEALED))


def _exp2(bits: Tensor) -> Tensor:
    """Powers of 2, in place.

    The last numbers of every thread's share are rounded otherwise: pieces that torch gives to one
    thread, whose last numbers do not depend on how many there are.
    """
    for piece in bits.view(-1).split(_PIECE if bits.device.type == "cpu" else bits.numel()):
        piece.exp2_()
    return bits


def certainty(logits: Tensor) -> Tensor:
    """1 minus the entropy over the largest possible one: `(B, N, h, w)` -> `(B, 1, h, w)`."""
    log_p = torch.log_softmax(logits.float(), dim=1)
    entropy = -(log_p.exp() * log_p).sum(1, keepdim=True)
    return (1 - entropy / math.log(logits.shape[1])).clamp(0, 1)


def calibrated(confidence: Tensor, table: Tensor) -> Tensor:
    """Confidence as the share of pixels whose color is about right, where it was measured.

    Args:
        confidence: in [0, 1], as `decode` gives it.
        table: float32 `(n,)`, that share at equal steps of confidence from 0 to 1.
    """
    place = confidence.clamp(0, 1) * (len(table) - 1)
    below = place.long().clamp(max=len(table) - 2)
    return torch.lerp(table[below], table[below + 1], place - below)
