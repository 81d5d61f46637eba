"""A key frame as the encoder and the colorizer see it, by regions."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from ..colorizers import ab_bins
from ..colorizers.base import Base
from ..colorizers.descriptors import descriptors
from ..prefetch import prefetch
from ..stages.foreign import colored
from ..stages.lightness import resize, to_lightness
from .key_frames import frames_of, read_frames
from .superpixels import means, regions

if TYPE_CHECKING:
    from torch import Tensor

    from ..analysis.film_analysis import FilmAnalysis
    from ..analysis.key_images import KeyImages
    from ..config import RunConfig
    from ..film import Film
    from ..geometry import Area
    from ..stages.values import WorkFrame
    from ..types import Coloring, Colorizer, Progress

LIKELIEST = 5
"""Colors that are told of a region."""
_AHEAD = 2
"""Frames that networks are ahead of the regions."""
_READ = 4
"""Frames that reading is ahead of the networks."""
_APART = 15.0
"""ab units from which two colors are told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A key frame.

    Attributes:
        frame, shot: numbers.
        seconds: of the shot that it stands for.
        box: of the active area: left, top, right and bottom in shares of the upright image.
        labels: uint8 `(h, w)`, the region of each cell of the active area.
        ab: float16 `(2, h, w)`, colors of the cells.
        levels: features of the regions at strides 8, 16 and 32, float16 `(n, channels)` each.
        means: float32 `(n, 5)`: a*, b*, L*, confidence and share of the active area.
        unsure: float32 `(n,)`, entropy of the colors of a region over the largest possible.
        likeliest: float32 `(n, 5, 3)`: a*, b* and chance of the likeliest colors.
        places: float32 `(n, 2)`: x and y of the most typical cell in shares of the upright image.
    """

    frame: int
    shot: int
    seconds: float
    box: tuple[float, float, float, float]
    labels: np.ndarray
    ab: np.ndarray
    levels: tuple[np.ndarray, ...]
    means: np.ndarray
    unsure: np.ndarray
    likeliest: np.ndarray
    places: np.ndarray


def look_at_key_frames(
    film: Film,
    analysis: FilmAnalysis,
    config: RunConfig,
    network: Base,
    colorizer: Colorizer,
    device: str,
    progress: Progress | None = None,
    images: KeyImages | None = None,
) -> Iterator[Looked]:
    """Looks at all key frames of a film, in order.

    Args:
        film, analysis: the film.
        config: settings of the run.
        network: whose encoder compares, and whose distributions say what a region could be.
        colorizer: of the run; the same as `network` where that colors.
        device: of both.
        progress: called after every frame.
        images: that the analysis kept of key frames, see `key_frames.images_at`.
    """
    wanted = frames_of(analysis)
    size = film.info.geometry.working_size(config.work_size)
    frames = read_frames(film, analysis, [n for n, _, _ in wanted], images)
    work = to_lightness(prefetch(frames, _READ), film.info, analysis, size, device)
    own = None if colorizer is network else colorizer
    # regions are found beside the networks, which do not fill two cores
    with closing(prefetch(_seen(work, network, own), _AHEAD)) as seen:
        for done, (one, (number, shot, seconds)) in enumerate(zip(seen, wanted, strict=True), 1):
            left, top, right, bottom = one.area
            box = (left / size.width, top / size.height, right / size.width, bottom / size.height)
            coloring = one.coloring or network.decoded(one.logits, one.L)
            yield _by_regions(one, coloring, number, shot, seconds, box)
            if progress is not None:
                progress(done, len(wanted))


class _Seen(NamedTuple):
    """What networks say of the active area of a frame; no coloring: as the logits have it."""

    L: Tensor
    area: Area
    features: tuple[Tensor, ...]
    logits: Tensor
    coloring: Coloring | None


def _seen(work: Iterator[WorkFrame], network: Base, colorizer: Colorizer | None) -> Iterator[_Seen]:
    for item in work:
        left, top, right, bottom = item.area
        L = resize(item.L[..., top:bottom, left:right].float(), network.size)
        features, logits = network.encode_and_look(L)
        n = item.index
        coloring = None if colorizer is None else colored(colorizer, L, n, n)
        yield _Seen(L, item.area, features, logits, coloring)


def _by_regions(
    seen: _Seen,
    coloring: Coloring,
    frame: int,
    shot: int,
    seconds: float,
    box: tuple[float, float, float, float],
) -> Looked:
    L, features, logits = seen.L, seen.features, seen.logits
    grid = (features[0].shape[-2], features[0].shape[-1])

    def cells(x: Tensor) -> np.ndarray:
        return F.adaptive_avg_pool2d(x.float(), grid)[0].cpu().numpy()

    light, ab, sure = cells(L), cells(coloring.ab), cells(coloring.confidence)
    look = descriptors(features)[0].cpu().numpy()
    labels = regions(look, light[0], ab)
    flat, count = labels.ravel(), int(labels.max()) + 1
    on_grid = [F.interpolate(x, size=grid, mode="bilinear", align_corners=False) for x in features]
    levels = tuple(_pooled(x[0].cpu().numpy(), flat, count).astype(np.float16) for x in on_grid)
    # bins last: much faster on a processor
    shares = torch.softmax(logits.float().permute(0, 2, 3, 1).contiguous(), 3)
    chances = _pooled(cells(shares.permute(0, 3, 1, 2)), flat, count)
    area = np.bincount(flat, minlength=count).astype(np.float32)[:, None] / flat.size
    facts = np.concatenate((_pooled(np.concatenate((ab, light, sure)), flat, count), area), 1)
    entropy = -(chances * np.log(np.maximum(chances, 1e-9))).sum(1) / np.log(chances.shape[1])
    return Looked(
        frame=frame,
        shot=shot,
        seconds=seconds,
        box=box,
        labels=labels,
        ab=ab.astype(np.float16),
        levels=levels,
        means=facts.astype(np.float32),
        unsure=entropy.astype(np.float32),
        likeliest=np.stack([_likeliest(p) for p in chances]).astype(np.float32),
        places=_places(look, labels, box),
    )


def _pooled(planes: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    return means(planes.reshape(planes.shape[0], -1).T, labels, count)


@functools.cache
def _bins() -> tuple[np.ndarray, np.ndarray]:
    """Colors of the bins, and which count as one."""
    centers = ab_bins.bin_centers().numpy()
    apart = np.linalg.norm(centers[None] - centers[:, None], axis=2)
    return centers, apart < _APART


def _likeliest(chances: np.ndarray) -> np.ndarray:
    """The likeliest colors of a distribution over the bins `(313,)`: ab and chance `(5, 3)`.

    Neighboring bins count as one color; chances are of all that is about so.
    """
    centers, all_near = _bins()
    left = chances.astype(np.float64).copy()
    found = []
    for _ in range(LIKELIEST):
        near = all_near[left.argmax()]
        share = left[near].sum()
        color = left[near] @ centers[near] / max(share, 1e-12)
        found.append((*color, share))
        left[near] = 0
    return np.array(sorted(found, key=lambda c: -c[2]))


def _places(
    look: np.ndarray, labels: np.ndarray, box: tuple[float, float, float, float]
) -> np.ndarray:
    """Of each region the cell that is most like all of it and lies well inside."""
    h, w = labels.shape
    count = int(labels.max()) + 1
    cells = look.reshape(look.shape[0], -1).T
    flat = labels.ravel()
    like = (cells * means(cells, flat, count)[flat]).sum(1)
    padded = np.pad(labels, 1, mode="edge").astype(int)
    inside = np.zeros((h, w))
    for dy in (0, 1, 2):
        for dx in (0, 1, 2):
            inside += padded[dy : dy + h, dx : dx + w] == labels
    score = like + inside.ravel() / 9
    best = np.array([np.where(flat == n, score, -np.inf).argmax() for n in range(count)])
    left, top, right, bottom = box
    x = left + (best % w + 0.5) / w * (right - left)
    y = top + (best // w + 0.5) / h * (bottom - top)
    return np.stack((x, y), 1).astype(np.float32)
