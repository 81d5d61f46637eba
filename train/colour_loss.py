"""The loss of networks that give a distribution over the 313 bins."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vidcolor.colorizers import ab_bins

from .photos import PhotoSet, draw_batch


def bin_weights(photos: PhotoSet, rng: np.random.Generator, strength: float) -> Tensor:
    """How much each of the 313 bins counts in the loss: rare colours more.

    Class rebalancing of Zhang et al. 2016, section 2.2 (lambda 0.5), tempered by an exponent.

    Args:
        photos: where colours are counted.
        rng: source of randomness.
        strength: exponent; 0 = all bins alike, 1 = as in the paper.

    Returns:
        float32 `(313,)`; the mean over the photographs' colours is 1.
    """
    counts = torch.zeros(len(ab_bins.bin_centres()))
    for _ in range(32):
        index, weight = ab_bins.soft_encode(draw_batch(photos, 64, 32, rng)[1])
        counts += torch.bincount(index.flatten(), weight.flatten(), minlength=len(counts))
    prior = counts / counts.sum()
    weights = (0.5 * prior + 0.5 / len(prior)) ** -strength
    return weights / (prior * weights).sum()


def colour_loss(
    logits: Tensor,
    ab: Tensor,
    weights: Tensor,
    neighbours: int = 5,
    counts: Tensor | None = None,
) -> Tensor:
    """Soft cross-entropy, rare colours weighing more (Zhang et al. 2016, equations 2 and 3).

    Args:
        logits: `(B, 313, h, w)`.
        ab: float32 `(B, 2, h, w)`, the true colours.
        weights: float32 `(313,)`, see `bin_weights`.
        neighbours: bins that share a colour.
        counts: float32 `(B,)`, how much each picture counts; None = all the same.

    Returns:
        Scalar, the mean over pictures and pixels.
    """
    index, share = ab_bins.soft_encode(ab, neighbours)
    nearest = weights.to(ab.device)[index[:, 0]]
    if counts is not None:
        nearest = nearest * counts.view(-1, 1, 1)
    log_p = torch.log_softmax(logits.float(), dim=1)
    return -((log_p.gather(1, index) * share).sum(1) * nearest).mean()
