"""What two or three small luma pictures say of each other: the same scene, another, or a mixture.

Blocks are compared by correlation, which brightness, contrast and their flicker do not change, and
searched in a neighborhood, which takes out motion, weave and jitter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .thumbnail import HEIGHT, WIDTH

_BLOCK = 16
_REACH = 4
# The least standard deviation of a block, in codes, that is more than fine grain.
_FAINT = 1.0
# One block of much contrast shall not decide alone.
_STRONG = 20.0
# What smoothing leaves of the standard deviation of white noise: [1 2 1] / 4, both ways.
_SMOOTHED = 0.375
_KEPT = 64
"""Images whose preparation is remembered: each is compared with several of the last two dozen."""


def is_blank(picture: np.ndarray, least: float) -> bool:
    """Whether there is nothing on a picture but an even tone and grain.

    Args:
        picture: uint8 `(48, 64)`.
        least: contrast of a block, in codes, that is something. Nearly a third of the blocks must
            have it: dust and scratches on black are in few.
    """
    prepared = _prepared(picture)
    grain = prepared.grain
    seen = np.sqrt(np.maximum(prepared.contrast**2 - grain**2, 0))
    return _quantile(seen, 0.7) < max(least, 2 * grain)


def picture_change(picture: np.ndarray, before: np.ndarray) -> float:
    """How little of a picture is found again in an earlier one: 0 = all of it, about 0.7 = nothing.

    The mean over blocks, weighted by their contrast, of 1 - the best correlation with the earlier
    picture within a few pixels about the same place.

    Args:
        picture, before: uint8 `(48, 64)`.
    """
    around = _prepared(before).framed
    lost = weights = 0.0
    for block, weight, place, _ in _prepared(picture).blocks:
        lost += weight * _lost(block, around[place])
        weights += weight
    return lost / weights if weights else 0.0


def is_like(picture: np.ndarray, before: np.ndarray, most: float) -> bool:
    """Whether `picture_change` is at most `most`, with as few searches as tell.

    A block that is found again in its own place needs none, and this is most of most films.
    """
    seen, earlier = _prepared(picture), _prepared(before)
    at_rest = 1.0 - np.einsum("ij,ij->i", seen.patterns, earlier.patterns)
    weights = sum(weight for _, weight, *_ in seen.blocks)
    known, open_ = 0.0, sum(w * float(at_rest[number]) for _, w, _, number in seen.blocks)
    for block, weight, place, number in seen.blocks:
        if known + open_ <= most * weights:
            return True
        if known > most * weights:
            return False
        known += weight * _lost(block, earlier.framed[place])
        open_ -= weight * float(at_rest[number])
    return known <= most * weights


def _lost(block: np.ndarray, around: np.ndarray) -> float:
    """How little of a block is found in an image that is searched."""
    return 1.0 - float(cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED).max())


def mixture(picture: np.ndarray, before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """How much of a picture is explained by an earlier and a later one together, and how much by
    the better one of them alone, both in [0, 1].

    In a shot and beside a cut one of them does as well as both, in the middle of a dissolve both
    explain 0.7 to 0.97 and one 0.1 to 0.35 less.

    Every block is found again in both, each in its own place, and is taken for a sum of the two
    with shares that are not negative; the mean over blocks, weighted by their contrast, of the
    explained variance. The linear model of a dissolve is that of Lienhart, "Reliable dissolve
    detection", SPIE 2001, section 2; the search for moving blocks is this project's.

    Args:
        picture, before, after: uint8 `(48, 64)`.
    """
    around = (_prepared(before).framed, _prepared(after).framed)
    both = first = second = weights = 0.0
    for block, weight, place, _ in _prepared(picture).blocks:
        centered = block - block.mean()
        power = float((centered * centered).sum())
        parts, alone = [], []
        for picture_around in around:
            there = picture_around[place]
            match = cv2.matchTemplate(there, block, cv2.TM_CCOEFF_NORMED)
            _, best, _, (x, y) = cv2.minMaxLoc(match)
            part = there[y : y + _BLOCK, x : x + _BLOCK]
            parts.append(part - part.mean())
            alone.append(max(best, 0.0) ** 2)
        both += weight * max(_explained(centered, *parts) / power, *alone)
        first, second = first + weight * alone[0], second + weight * alone[1]
        weights += weight
    return (both / weights, max(first, second) / weights) if weights else (0.0, 0.0)


def _explained(block: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """Variance of a block explained by two others with shares that are not negative, else 0."""
    aa, bb, ab = (float((x * y).sum()) for x, y in ((one, one), (other, other), (one, other)))
    am, bm = (float((x * block).sum()) for x in (one, other))
    determinant = aa * bb - ab * ab
    if determinant < 1e-3 * aa * bb or determinant <= 0:
        return 0.0
    shares = (bb * am - ab * bm) / determinant, (aa * bm - ab * am) / determinant
    return shares[0] * am + shares[1] * bm if min(shares) > 0 else 0.0


def shares(pictures: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Share of `after` in each of `pictures`, taken for mixtures of the two: `(n,)` in [0, 1].

    Args:
        pictures: uint8 `(n, 48, 64)`.
        before, after: uint8 `(48, 64)`.
    """
    a, b = (_centered(p) for p in (before, after))
    columns = np.stack((a, b), axis=1)
    centered = np.stack([_centered(p) for p in pictures], axis=1)
    found = np.clip(np.linalg.lstsq(columns, centered, rcond=None)[0], 0, None)
    return found[1] / np.maximum(found.sum(axis=0), 1e-6)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What comparisons need of a thumbnail.

    Attributes:
        smooth: float32 `(48, 64)`, smoothed.
        framed: the same with a frame of `_REACH` pixels, to be searched in.
        grain: standard deviation that grain has left in `smooth`, in codes.
        contrast: float32 `(12,)`, standard deviation of every block.
        patterns: float32 `(12, 256)`, every block without its mean, of unit length.
        blocks: blocks with more contrast than grain has, their weights, where in `framed` images
            they are searched for, and their numbers.
    """

    smooth: np.ndarray
    framed: np.ndarray
    grain: float
    contrast: np.ndarray
    patterns: np.ndarray
    blocks: tuple[tuple[np.ndarray, float, tuple[slice, slice], int], ...]


def _prepared(picture: np.ndarray) -> _Prepared:
    return _prepare(picture.tobytes())


@lru_cache(maxsize=_KEPT)
def _prepare(codes: bytes) -> _Prepared:
    picture = np.frombuffer(codes, np.uint8).reshape(HEIGHT, WIDTH)
    smooth = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.float32)
    framed = cv2.copyMakeBorder(smooth, *(_REACH,) * 4, cv2.BORDER_REPLICATE)
    grain = _grain(picture)
    patterns = _blocks(smooth)
    patterns -= patterns.mean(axis=1, keepdims=True)
    lengths = np.sqrt(np.einsum("ij,ij->i", patterns, patterns))
    patterns /= np.maximum(lengths, 1e-6)[:, None]
    contrast = lengths / _BLOCK
    blocks = []
    side = _BLOCK + 2 * _REACH
    for number, own in enumerate(contrast.tolist()):
        weight = min(own, _STRONG) - max(_FAINT, 2 * grain)
        if weight > 0:
            top, left = (_BLOCK * n for n in divmod(number, WIDTH // _BLOCK))
            block = smooth[top : top + _BLOCK, left : left + _BLOCK]
            place = (slice(top, top + side), slice(left, left + side))
            blocks.append((block, weight, place, number))
    return _Prepared(smooth, framed, grain, contrast, patterns, tuple(blocks))


def _blocks(image: np.ndarray) -> np.ndarray:
    """All blocks of an image, a row each, copied."""
    rows = image.reshape(HEIGHT // _BLOCK, _BLOCK, WIDTH // _BLOCK, _BLOCK)
    return rows.transpose(0, 2, 1, 3).reshape(-1, _BLOCK * _BLOCK)


def _quantile(values: np.ndarray, share: float) -> float:
    """As NumPy's, which takes much longer for a dozen values."""
    low, between = divmod(share * (len(values) - 1), 1)
    first, second = np.sort(values)[int(low) : int(low) + 2].tolist()
    return float(first + (second - first) * between)


def _centered(picture: np.ndarray) -> np.ndarray:
    smooth = _prepared(picture).smooth
    return smooth.ravel() - smooth.mean()


def _grain(picture: np.ndarray) -> float:
    """Standard deviation that grain leaves in a smoothed picture, in codes.

    Immerkaer, "Fast noise variance estimation", 1996; of the calmest fifth of the blocks, since
    fine detail looks like grain.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    fine = np.abs(cv2.filter2D(picture, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101))
    return _quantile(_blocks(fine).mean(axis=1), 0.2) * math.sqrt(math.pi / 2) / 6 * _SMOOTHED
