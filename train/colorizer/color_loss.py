"""The loss of networks that give a distribution over the 313 bins."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx

from vidcolor.colorizers import ab_bins

from .photos import PhotoSet, draw_batch

# Rows of logits that a processor takes at once.
_ROWS = 512
# Share of the true mean chroma that decoded colors shall have.
_CHROMA_KEPT = 0.9


def bin_weights(photos: PhotoSet, rng: np.random.Generator, strength: float) -> Tensor:
    """How much each of the 313 bins counts in the loss: rare colors more.

    Class rebalancing of Zhang et al. 2016, section 2.2 (lambda 0.5), tempered by an exponent.

    Args:
        photos: where colors are counted.
        rng: source of randomness.
        strength: exponent; 0 = all bins alike, 1 = as in the paper.

    Returns:
        float32 `(313,)`; the mean over the photographs' colors is 1.
    """
    counts = torch.zeros(len(ab_bins.bin_centers()))
    for _ in range(32):
        index, weight = ab_bins.soft_encode(draw_batch(photos, 64, 32, rng)[1])
        counts += torch.bincount(index.flatten(), weight.flatten(), minlength=len(counts))
    prior = counts / counts.sum()
    weights = (0.5 * prior + 0.5 / len(prior)) ** -strength
    return weights / (prior * weights).sum()


def color_loss(
    logits: Tensor,
    ab: Tensor,
    weights: Tensor,
    neighbors: int = 5,
    counts: Tensor | None = None,
) -> Tensor:
    """Soft cross-entropy, rare colors weighing more (Zhang et al. 2016, equations 2 and 3).

    Args:
        logits: `(B, 313, h, w)`.
        ab: float32 `(B, 2, h, w)`, the true colors.
        weights: float32 `(313,)`, see `bin_weights`.
        neighbors: bins that share a color.
        counts: float32 `(B,)`, how much each picture counts; None = all the same.

    Returns:
        Scalar, the mean over pictures and pixels.
    """
    index, share = ab_bins.soft_encode(ab, neighbors)
    nearest = weights.to(ab.device)[index[:, 0]]
    if counts is not None:
        nearest = nearest * counts.view(-1, 1, 1)
    rows = (_rows(logits), _rows(index), _rows(share), nearest.flatten())
    return cast(Tensor, _SoftCrossEntropy.apply(*rows))


def decoded_loss(logits: Tensor, ab: Tensor, temperature: float, pale_weight: float) -> Tensor:
    """How far decoded colors are from the truth as eyes weigh it, and what chroma they lack.

    The distance is that of CIE94 (CIE 116-1995), whose weights follow the true chroma. By itself it
    would be smallest for colors that are too pale. The mean chroma of what has color is asked for,
    not the spread of colors, which a few bright red spots on a gray picture would raise most
    cheaply.

    Args:
        logits: float32 `(B, 313, n)`, of some pixels of each picture.
        ab: float32 `(B, 2, n)`, their true colors.
        temperature: of the annealed mean.
        pale_weight: what chroma that a picture lacks counts for, beside the distance.

    Returns:
        Scalar, Lab units.
    """
    centers = ab_bins.bin_centers().to(logits.device)
    found = torch.einsum("bkn,kc->bcn", torch.softmax(logits / temperature, dim=1), centers)
    chroma = ab.norm(dim=1, keepdim=True)
    error = found - ab
    along = (error * ab / chroma.clamp(min=1e-3)).sum(1, keepdim=True)
    across = (error.square().sum(1, keepdim=True) - along.square()).clamp(min=0)
    weighted = (along / (1 + 0.045 * chroma)).square() + across / (1 + 0.015 * chroma).square()
    # what is gray may stay gray: chroma is lacking where there is some
    share = chroma[:, 0] / chroma.mean((1, 2)).clamp(min=1e-3)[:, None]
    pale = F.relu((share * (_CHROMA_KEPT * chroma[:, 0] - found.norm(dim=1))).mean(1))
    return (weighted + 0.1).sqrt().mean() + pale_weight * pale.mean()


def _rows(planes: Tensor) -> Tensor:
    """`(B, C, h, w)` -> `(B h w, C)`."""
    return planes.permute(0, 2, 3, 1).flatten(0, 2)


class _SoftCrossEntropy(torch.autograd.Function):
    """Weighted mean of cross-entropies; the gradient is found on the way.

    On a processor a few rows at a time, so that the 313 numbers of a pixel stay in the cache.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, logits: Tensor, index: Tensor, share: Tensor, weight: Tensor
    ) -> Tensor:
        total = torch.zeros((), device=logits.device)
        gradient = torch.empty_like(logits, memory_format=torch.contiguous_format)
        size = _ROWS if logits.device.type == "cpu" else len(logits)
        parts = zip(*(x.split(size) for x in (logits, index, share, weight, gradient)), strict=True)
        for rows, bins, shares, weights, slope in parts:
            log_p = torch.log_softmax(rows.float(), dim=1)
            total -= ((log_p.gather(1, bins) * shares).sum(1) * weights).sum()
            wrong = log_p.exp_().scatter_add_(1, bins, -shares)
            slope.copy_(wrong.mul_(weights[:, None] / len(logits)))
        ctx.save_for_backward(gradient)
        return total / len(logits)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0].to(gradient.dtype), None, None, None
