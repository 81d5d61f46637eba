"""Known colors on their way through a network: as planes of any size, and spread by likeness."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..types import Hints
from .descriptors import descriptors

# Planes that a network sees of hints: a*, b* and weight.
PLANES = 3
# ab units that count as one inside networks.
_AB_UNIT = 8
CERTAIN = 0.95
"""Weight from which a hint is certain."""
# So many certain hints, and others, are looked at.
_MOST, _MOST_OTHER = 1024, 256
# How far a correction reaches, in short sides and in L*, and the weight of leaving all as it is.
_REACH, _LIGHTNESS, _LEAVE = 0.15, 8.0, 0.1
# Likeness, a cosine, up to which a place is taken for another one than those hinted, and from which
# for the same: where hints lie in one corner, and where they are spread over the image.
_UNLIKE, _ALIKE = (0.2, 0.0), (0.7, 0.5)
# Share of the image near hints that is a corner still, and one that is all of it; what is near, in
# short sides.
_FEW, _WIDE, _NEAR = 0.35, 0.6, 0.25
# Weight below which hints are not heard beside certain ones, and share of the image that these are
# less than; chosen on real shots.
_WEAK, _LITTLE = 0.25, 0.02
# Weight from which hints concern all that is like them.
_SAID = 0.2


def planes(hints: Hints, like: Tensor) -> Tensor:
    """Hints at the size of a feature map.

    A cell that holds one hinted pixel counts as much as that pixel, so that a single point is
    still seen on a coarse grid.

    Args:
        hints: of the same pictures, at any size.
        like: `(B, channels, h, w)`.

    Returns:
        `(B, 3, h, w)`: a* and b* over 8, weighted, and the weight in [0, 1]; all 0 where nothing
        is known.
    """
    known = on_grid(hints, like)
    found = torch.cat((known.ab / _AB_UNIT * known.weight, known.weight), dim=1)
    return found.contiguous(memory_format=torch.channels_last)


def on_grid(hints: Hints, like: Tensor) -> Hints:
    """Hints at the size of `like`: mean colors, and the largest weight of what a place covers."""
    size = (like.shape[-2], like.shape[-1])
    weight = F.adaptive_max_pool2d(hints.weight, size)
    mass = F.adaptive_avg_pool2d(hints.weight, size).clamp(min=1e-6)
    return Hints(F.adaptive_avg_pool2d(hints.weighed, size) / mass, weight)


def corrected(ab: Tensor, L: Tensor, hints: Hints) -> Tensor:
    """Colors that keep to certain hints: what a network left of them is spread around them.

    What lies near and is about as light has the same color (Levin et al., SIGGRAPH 2004), here by a
    bilateral kernel (Tomasi and Manduchi, ICCV 1998). Other hints hold what is theirs against it.

    Args:
        ab: float32 `(B, 2, h, w)`, as a network found them.
        L: `(B, 1, ...)`, L* at any size.
        hints: of the same pictures, at any size; nothing happens for those that
            are not certain alone.

    Returns:
        ab of the same shape, the very same where nothing is certain.
    """
    h, w = ab.shape[-2:]
    known = planes(hints, ab)
    light = F.interpolate(L.float(), size=(h, w), mode="area").flatten(1)
    centers = cell_centers(h, w).to(ab) / (math.sqrt(2) * _REACH)
    found = []
    for own, told, lightness in zip(ab, known, light, strict=True):
        (certain,) = (told[2].flatten() >= CERTAIN).nonzero(as_tuple=True)
        if not len(certain):
            found.append(own)
            continue
        weight = told[2].flatten()
        (other,) = ((weight > 0) & (weight < CERTAIN)).nonzero(as_tuple=True)
        step, other_step = -(-len(certain) // _MOST), max(1, -(-len(other) // _MOST_OTHER))
        looked = torch.cat((certain[::step], other[::other_step]))
        # each stands for the places that were passed over
        share = torch.where(weight < CERTAIN, weight * other_step / step, 1)[looked]
        where = torch.cat((centers, lightness[:, None] / (math.sqrt(2) * _LIGHTNESS)), dim=1)
        # one matrix, changed in place: it is large
        alike = torch.cdist(where, where[looked]).square_().neg_().exp_().mul_(share)
        missing = (told[:2] / told[2:].clamp(min=1e-6) * _AB_UNIT - own).flatten(1)[:, looked]
        change = alike @ missing.T / (alike.sum(1, keepdim=True) + _LEAVE)
        found.append(own + change.T.unflatten(1, (h, w)))
    return torch.stack(found)


def heard(hints: Hints) -> Hints:
    """Hints without the weak ones of pictures of which a little is certain.

    What is found by likeness to a few points says less than these, where they are to be seen.
    """
    certain = (hints.weight >= CERTAIN).float().mean((1, 2, 3), keepdim=True)
    few = (certain > 0) & (certain < _LITTLE)
    return Hints(hints.ab, hints.weight * ~(few & (hints.weight < _WEAK)))


def reach(features: Sequence[Tensor], hints: Hints) -> Tensor:
    """How far hints concern each place of pictures: as much as it looks like a hinted one.

    A network that is told of one orange suit makes the sky orange too; what it says then is taken
    only where this says so. Hints all over an image say more of what lies between them.

    Args:
        features: of an encoder at strides 8, 16 and 32.
        hints: of the same pictures, at any size.

    Returns:
        `(B, 1, h, w)` in [0, 1] on the grid of stride 8; 0 where nothing is hinted.
    """
    size = features[0].shape[-2:]
    weights = F.adaptive_max_pool2d(hints.weight, (size[0], size[1])).flatten(1).float()
    found = []
    for number, weight in enumerate(weights):
        here = weight > 0
        if here.all() or not here.any():
            found.append(here.float().view(1, *size))
            continue
        (places,) = descriptors([x[number : number + 1] for x in features])
        places = places.flatten(1)
        # what is hardly said concerns little
        told = (weight[here] / _SAID).clamp(max=1)
        alike = ((places.T @ places[:, here]).clamp(min=0) * told).amax(1)
        grid = cell_centers(size[0], size[1]).to(places)
        near = torch.cdist(grid, grid[here]).div_(_NEAR).square_().neg_().exp_().mul_(told)
        spread = ((near.amax(1).mean() - _FEW) / (_WIDE - _FEW)).clamp(0, 1)
        low, high = (_between(ends, spread) for ends in (_UNLIKE, _ALIKE))
        found.append(((alike - low) / (high - low)).clamp(0, 1).view(1, *size))
    return torch.stack(found)


def _between(ends: tuple[float, float], share: Tensor) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * share


class HintAttention(nn.Module):
    """Gathers for each place the hints of places that look alike and lie near.

    One point so colors a whole thing. Attention (Vaswani et al., NeurIPS 2017) in which only hinted
    places are looked at, each as much as its weight, and a place that is like none of them finds
    nothing.

    Args:
        inputs: channels of the features that likeness is judged by.
        width: of the likeness.
    """

    def __init__(self, inputs: int, width: int = 32) -> None:
        super().__init__()
        self._width = width
        self.query = nn.Conv2d(inputs, width, 1)
        self.key = nn.Conv2d(inputs, width, 1)
        # Logit of finding nothing, and what a distance of the short side costs, squared.
        self.nothing = nn.Parameter(torch.zeros(1))
        self.reach = nn.Parameter(torch.tensor([3.0]))

    def forward(self, x: Tensor, known: Tensor) -> Tensor:
        """Features `(B, inputs, h, w)` and `planes` of that size -> what was gathered, likewise."""
        with torch.autocast(x.device.type, enabled=False):
            x, known = x.float(), known.float()
            count, _, h, w = x.shape
            places = cell_centers(h, w).to(x)
            cost = F.softplus(self.reach)
            weight = known[:, 2].flatten(1)
            likeness = self.query(x).flatten(2).mT @ self.key(x).flatten(2) / math.sqrt(self._width)
            apart = (places[:, None] - places[None]).square().sum(2)
            scores = likeness - cost * apart + weight.clamp(min=1e-6).log()[:, None]
            scores = scores.masked_fill((weight == 0)[:, None], -math.inf)
            nothing = self.nothing.expand(count, h * w, 1)
            share = torch.softmax(torch.cat((scores, nothing), dim=2), dim=2)[..., :-1]
            # Colors as they are, not times their weight, which the shares hold already.
            values = known.flatten(2).mT / known[:, 2:].flatten(2).mT.clamp(min=1e-6)
            return (share @ values).mT.unflatten(2, (h, w))


def cell_centers(h: int, w: int) -> Tensor:
    """Centers of cells in units of the short side: float32 `(h w, 2)`."""
    ys, xs = (torch.arange(n, dtype=torch.float32) / min(h, w) for n in (h, w))
    return torch.cartesian_prod(ys, xs)
