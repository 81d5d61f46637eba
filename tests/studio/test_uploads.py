"""Images that come over the network."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from vidcolor.studio.uploads import MOST_BYTES, kept_image


def encoded(ending: str, image: np.ndarray) -> bytes:
    return cv2.imencode(ending, image)[1].tobytes()


COLORFUL = np.random.default_rng(0).integers(0, 255, (30, 50, 3), np.uint8)


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_photographs_are_kept_as_they_came(tmp_path: Path, ending: str) -> None:
    data = encoded(ending, COLORFUL)
    path = kept_image(data, "../../Märkt & Co.exe", tmp_path / "references")
    assert path.parent == tmp_path / "references"
    assert path.name.startswith("m-rkt-co-")
    assert path.suffix == ending
    assert path.read_bytes() == data


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    length = struct.pack(">I", len(header) - 4)
    return b"\x89PNG\r\n\x1a\n" + length + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither PNG"),
        (b"GIF89a" + bytes(100), "neither PNG"),
        (bomb(60_000, 60_000), "megapixels"),
        (bomb(0, 9), "megapixels"),
        (bomb(40, 40), "cannot be read"),
        (b"\xff\xd8\xff", "cannot be read"),
        (b"\xff\xd8" + bytes(64), "cannot be read"),
        (encoded(".jpg", COLORFUL)[:24], "cannot be read"),
        (encoded(".png", COLORFUL[..., :1]), "gray"),
        (bytes(MOST_BYTES + 1), "more than 32 MB"),
    ],
)
def test_what_is_no_photograph_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        kept_image(data, "a.png", tmp_path)
    assert list(tmp_path.iterdir()) == []
