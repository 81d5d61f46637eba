"""`python -m train photos`: photographs of public repositories as zip shards with an index.

The shards have the layout of the project's other photographs, so that a training takes both:
`python -m train colorizer --photos ../shared/data/photos runs/more-photos`.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from PIL import Image

from .photos import VALIDATION, load_val_photos

# Short side that bigger photographs are reduced to: what the colorizer sees of a film.
_SHORT = 192
_SMALLEST = 96
# Mean spread of a picture's channels below which it is gray, of 255.
_PALEST = 4
# A difference hash within so many of its 64 bits is the same photograph.
_SAME_BITS = 5


@dataclass(frozen=True)
class Repository:
    """Where photographs are in a public repository.

    Attributes:
        name: "owner/name".
        source: what the index calls it.
        commits: read one after another; a picture that several hold is taken once.
        folders: paths begin with one of these.
        border: pixels of black mount to cut off at each side.
    """

    name: str
    source: str
    commits: tuple[str, ...]
    folders: tuple[str, ...]
    border: int = 0


REPOSITORIES = (
    Repository(
        "rathull/CTFs",
        "miniplaces",
        ("f35c219885f163ca00a045236dd44be489598837",),
        ("data/images/train/", "data/images/val/", "data/images/test/"),
    ),
    Repository(
        "tezansahu/VQA-With-Multimodal-Transformers", "nyu_rooms", ("HEAD",), ("dataset/images/",)
    ),
    Repository("ParkByungYoon/corel-5k", "corel5k", ("HEAD",), ("train_jpeg/", "test_jpeg/"), 3),
    Repository(
        "smiley-maker/Image-Colorization",
        "unsplash_more",
        (
            "70b7287e844dec10924091bd6c6d46c3be54532e",
            "537e2f45f150f39d2b78f5cbec2f3fb4b1abe7ce",
            "9ab2e85a05ef197e06f6cef95015b7e983b508e2",
        ),
        ("photos/",),
    ),
    Repository(
        "thunderInfy/imagenette",
        "imagenette",
        ("b850f030ff0701c36a4adc8b928ea9483a46915b",),
        ("train/", "val/"),
    ),
    Repository(
        "fmejbah/car_dataset1",
        "more_cars",
        ("2ac6920297f51277ac4e24afd231c46d35077831",),
        ("cars_train/",),
    ),
    Repository(
        "chanakya2734/Image-classification-using-CNN",
        "pets",
        ("bf746c6e53f1edacd97b383de350f7a495cef0e1",),
        ("dataset/training_set/", "dataset/test_set/"),
    ),
    Repository(
        "martinwestin/flower_classification",
        "more_flowers",
        ("c169e7e4038bc0e0e2fe80090b6dc8919539816f",),
        ("flowers/",),
    ),
    Repository(
        "feedmejefferson/images",
        "more_food",
        ("cedc596c3c67957da9fee70d96e3c004b71e8240",),
        ("images/",),
    ),
)


def difference_hash(rgb: np.ndarray) -> int:
    """64 bits that say where a picture grows lighter to the right; uint8 `(H, W, 3)`."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (small[:, 1:] > small[:, :-1]).reshape(-1)
    return int(np.packbits(bits).view(">u8")[0])


class Known:
    """Hashes of the photographs that must not be trained on, mirrored ones too."""

    def __init__(self, photos: list[np.ndarray]) -> None:
        both = [p for photo in photos for p in (photo, np.ascontiguousarray(photo[:, ::-1]))]
        self._hashes = np.array([difference_hash(p) for p in both], np.uint64)

    def __contains__(self, rgb: np.ndarray) -> bool:
        apart = self._hashes ^ np.uint64(difference_hash(rgb))
        bits = np.unpackbits(apart.view(np.uint8).reshape(-1, 8), axis=1).sum(1)
        return bool((bits <= _SAME_BITS).any())


def _git_folder(mirrors: Path, repository: Repository) -> Path:
    folder = mirrors / repository.name.replace("/", "+") / "repo"
    return folder / ".git" if (folder / ".git").is_dir() else folder


def blobs(git: Path, repository: Repository) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of a repository's pictures, each content once.

    Raises:
        subprocess.CalledProcessError: not a git directory, or a commit is missing.
    """
    wanted: dict[str, str] = {}
    for commit in repository.commits:
        listing = ["git", f"--git-dir={git}", "ls-tree", "-r", commit]
        for line in subprocess.run(listing, check=True, capture_output=True).stdout.splitlines():
            about, _, path = line.decode().partition("\t")
            is_picture = path.lower().endswith((".jpg", ".jpeg", ".png"))
            if is_picture and path.startswith(repository.folders):
                wanted.setdefault(about.split()[2], path)
    with tempfile.TemporaryFile() as numbers:
        numbers.write("".join(f"{number}\n" for number in wanted).encode())
        numbers.seek(0)
        reading = ["git", f"--git-dir={git}", "cat-file", "--batch"]
        with subprocess.Popen(reading, stdin=numbers, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for path in wanted.values():
                _, kind, *size = process.stdout.readline().split()
                # A snapshot may lack its largest files.
                if kind == b"blob":
                    yield path, process.stdout.read(int(size[0]) + 1)[:-1]


def usable(data: bytes, border: int) -> tuple[np.ndarray, bool] | None:
    """A color photograph of at most 192 lines, uint8 `(H, W, 3)`, and whether it was changed.

    None for what is no picture, too small, or gray.
    """
    try:
        image = Image.open(io.BytesIO(data))
        if image.mode != "RGB" or min(image.size) < _SMALLEST:
            return None
        image.draft("RGB", (2 * _SHORT, 2 * _SHORT))
        rgb = np.asarray(image)
    except OSError:
        return None
    changed = bool(border) or min(rgb.shape[:2]) > _SHORT
    if border:
        rgb = rgb[border:-border, border:-border]
    if min(rgb.shape[:2]) > _SHORT:
        scale = _SHORT / min(rgb.shape[:2])
        size = [round(n * scale) for n in rgb.shape[1::-1]]
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA).astype(np.int16)
    if np.ptp(small, axis=2).mean() < _PALEST:
        return None
    return rgb, changed


def pack(mirrors: Path, out: Path, known: Known) -> int:
    """Writes a shard for each repository, and the index; how many photographs there are."""
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    for n, repository in enumerate(REPOSITORIES):
        shard = f"train-{n:02}.zip"
        with zipfile.ZipFile(out / shard, "w") as archive:
            for path, data in blobs(_git_folder(mirrors, repository), repository):
                found = usable(data, repository.border)
                if found is None or found[0] in known:
                    continue
                rgb, changed = found
                if changed:
                    codes = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
                    data = codes.tobytes()
                file = f"{repository.source}/{len(rows):06}{PurePosixPath(path).suffix.lower()}"
                file = file if not changed else str(PurePosixPath(file).with_suffix(".jpg"))
                archive.writestr(file, data)
                rows.append({"shard": shard, "file": file, "source": repository.source})
        print(f"{repository.name}: {len(rows)} photographs so far", flush=True)
    with (out / "index.csv").open("w", newline="") as lines:
        writer = csv.DictWriter(lines, ["shard", "file", "source", "label"], restval="")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def main(args: list[str]) -> None:
    """Packs what is in the mirrors of the repositories above."""
    parser = argparse.ArgumentParser(prog="python -m train photos", description=__doc__)
    parser.add_argument(
        "--mirrors", type=Path, required=True, help="holds OWNER+NAME/repo, a git directory each"
    )
    parser.add_argument(
        "--photos", type=Path, default=Path("../shared/data/photos"), help="for the validation sets"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/more-photos"))
    options = parser.parse_args(args)
    cv2.setNumThreads(1)
    kept_out = [p for name in VALIDATION for p in load_val_photos(options.photos, name)]
    print(f"{pack(options.mirrors, options.out, Known(kept_out))} photographs")
