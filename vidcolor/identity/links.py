"""Which regions of key frames show the same thing.

Two images show the same place where much of each is found in the other one and nowhere better in
it: regions that are each other's best (mutual nearest neighbors). Two portraits have like regions
too, but many of one are like the same of the other. Only in images of one place do regions count as
the same, each with the one it is most like, more surely so if each is the other's best. A face or a
sky that looks like those of other places is a face or a sky, and stays what it is. Faces that fill
the image are more alike than that; but in a film of several close-ups of each, both images of two
faces are much more like one of another shot (a ratio test, Lowe, "Distinctive Image Features from
Scale-Invariant Keypoints", IJCV 2004, section 7.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .look import Looked

_LEVELS = (1.0, 2.0, 1.0)
"""Weights of features at strides 8, 16 and 32."""
_TINY = 1e-3
_CANDIDATES = 48
"""Key frames that each is compared with at most: those that are most like it as a whole."""
_LIKE = 0.38
"""Mean likeness of the regions of two images to the best of the other, below which they show
different places."""
_PLACE = (0.17, 0.21)
"""Area of regions that are each other's best, times their likeness, from which two images may show
the same place, and surely do. Of 117 frames of 39 clips, cropped, mirrored, of other exposure and
grain, 89 % of the pairs of one clip reach 0.18, and 1 in 950 of the other pairs."""
_RIVAL = (0.78, 0.84)
"""Mean likeness of two images over what the less matched of them reaches in any other shot, from
which they may show the same place, and surely do. Chosen on 28 scenes of clips, 9 of them faces:
links between different faces fall to a fifth, of those within a scene 99 % are left.
"""
_THING = (0.35, 0.6)
"""Likeness, a cosine, from which two regions of one place may be the same thing, and surely are."""
_ONE_SIDED = 0.5
"""How sure a link is that only one side finds the best, against one that both do."""
_ALIKE = (0.5, 0.8)
"""The same for regions of one shot that an answer about one of them concerns."""
_MOST_ALIKE = 8
"""Of these for each region."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """See `bank.Bank`."""

    links: np.ndarray
    sure: np.ndarray
    alike: np.ndarray
    alike_sure: np.ndarray
    settings: np.ndarray


class _Compared(NamedTuple):
    """Two key frames that may show the same place: how like, how surely, and what is linked."""

    a: int
    b: int
    one_shot: bool
    mean: float
    place: float
    links: np.ndarray
    weights: np.ndarray


def find_links(looks: Sequence[Looked]) -> Links:
    """Compares key frames with each other."""
    units = unit_descriptors(
        [np.concatenate(x) for x in zip(*(k.levels for k in looks), strict=True)]
    )
    first = np.r_[0, np.cumsum([len(k.unsure) for k in looks])]
    areas = np.concatenate([k.means[:, 4] for k in looks])
    shots = np.array([k.shot for k in looks])
    parts = [slice(a, b) for a, b in pairwise(first)]
    alike, alike_sure = [], []
    closest = np.zeros(len(looks))
    compared: list[_Compared] = []
    for a, b in _pairs(units, areas, parts, shots):
        likeness = units[parts[a]] @ units[parts[b]].T
        one_shot = bool(shots[a] == shots[b])
        if one_shot:
            pairs, weights = _most_alike(likeness, same=a == b)
            alike.append(pairs + first[[a, b]])
            alike_sure.append(weights)
        if a == b:
            continue
        mean, place = _place(likeness, areas[parts[a]], areas[parts[b]])
        if not one_shot:
            closest[[a, b]] = np.maximum(closest[[a, b]], mean)
        if place > 0 or one_shot:
            pairs, weights = _best(likeness)
            kept = weights > 0
            linked = pairs[kept] + first[[a, b]]
            compared.append(_Compared(a, b, one_shot, mean, place, linked, weights[kept]))
    links, sure, same_place = [], [], []
    for pair in compared:
        rival = min(closest[pair.a], closest[pair.b])
        share = 1.0 if pair.one_shot else float(_ramp(pair.mean / rival, _RIVAL))
        place = pair.place * share
        if place > 0.5:
            same_place.append((pair.a, pair.b))
        if place > 0 or pair.one_shot:
            links.append(pair.links)
            sure.append(pair.weights * (1 if pair.one_shot else place))
    return Links(
        links=_joined(links, (0, 2), np.int32),
        sure=_joined(sure, (0,), np.float32),
        alike=_joined(alike, (0, 2), np.int32),
        alike_sure=_joined(alike_sure, (0,), np.float32),
        settings=_groups(len(looks), same_place),
    )


def unit_descriptors(levels: Sequence[np.ndarray]) -> np.ndarray:
    """Descriptors of regions relative to what the film's regions look like as a rule.

    Args:
        levels: of each stride, features `(n, channels)` of all regions of the film.

    Returns:
        float32 `(n, d)`, unit vectors.
    """
    parts = []
    for weight, features in zip(_LEVELS, levels, strict=True):
        x = features.astype(np.float32)
        parts.append(_unit((x - x.mean(0)) / (x.std(0) + _TINY)) * weight**0.5)
    return _unit(np.concatenate(parts, axis=1))


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), _TINY)


def _pairs(
    units: np.ndarray, areas: np.ndarray, parts: Sequence[slice], shots: np.ndarray
) -> Iterator[tuple[int, int]]:
    """Key frames that are compared, each with itself, its shot, and those most like it."""
    whole = _unit(np.stack([areas[p] @ units[p] for p in parts]))
    likeness = whole @ whole.T
    count = len(parts)
    for a in range(count):
        near = set(np.argsort(-likeness[a], kind="stable")[:_CANDIDATES].tolist())
        near |= set((shots == shots[a]).nonzero()[0].tolist())
        yield from ((a, b) for b in sorted(near) if b >= a)


def _place(likeness: np.ndarray, area_a: np.ndarray, area_b: np.ndarray) -> tuple[float, float]:
    """How like two images are, and how surely they show the same place, in [0, 1]."""
    best, back = likeness.argmax(1), likeness.argmax(0)
    highest = likeness.max(1)
    mean = float(area_a @ highest + area_b @ likeness.max(0)) / 2
    if mean < _LIKE:
        return mean, 0.0
    mutual = back[best] == np.arange(len(best))
    area = (area_a[mutual] + area_b[best[mutual]]) / 2
    return mean, float(_ramp(float(area @ highest[mutual]), _PLACE))


def _best(likeness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each region with its best in the other image, `(n, 2)`, and how surely both are the same."""
    n, m = likeness.shape
    best, back = likeness.argmax(1), likeness.argmax(0)
    weight = np.zeros((n, m))
    weight[np.arange(n), best] += _ONE_SIDED
    weight[back, np.arange(m)] += _ONE_SIDED
    pairs = np.argwhere(weight > 0)
    rows, columns = pairs.T
    return pairs, weight[rows, columns] * _ramp(likeness[rows, columns], _THING)


def _most_alike(likeness: np.ndarray, *, same: bool) -> tuple[np.ndarray, np.ndarray]:
    weights = _ramp(likeness, _ALIKE)
    if same:
        weights = np.triu(weights, 1)
    order = np.argsort(-weights, axis=1, kind="stable")[:, :_MOST_ALIKE]
    rows = np.repeat(np.arange(len(weights)), order.shape[1])
    pairs = np.stack((rows, order.ravel()), 1)
    found = weights[pairs[:, 0], pairs[:, 1]]
    return pairs[found > 0], found[found > 0]


def _ramp(x: np.ndarray | float, limits: tuple[float, float]) -> np.ndarray:
    low, high = limits
    return np.clip((np.asarray(x) - low) / (high - low), 0, 1)


def _joined(parts: Sequence[np.ndarray], empty: tuple[int, ...], dtype: type) -> np.ndarray:
    return np.concatenate([np.zeros(empty), *parts]).astype(dtype)


def _groups(count: int, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Numbers of the groups that pairs join: int32 `(count,)`, from 0 in the order of the film."""
    group = np.arange(count)
    for a, b in pairs:
        group[group == group[b]] = group[a]
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int32)
