"""Gray textures and real shots the flow training draws from, decoded once and kept as uint8."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

# One scene in so many is kept from training, for measuring.
_HELD_OUT = 10


def is_held_out(name: str) -> bool:
    """Whether a clip is kept for measuring: decided by its scene, so takes stay together."""
    scene = name.rsplit("-", 1)[0]
    return zlib.crc32(scene.encode()) % _HELD_OUT == 0


@dataclass(frozen=True)
class Pictures:
    """Gray pictures of many sizes in one flat array, in groups (the frames of one shot).

    Attributes:
        pixels: uint8, all pictures one after another.
        offsets: int64 `(N,)`, where each begins.
        sizes: int32 `(N, 2)`, height and width of each.
        groups: int32 `(G, 2)`, first picture and one past the last of each group.
        weights: float64 `(G,)`, chance of each group to be drawn; sums to 1.
    """

    pixels: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    groups: np.ndarray
    weights: np.ndarray

    def picture(self, index: int) -> np.ndarray:
        """uint8 `(h, w)`, luma of picture `index`."""
        h, w = self.sizes[index]
        start = self.offsets[index]
        return self.pixels[start : start + h * w].reshape(h, w)


def _pack(groups: list[list[np.ndarray]], weights: list[float]) -> Pictures:
    pictures = [picture for group in groups for picture in group]
    ends = np.cumsum([len(group) for group in groups])
    lengths = np.array([picture.size for picture in pictures], np.int64)
    chances = np.array(weights, np.float64)
    return Pictures(
        pixels=np.concatenate([picture.reshape(-1) for picture in pictures]),
        offsets=np.cumsum(lengths) - lengths,
        sizes=np.array([picture.shape for picture in pictures], np.int32),
        groups=np.stack([ends - [len(group) for group in groups], ends], 1).astype(np.int32),
        weights=chances / chances.sum(),
    )


def _save(pictures: Pictures, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pixels", "offsets", "sizes", "groups", "weights"):
        np.save(folder / f"{name}.npy", getattr(pictures, name))
    (folder / "done.json").write_text(json.dumps({"pictures": len(pictures.offsets)}))


def _load(folder: Path) -> Pictures:
    small = [np.load(folder / f"{n}.npy") for n in ("offsets", "sizes", "groups", "weights")]
    return Pictures(np.load(folder / "pixels.npy", mmap_mode="r"), *small)


def read_photos(*shards: Path) -> list[np.ndarray]:
    """Every photograph of some zip shards as luma, uint8 `(h, w)`, in the order of their names."""
    photos = []
    for path in shards:
        with zipfile.ZipFile(path) as shard:
            for name in sorted(n for n in shard.namelist() if n.endswith(".webp")):
                code = np.frombuffer(shard.read(name), np.uint8)
                photo = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE)
                if photo is None:
                    raise ValueError(f"{path} holds something unreadable: {name}")
                photos.append(photo)
    return photos


def read_luma(path: Path, start: int = 0, count: int | None = None) -> list[np.ndarray]:
    """Luma planes of a film's frames `start` to `start + count`, uint8 `(h, w)`."""
    frames: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if count is not None and index >= start + count:
                break
            if index >= start:
                frames.append(frame.to_ndarray(format="gray"))
    return frames


def load_photos(root: Path, cache: Path) -> Pictures:
    """The training photographs below `root` (shards `train-*.zip`), decoded into `cache` once."""
    if not (cache / "done.json").exists():
        photos = read_photos(*sorted(root.glob("train-*.zip")))
        _save(_pack([[photo] for photo in photos], [1.0] * len(photos)), cache)
    return _load(cache)


def load_clips(root: Path, cache: Path) -> Pictures:
    """The shots below `root` that are not held out, decoded into `cache` at the first call.

    Surveillance shots hardly move and are noisy; they are drawn a fifth as often.
    """
    if not (cache / "done.json").exists():
        names = [p for p in sorted(root.glob("*.mp4")) if not is_held_out(p.stem)]
        clips = [read_luma(path) for path in names]
        kept = [(n, c) for n, c in zip(names, clips, strict=True) if len(c) > 1]
        weights = [0.2 if n.stem.startswith("cctv") else 1.0 for n, _ in kept]
        _save(_pack([c for _, c in kept], weights), cache)
    return _load(cache)
