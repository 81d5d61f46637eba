"""The bank: what a film's key frames show, by regions, and which regions are the same thing."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .look import Looked

VERSION = 2


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Plain arrays: F key frames, R regions, E links between regions, A pairs that look alike.

    Attributes:
        mark: what it was made of, see `stored`.
        frames, shots: int32 `(F,)`, numbers of the key frames and of their shots.
        seconds: float32 `(F,)`, of its shot that a key frame stands for.
        boxes: float32 `(F, 4)`, the active area: left, top, right, bottom in 0..1.
        grids: int32 `(F, 2)`, height and width in cells of the active area.
        cells: uint8, the regions of all cells, one key frame after the other, rows first; counted
            from 0 in each key frame.
        cell_ab: float16 `(2, ...)`, colors of the same cells.
        first: int32 `(F + 1,)`, the first region of each key frame, and R.
        means: float32 `(R, 5)`: a*, b*, L*, confidence and share of the active area.
        unsure: float32 `(R,)`, entropy of a region's colors over the largest possible.
        likeliest: float32 `(R, 5, 3)`: a*, b* and chance of its likeliest colors.
        places: float32 `(R, 2)`: x and y of its most typical place, 0..1 in the upright image.
        links: int32 `(E, 2)`, regions of two key frames that show the same thing.
        sure: float32 `(E,)` in (0, 1], how surely.
        alike: int32 `(A, 2)`, regions of one shot that look alike.
        alike_sure: float32 `(A,)` in (0, 1].
        settings: int32 `(F,)`, numbers of the places that key frames show, from 0.
    """

    mark: str
    frames: np.ndarray
    shots: np.ndarray
    seconds: np.ndarray
    boxes: np.ndarray
    grids: np.ndarray
    cells: np.ndarray
    cell_ab: np.ndarray
    first: np.ndarray
    means: np.ndarray
    unsure: np.ndarray
    likeliest: np.ndarray
    places: np.ndarray
    links: np.ndarray
    sure: np.ndarray
    alike: np.ndarray
    alike_sure: np.ndarray
    settings: np.ndarray

    @property
    def frame_of(self) -> np.ndarray:
        """Of each region the place of its key frame in `frames`: int64 `(R,)`."""
        return np.repeat(np.arange(len(self.frames)), np.diff(self.first))

    @property
    def shot_of(self) -> np.ndarray:
        """Of each region the number of its shot."""
        return self.shots[self.frame_of]

    @property
    def weight(self) -> np.ndarray:
        """Of each region its share of the image times the seconds it stands for: `(R,)`."""
        left, top, right, bottom = self.boxes.T
        share = (right - left) * (bottom - top) * self.seconds
        return self.means[:, 4] * share[self.frame_of]

    def labels(self, place: int) -> np.ndarray:
        """Regions of the cells of a key frame, numbers in the whole bank: int64 `(h, w)`."""
        start, end = self._cells(place)
        return self.cells[start:end].reshape(self.grids[place]).astype(int) + self.first[place]

    def colors(self, place: int) -> np.ndarray:
        """Colors of the cells of a key frame: float32 `(2, h, w)`."""
        start, end = self._cells(place)
        return self.cell_ab[:, start:end].reshape(2, *self.grids[place]).astype(np.float32)

    def _cells(self, place: int) -> tuple[int, int]:
        counts = self.grids.prod(1)
        return int(counts[:place].sum()), int(counts[: place + 1].sum())

    def region_at(self, frame: int, x: float, y: float) -> int | None:
        """The region at a place of a key frame; None: no key frame, or beside its active area.

        Args:
            frame: number in the film.
            x, y: 0..1 in the upright image.
        """
        (found,) = (self.frames == frame).nonzero()
        if not len(found):
            return None
        place = int(found[0])
        left, top, right, bottom = (float(v) for v in self.boxes[place])
        if not (left <= x <= right and top <= y <= bottom):
            return None
        h, w = (int(n) for n in self.grids[place])
        row = min(int((y - top) / (bottom - top) * h), h - 1)
        column = min(int((x - left) / (right - left) * w), w - 1)
        return int(self.labels(place)[row, column])

    def to_bytes(self) -> bytes:
        """As a compressed archive of NumPy arrays; exact."""
        arrays = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        data = io.BytesIO()
        np.savez_compressed(data, allow_pickle=False, **arrays, version=np.asarray(VERSION))
        return data.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Bank:
        """The inverse of `to_bytes`.

        Raises:
            ConfigError: these are not such bytes.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                if int(arrays["version"]) != VERSION:
                    raise ValueError("of another version")
                values = {f.name: arrays[f.name] for f in fields(cls)}
        except Exception as err:
            raise ConfigError(f"no bank of a film's colors: {err}") from err
        return cls(**values | {"mark": str(values["mark"])})

    def digest(self) -> str:
        """SHA-256 of all of it."""
        found = hashlib.sha256(self.mark.encode())
        for field in fields(self)[1:]:
            array = np.ascontiguousarray(getattr(self, field.name))
            found.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
        return found.hexdigest()


def bank_of_looks(mark: str, looks: Sequence[Looked]) -> Bank:
    """The bank of a film's key frames, at least one."""
    from .links import find_links

    counts = [len(k.unsure) for k in looks]
    first = np.r_[0, np.cumsum(counts)]
    found = find_links(looks)
    return Bank(
        mark=mark,
        frames=np.array([k.frame for k in looks], np.int32),
        shots=np.array([k.shot for k in looks], np.int32),
        seconds=np.array([k.seconds for k in looks], np.float32),
        boxes=np.array([k.box for k in looks], np.float32),
        grids=np.array([k.labels.shape for k in looks], np.int32),
        cells=np.concatenate([k.labels.ravel() for k in looks]),
        cell_ab=np.concatenate([k.ab.reshape(2, -1) for k in looks], 1),
        first=first.astype(np.int32),
        means=np.concatenate([k.means for k in looks]),
        unsure=np.concatenate([k.unsure for k in looks]),
        likeliest=np.concatenate([k.likeliest for k in looks]),
        places=np.concatenate([k.places for k in looks]),
        links=found.links,
        sure=found.sure,
        alike=found.alike,
        alike_sure=found.alike_sure,
        settings=found.settings,
    )
