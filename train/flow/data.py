"""Gray photographs and real shots for the flow training, decoded once and stored as uint8."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

# One scene in this many is held out for validation.
_HELD_OUT = 10


def is_held_out(name: str) -> bool:
    """Whether a clip is held out for validation; the same for all takes of a scene."""
    scene = name.rsplit("-", 1)[0]
    return zlib.crc32(scene.encode()) % _HELD_OUT == 0


@dataclass(frozen=True)
class Images:
    """Gray images of many sizes in one flat array, in groups (the frames of one shot).

    Attributes:
        pixels: uint8, all images concatenated.
        offsets: int64 `(N,)`, start of each image.
        sizes: int32 `(N, 2)`, height and width of each.
        groups: int32 `(G, 2)`, first image and one past the last of each group.
        weights: float64 `(G,)`, sampling probability of each group; sums to 1.
    """

    pixels: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    groups: np.ndarray
    weights: np.ndarray

    def image(self, index: int) -> np.ndarray:
        """uint8 `(h, w)`, luma of image `index`."""
        h, w = self.sizes[index]
        start = self.offsets[index]
        return self.pixels[start : start + h * w].reshape(h, w)


def _pack(groups: list[list[np.ndarray]], weights: list[float]) -> Images:
    images = [image for group in groups for image in group]
    if not images:
        raise ValueError("there are no photographs or no shots in the data")
    ends = np.cumsum([len(group) for group in groups])
    lengths = np.array([image.size for image in images], np.int64)
    chances = np.array(weights, np.float64)
    return Images(
        pixels=np.concatenate([image.reshape(-1) for image in images]),
        offsets=np.cumsum(lengths) - lengths,
        sizes=np.array([image.shape for image in images], np.int32),
        groups=np.stack([ends - [len(group) for group in groups], ends], 1).astype(np.int32),
        weights=chances / chances.sum(),
    )


def _save(images: Images, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pixels", "offsets", "sizes", "groups", "weights"):
        np.save(folder / f"{name}.npy", getattr(images, name))
    (folder / "done.json").write_text(json.dumps({"images": len(images.offsets)}))


def _load(folder: Path) -> Images:
    small = [np.load(folder / f"{n}.npy") for n in ("offsets", "sizes", "groups", "weights")]
    return Images(np.load(folder / "pixels.npy", mmap_mode="r"), *small)


def _decoded(content: bytes, name: str) -> np.ndarray:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError(f"{name} cannot be decoded as an image")
    return image


def _photos(shard: zipfile.ZipFile, folder: str) -> list[np.ndarray]:
    names = sorted(n for n in shard.namelist() if n.startswith(folder) and n.endswith(".webp"))
    return [_decoded(shard.read(name), name) for name in names]


def read_photos(source: Path, part: str) -> list[np.ndarray]:
    """Photographs as luma, uint8 `(h, w)`, in the order of their names.

    Args:
        source: the data's folder (with `photos/PART*.zip`), or a pack.
        part: "train" or "val".
    """
    if source.is_file():
        with zipfile.ZipFile(source) as pack:
            return _photos(pack, f"photos/{part}/")
    photos = []
    for path in sorted((source / "photos").glob(f"{part}*.zip")):
        with zipfile.ZipFile(path) as shard:
            photos += _photos(shard, "")
    return photos


def read_luma(path: Path) -> list[np.ndarray]:
    """Luma planes of a film's frames, uint8 `(h, w)`."""
    # Imported here, so that a machine with only a pack does not need PyAV.
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def read_shots(source: Path, *, held_out: bool) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Names and luma planes of the shots in `source`, or of the windows in a pack.

    Args:
        source: the data's folder (with `clips/*.mp4`), or a pack.
        held_out: those held out for validation, or all others.
    """
    if source.is_file():
        with zipfile.ZipFile(source) as pack:
            windows: dict[str, list[str]] = {}
            for name in sorted(n for n in pack.namelist() if n.startswith("clips/")):
                windows.setdefault(str(Path(name).parent), []).append(name)
            for window, names in windows.items():
                shot = Path(window).parent.name
                if is_held_out(shot) == held_out:
                    yield shot, [_decoded(pack.read(name), name) for name in names]
        return
    for path in sorted((source / "clips").glob("*.mp4")):
        if is_held_out(path.stem) == held_out:
            yield path.stem, read_luma(path)


def load_photos(source: Path, cache: Path) -> Images:
    """The training photographs of `source`, decoded into `cache` in the first call."""
    if not (cache / "done.json").exists():
        photos = read_photos(source, "train")
        _save(_pack([[photo] for photo in photos], [1.0] * len(photos)), cache)
    return _load(cache)


def load_clips(source: Path, cache: Path, *, held_out: bool = False) -> Images:
    """The shots of `source`, decoded into `cache` in the first call.

    Surveillance shots have little motion and much noise; their sampling weight is 0.2.
    """
    if not (cache / "done.json").exists():
        shots = [s for s in read_shots(source, held_out=held_out) if len(s[1]) > 1]
        weights = [0.2 if name.startswith("cctv") else 1.0 for name, _ in shots]
        _save(_pack([frames for _, frames in shots], weights), cache)
    return _load(cache)


def read_teacher(source: Path) -> dict[str, Tensor]:
    """The published RAFT small's weights, in torchvision's names."""
    if source.is_file():
        with zipfile.ZipFile(source) as pack:
            return torch.load(io.BytesIO(pack.read("teacher.pth")), weights_only=True)
    path = source / "weights" / "raft_small_C_T_V1.pth"
    return torch.load(path, map_location="cpu", weights_only=True)
