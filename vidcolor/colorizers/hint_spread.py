"""Colors of a whole picture by a few that are certain, after a network has had its say.

Each place gets a mean over what the network says with and without hints and over what each hinted
place suggests: its color, or the change that makes the network right there. Suggestions count by
likeness: attention (Vaswani et al., NeurIPS 2017) with a few fitted weights, over what Levin et al.
(SIGGRAPH 2004) compare, lightness and place, what an encoder sees and what a network would say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import Coloring, Hints
from .descriptors import descriptors
from .hints import CERTAIN, cell_centers, corrected, on_grid, planes, reach

# Hinted places that are looked at, at most, and places that are colored at once, so that what is
# between stays near the processor.
_MOST, _AT_ONCE = 400, 512
# L*, ab units and short sides: differences that cost what their factors say. The cost of not being
# near rises to half within `_NEAR`.
_LIGHTNESS, _APART, _NEAR = 10.0, 10.0, 0.03


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
        changed: cost of what the hints change there.
    """

    start: float | Tensor
    sure: float | Tensor
    changed: float | Tensor


class Weights(NamedTuple):
    """What weighs each source of a place's color.

    Attributes:
        color: of the color of a hinted place.
        change: of the change that makes the network right at a hinted place.
        plain: of the network's color without hints.
        told: of its color with them.
    """

    color: Suggestion
    change: Suggestion
    plain: Opinion
    told: Opinion


# By `python -m train hints`, see train/README.md.
FITTED = Weights(
    color=Suggestion(looks=8.95, light=2.4, color=1.11, far=0.2, start=0.39),
    change=Suggestion(looks=6.25, light=1.11, color=-0.12, far=1.37, start=0.75),
    plain=Opinion(start=2.04, sure=2.27, changed=0.1),
    told=Opinion(start=4.22, sure=0.21, changed=0.82),
)


def by_hints(
    told: Coloring, plain: Coloring, L: Tensor, features: Sequence[Tensor], hints: Hints
) -> Coloring:
    """Colors of pictures: certain hints are spread; of others, what they concern is as told.

    Args:
        told: with the hints: ab `(B, 2, h, w)`.
        plain: the same without.
        L: L* `(B, 1, ...)` at any size.
        features: of the encoder at strides 8, 16 and 32.
        hints: at any size.
    """
    found = [
        _of_one(*each)
        for each in zip(
            *(map(Coloring, x.ab.split(1), x.confidence.split(1)) for x in (told, plain)),
            L.split(1),
            zip(*(x.split(1) for x in features), strict=True),
            map(Hints, hints.ab.split(1), hints.weight.split(1)),
            strict=True,
        )
    ]
    return Coloring(torch.cat([c.ab for c in found]), torch.cat([c.confidence for c in found]))


def _of_one(
    told: Coloring, plain: Coloring, L: Tensor, features: Sequence[Tensor], hints: Hints
) -> Coloring:
    if not hints.weight.any():
        return plain
    certain = hints.weight >= CERTAIN
    if certain.all():
        return Coloring(corrected(told.ab, L, hints), told.confidence)
    if certain.any():
        return spread(told, plain, L, features, hints)
    size = (told.ab.shape[-2], told.ab.shape[-1])
    share = F.interpolate(reach(features, hints), size=size, mode="bilinear", align_corners=False)
    share = torch.maximum(share, planes(hints, told.ab)[:, -1:])
    return Coloring(
        torch.lerp(plain.ab, told.ab, share), torch.lerp(plain.confidence, told.confidence, share)
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
    looks = _Looks(features, (h, w))
    without, with_hints, hinted = (x[0].flatten(1).T for x in (plain.ab, told.ab, known.ab))
    centers = cell_centers(h, w).to(light)

    confidence = plain.confidence.flatten()
    looks_there = F.normalize(looks.of(at // w, at % w), dim=1)
    there = [x[at] for x in (light, without, centers, hinted, hinted - with_hints)]
    light_there, without_there, centers_there, *said = there
    found, plain_shares = [], []
    for part, seen in looks.lines():
        alike = seen @ looks_there.T
        light_apart = (light[part, None] - light_there).abs() / _LIGHTNESS
        color_apart = torch.cdist(without[part], without_there) / _APART
        far = torch.cdist(centers[part], centers_there)
        far = far / (far + _NEAR)
        suggestions = [
            of.start
            + of.looks * alike
            - of.light * light_apart
            - of.color * color_apart
            - of.far * far
            for of in (weights.color, weights.change)
        ]
        changed = (without[part] - with_hints[part]).norm(dim=1) / _APART
        opinions = [
            of.start + of.sure * confidence[part] - of.changed * changed
            for of in (weights.plain, weights.told)
        ]
        logits = torch.cat((*suggestions, torch.stack(opinions, dim=1)), dim=1)
        colors, changes, own = torch.softmax(logits, dim=1).split((len(at), len(at), 2), dim=1)
        found.append(
            colors @ said[0]
            + changes @ said[1]
            + own[:, :1] * without[part]
            + (changes.sum(1, keepdim=True) + own[:, 1:]) * with_hints[part]
        )
        plain_shares.append(own[:, 0])
    return Coloring(
        torch.cat(found).T.unflatten(1, (h, w))[None],
        torch.lerp(told.confidence, plain.confidence, torch.cat(plain_shares).view(1, 1, h, w)),
    )


class _Looks:
    """Descriptors of an image's places, as rows, of a few lines at a time: bilinear between them.

    With the channels of a place side by side and few places at once, this takes a tenth of the time
    of `F.interpolate`.
    """

    def __init__(self, features: Sequence[Tensor], size: tuple[int, int]) -> None:
        found = descriptors(features)[0].permute(1, 2, 0)
        (before, after, share), self._columns = (
            _between(old, new, found.device) for old, new in zip(found.shape[:2], size, strict=True)
        )
        self._lines = torch.lerp(found[before], found[after], share[:, None, None])
        self._size = size

    def of(self, rows: Tensor, columns: Tensor) -> Tensor:
        """Of single places `(n,)`: `(n, channels)`."""
        before, after, share = (x[columns] for x in self._columns)
        return torch.lerp(self._lines[rows, before], self._lines[rows, after], share[:, None])

    def lines(self) -> Iterator[tuple[slice, Tensor]]:
        """Unit vectors of all places, and which they are, counted line by line."""
        h, w = self._size
        before, after, share = self._columns
        step = max(1, _AT_ONCE // w)
        for top in range(0, h, step):
            some = self._lines[top : top + step]
            near, far = some.index_select(1, before), some.index_select(1, after)
            seen = torch.lerp(near, far, share[:, None]).flatten(0, 1)
            yield slice(top * w, top * w + len(seen)), F.normalize(seen, dim=1)


def _between(old: int, new: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Where `new` places lie: the old one before each, the one after, and the share of that."""
    place = ((torch.arange(new, device=device) + 0.5) * (old / new) - 0.5).clamp(0, old - 1)
    before = place.long()
    return before, (before + 1).clamp(max=old - 1), place - before
