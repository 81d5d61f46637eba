"""Regions of an image: neighboring cells that look alike, are about as light and about as colored.

Simple linear iterative clustering (Achanta et al., "SLIC superpixels", TPAMI 2012) on the cells of
an encoder instead of pixels.
"""

from __future__ import annotations

import math

import numpy as np

COUNT = 48
"""Regions of an image at most, of any shape of image."""
_ROUNDS = 5
# What counts as one: of unit descriptors the distance, L*, ab units, and cells between seeds.
_LOOK, _LIGHT, _COLOR, _PLACE = 0.6, 15.0, 12.0, 1.0


def regions(look: np.ndarray, L: np.ndarray, ab: np.ndarray, count: int = COUNT) -> np.ndarray:
    """Groups cells.

    Args:
        look: `(d, h, w)`, a unit vector for each cell.
        L: `(h, w)`, L*.
        ab: `(2, h, w)`.
        count: of regions, about.

    Returns:
        uint8 `(h, w)`: numbers of regions from 0 without gaps; each has a cell at least.
    """
    h, w = L.shape
    step = max(1.0, math.sqrt(h * w / count))
    rows, columns = max(1, int(h / step)), max(1, int(w / step))
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    planes = (look / _LOOK, L[None] / _LIGHT, ab / _COLOR, np.stack((ys, xs)) / (_PLACE * step))
    cells = np.concatenate(planes).reshape(-1, h * w).T.astype(np.float32)
    row = np.minimum((ys * rows / h).astype(int), rows - 1)
    column = np.minimum((xs * columns / w).astype(int), columns - 1)
    labels = (row * columns + column).ravel()
    size = rows * columns
    for _ in range(_ROUNDS):
        centers = means(cells, labels, size)
        apart = (centers * centers).sum(1)[None] - 2 * cells @ centers.T
        apart[:, np.bincount(labels, minlength=size) == 0] = np.inf
        labels = apart.argmin(1)
    return np.unique(labels, return_inverse=True)[1].reshape(h, w).astype(np.uint8)


def means(values: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Mean `(count, d)` of the rows of `values` `(n, d)` of each label; 0 where there is none."""
    found = np.zeros((count, values.shape[1]), np.float32)
    member = np.zeros((count, len(labels)), np.float32)
    member[labels, np.arange(len(labels))] = 1
    total = member.sum(1, keepdims=True)
    np.divide(member @ values, total, out=found, where=total > 0)
    return found
