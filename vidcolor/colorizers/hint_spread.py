"""Colors of a whole picture by a few that are certain, after a network has had its say.

Each place gets a mean over what the network says with and without hints and over what each hinted
place suggests: its color, or the change that makes the network right there. Suggestions count by
likeness: attention (Vaswani et al., NeurIPS 2017) with a few fitted weights, over what Levin et al.
(SIGGRAPH 2004) compare, lightness and place, what an encoder sees and what a network would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import Coloring, Hints
from .descriptors import descriptors
from .hints import CERTAIN, LEAVE, LIGHTNESS, REACH, cell_centers, corrected, on_grid

# Hinted places that are looked at, at most.
_MOST = 400
# L*, ab units and short sides: differences that cost what their factors say. The cost of not being
# near rises to half within `_NEAR`.
_LIGHTNESS, _APART, _NEAR = 10.0, 10.0, 0.03
# Of `hints.corrected`, in these units.
_AS_LIGHT = LIGHTNESS / _LIGHTNESS


class Suggestion(NamedTuple):
    """What weighs a hinted place's suggestion to another place, a logit.

    Attributes:
        looks: factor on the cosine of their descriptors.
        light: cost of a difference of their lightness.
        color: cost of a difference of their colors without hints.
        far: cost of not being near.
        start: added to all.
    """

    looks: float | Tensor
    light: float | Tensor
    color: float | Tensor
    far: float | Tensor
    start: float | Tensor


class Opinion(NamedTuple):
    """What weighs a network's color of a place, a logit.

    Attributes:
        start: added to all.
        sure: factor on its confidence without hints.
        changed: cost of its distance from the color without hints.
        near: factor on how much is hinted nearby, a logarithm.
    """

    start: float | Tensor
    sure: float | Tensor
    changed: float | Tensor
    near: float | Tensor


class Weights(NamedTuple):
    """What weighs each source of a place's color.

    Attributes:
        color: of the color of a hinted place.
        change: of the change that makes the network right at a hinted place.
        plain: of the network's color without hints.
        told: of its color with them.
        corrected: of that, corrected by hints nearby, see `hints.corrected`.
    """

    color: Suggestion
    change: Suggestion
    plain: Opinion
    told: Opinion
    corrected: Opinion


# By `python -m train hints`, see train/README.md.
FITTED = Weights(
    color=Suggestion(looks=9.31, light=2.49, color=1.0, far=0.19, start=0.34),
    change=Suggestion(looks=6.11, light=0.97, color=-0.28, far=1.35, start=0.83),
    plain=Opinion(start=1.99, sure=3.04, changed=0.0, near=-0.14),
    told=Opinion(start=4.75, sure=0.24, changed=0.64, near=0.27),
    corrected=Opinion(start=4.39, sure=-0.11, changed=1.08, near=-0.04),
)


def spread(
    told: Coloring,
    plain: Coloring,
    L: Tensor,
    features: Sequence[Tensor],
    hints: Hints,
    weights: Weights = FITTED,
) -> Coloring:
    """Colors that keep to the certain ones of some hints.

    Args:
        told: of one picture, with the hints: ab `(1, 2, h, w)`.
        plain: the same without.
        L: L* `(1, 1, ...)` at any size.
        features: of the encoder at strides 8, 16 and 32.
        hints: at any size; one at least is certain.
        weights: of the sources of a color.
    """
    h, w = told.ab.shape[-2:]
    known = on_grid(hints, told.ab)
    (certain,) = (known.weight.flatten() >= CERTAIN).nonzero(as_tuple=True)
    at = certain[:: -(-len(certain) // _MOST)]
    light = F.interpolate(L.float(), size=(h, w), mode="area").flatten()
    looks = F.interpolate(
        descriptors(features)[0][None], size=(h, w), mode="bilinear", align_corners=False
    )
    looks = F.normalize(looks[0].flatten(1), dim=0)
    without, with_hints, hinted = (x[0].flatten(1).T for x in (plain.ab, told.ab, known.ab))
    centers = cell_centers(h, w).to(light)

    alike = looks.T @ looks[:, at]
    light_apart = (light[:, None] - light[at]).abs() / _LIGHTNESS
    color_apart = torch.cdist(without, without[at]) / _APART
    distance = torch.cdist(centers, centers[at])
    far = distance / (distance + _NEAR)
    nearby = torch.exp(-(distance / REACH).square() / 2 - (light_apart / _AS_LIGHT).square() / 2)
    near = (nearby.sum(1) + LEAVE).log()
    suggestions = [
        of.start + of.looks * alike - of.light * light_apart - of.color * color_apart - of.far * far
        for of in (weights.color, weights.change)
    ]
    confidence = plain.confidence.flatten()
    own = [without, with_hints, corrected(told.ab, L, hints)[0].flatten(1).T]
    opinions = [
        of.start
        + of.sure * confidence
        - of.changed * (without - ab).norm(dim=1) / _APART
        + of.near * near
        for of, ab in zip((weights.plain, weights.told, weights.corrected), own, strict=True)
    ]
    logits = torch.cat((*suggestions, torch.stack(opinions, dim=1)), dim=1)
    shares = torch.softmax(logits, dim=1).split((len(at), len(at), 1, 1, 1), dim=1)
    colors, changes, *by_network = shares
    ab = colors @ hinted[at] + changes @ (hinted - with_hints)[at]
    ab = ab + changes.sum(1, keepdim=True) * with_hints
    ab = ab + sum(share * color for share, color in zip(by_network, own, strict=True))
    return Coloring(
        ab.T.unflatten(1, (h, w))[None],
        torch.lerp(told.confidence, plain.confidence, by_network[0].view(1, 1, h, w)),
    )
