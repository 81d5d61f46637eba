"""DAVIS at 480p: where it comes from, its folder layout, its sequences at the working size."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from torch import Tensor

from vidcolor.color import lab_to_rgb, rgb_to_lab
from vidcolor.errors import VidcolorError
from vidcolor.types import ColorTags, VideoInfo
from vidcolor.weights import download
from vidcolor.weights.published import Published

from ..flow.scenes import read_picture

DAVIS_2017 = Published(
    "DAVIS-2017",
    "DAVIS-2017-trainval-480p.zip",
    "https://data.vision.ee.ethz.ch/csergi/share/davis/DAVIS-2017-trainval-480p.zip",
    832_766_765,
    "e3d0b5b77c3d031b000a19e0e25e3e2cac65d183755601bc2cf066df1a2aa492",
    "research use",
    "TensorFlow Datasets",
)
LISTS = ("2016/val", "2016/train", "2017/val", "2017/train")
_FULL_RANGE = ColorTags("bt601", full_range=True, depth=8)


@dataclass(frozen=True)
class Sequence:
    """A sequence and its truth at the working size.

    Attributes:
        name: as in DAVIS.
        files: the pictures, in order.
        luma: uint8 luma of each frame at full size.
        info: as a film of these frames would have it.
        L, ab, rgb: `(T, 1, h, w)`, `(T, 2, h, w)`, `(T, 3, h, w)`; RGB is that of L and ab.
    """

    name: str
    files: tuple[Path, ...]
    luma: list[np.ndarray]
    info: VideoInfo
    L: Tensor
    ab: Tensor
    rgb: Tensor

    def fingerprint(self) -> list[list[object]]:
        """Names and sizes of the files, as plain values."""
        return [[f.name, f.stat().st_size] for f in self.files]


def fetch(root: Path, entry: Published = DAVIS_2017) -> None:
    """Downloads DAVIS, checks its hash and unpacks it as the folder `root`.

    A broken download is taken up again; `root` appears when all is unpacked.

    Raises:
        SystemExit: `root` is there already, or there is no connection; it says what to do.
    """
    if root.exists():
        raise SystemExit(f"{root} is already there")
    root.parent.mkdir(parents=True, exist_ok=True)
    try:
        archive = download.download(entry, root.parent)
    except VidcolorError as err:
        raise SystemExit(f"DAVIS could not be fetched: {err}\n{how_to_get(root, entry)}") from err
    with TemporaryDirectory(dir=root.parent) as folder, zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
        shutil.move(Path(folder) / "DAVIS", root)
    archive.unlink()


def how_to_get(root: Path, entry: Published = DAVIS_2017) -> str:
    """Where DAVIS is to be had and where it goes."""
    return (
        f"download {entry.url} ({entry.bytes:,} bytes, sha256 {entry.sha256}) and unpack it so "
        f"that its folder DAVIS becomes {root}; or name another place with --root"
    )


def sequence_names(root: Path, listed: str) -> list[str]:
    """Names in one of the official lists, e.g. "2016/val".

    Raises:
        SystemExit: DAVIS is not there.
    """
    path = root / "ImageSets" / f"{listed}.txt"
    if not path.is_file():
        # Where the first DAVIS-2016 package has them.
        path = root / "ImageSets" / "480p" / f"{listed.split('/')[1]}.txt"
    if not path.is_file() or (listed.startswith("2017") and path.parent.name == "480p"):
        raise SystemExit(f"no {path}: --download, or {how_to_get(root)}")
    # The lists of the first DAVIS-2016 package name files: /JPEGImages/480p/dog/00000.jpg ...
    names = [line.split()[0] for line in path.read_text().splitlines() if line.strip()]
    return list(dict.fromkeys(n.split("/")[3] if n.startswith("/") else n for n in names))


def read_sequence(
    root: Path, name: str, short_side: int, limit: int | None = None, every: int = 1
) -> Sequence:
    """Reads one frame in `every` of a sequence, `limit` at most.

    Raises:
        SystemExit: it has no pictures.
    """
    folder = root / "JPEGImages" / "480p" / name
    files = tuple(sorted(folder.glob("*.jpg"))[::every][:limit])
    if not files:
        raise SystemExit(f"no pictures in {folder}: --download, or {how_to_get(root)}")
    pictures = [read_picture(path) for path in files]
    return sequence_of(name, files, pictures, short_side)


def sequence_of(
    name: str, files: tuple[Path, ...], pictures: list[np.ndarray], short_side: int
) -> Sequence:
    """A sequence of BGR pictures, uint8 `(H, W, 3)`."""
    luma = [cv2.cvtColor(p, cv2.COLOR_BGR2GRAY) for p in pictures]
    info = gray_info(name, luma)
    size = info.geometry.working_size(short_side)
    small = [cv2.resize(p, size, interpolation=cv2.INTER_AREA)[..., ::-1] for p in pictures]
    rgb = torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255
    L, ab = rgb_to_lab(rgb)
    return Sequence(name, files, luma, info, L, ab, lab_to_rgb(L, ab))


def gray_info(name: str, luma: list[np.ndarray]) -> VideoInfo:
    """What a film of these frames, uint8 `(H, W)` of full range, would say of itself."""
    height, width = luma[0].shape
    return VideoInfo(
        path=Path(name),
        stream_index=0,
        width=width,
        height=height,
        pix_fmt="gray",
        tags=_FULL_RANGE,
        time_base=Fraction(1, 24),
        rate=Fraction(24),
        frame_count=len(luma),
        sample_aspect_ratio=None,
    )
