"""Stills in every form they come back in, and what was repainted in them."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.films import luma_picture
from vidcolor.geometry import Geometry, Size
from vidcolor.guidance.images import read_image, read_photo
from vidcolor.guidance.still_colors import AS_PROPOSED, colors_of_still
from vidcolor.guidance.stills_folder import PROPOSED, proposals_in
from vidcolor.told.placing import ab_of_rgb

SIZE = Size(320, 240)
FILM = Geometry(Size(640, 480))
SMALL = Size(256, 192)
RED = (150, 40, 40)
PATCH = np.s_[100:160, 120:200]
INSIDE = np.s_[..., 86:122, 102:154]  # of PATCH at SMALL, without its edge


def proposal() -> np.ndarray:
    """A picture with some color, uint8 RGB."""
    y = luma_picture(3, *SIZE).astype(np.float32)
    ramp = np.linspace(-30, 30, SIZE.width)[None]
    return np.clip(np.stack((y + ramp, y, y - ramp), axis=-1), 0, 255).astype(np.uint8)


def painted() -> np.ndarray:
    rgb = proposal()
    rgb[PATCH] = RED
    return rgb


def save(path: Path, rgb: np.ndarray, *options: int) -> Path:
    order = [2, 1, 0] if rgb.shape[2] == 3 else [2, 1, 0, 3]
    assert cv2.imwrite(str(path), rgb[..., order], options)
    return path


FORMS = {
    "png": (".png", np.uint8, ()),
    "png, 16 bits": (".png", np.uint16, ()),
    "tiff": (".tif", np.uint8, ()),
    "tiff, 16 bits": (".tiff", np.uint16, ()),
    "jpeg": (".jpg", np.uint8, (cv2.IMWRITE_JPEG_QUALITY, 90)),
    "webp": (".webp", np.uint8, (cv2.IMWRITE_WEBP_QUALITY, 90)),
    "upper case": (".PNG", np.uint8, ()),
}


@pytest.mark.parametrize("height", [144, 240, 480])
@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_what_was_only_saved_again_was_not_repainted(
    tmp_path: Path, suffix: str, height: int
) -> None:
    film = Geometry(Size(height * 4 // 3, height))
    y = np.random.default_rng(0).integers(60, 180, (height // 4, height // 3)).astype(np.float32)
    y = cv2.resize(y, film.coded, interpolation=cv2.INTER_CUBIC)
    # brown and green as films have them, in things with edges
    shade = np.where((np.indices(film.coded.shape).sum(0) // 24 % 2)[..., None], (26, 0, -26), 0)
    rgb = np.clip(y[..., None] + shade, 0, 255).astype(np.uint8)
    before = save(tmp_path / "before.png", rgb)
    kind = cv2.IMWRITE_JPEG_QUALITY if suffix == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    assert (
        colors_of_still(save(tmp_path / f"a{suffix}", rgb, kind, 75), before, film, SMALL) is None
    )
    rgb[height // 3 : height // 2, height // 3 : height // 2] = RED
    found = colors_of_still(save(tmp_path / f"b{suffix}", rgb, kind, 75), before, film, SMALL)
    assert found is not None
    assert 0.5 < (found[1] == 1).mean() / (1 / 6 * 1 / 8) < 2


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scale", [1, 0.5, 2.25])
def test_every_form_gives_the_painted_color(tmp_path: Path, form: str, scale: float) -> None:
    suffix, dtype, options = FORMS[form]
    before = save(tmp_path / "before.png", proposal())
    rgb = painted()
    if scale != 1:
        rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    codes = rgb if dtype == np.uint8 else rgb.astype(np.uint16) * 257
    still = save(tmp_path / f"still{suffix}", codes, *options)
    found = colors_of_still(still, before, FILM, SMALL)
    assert found is not None
    ab, weight = found
    assert ab.shape == (2, *SMALL.shape)
    assert ab.dtype == weight.dtype == np.float32
    assert np.abs(ab[INSIDE] - np.array(ab_of_rgb(*RED))[:, None, None]).mean() < 1.5
    assert (weight[INSIDE] == 1).all()
    outside = np.ones(SMALL.shape, bool)
    outside[74:134, 90:166] = False
    assert (weight[outside] == AS_PROPOSED).mean() > 0.999


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".png", ()),
        (".jpg", (cv2.IMWRITE_JPEG_QUALITY, 75)),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 75)),
    ],
)
def test_saving_without_painting_says_nothing(
    tmp_path: Path, suffix: str, options: tuple[int, ...]
) -> None:
    before = save(tmp_path / "before.png", proposal())
    still = save(tmp_path / f"still{suffix}", proposal(), *options)
    assert colors_of_still(still, before, FILM, SMALL) is None


def test_lightness_alone_is_no_color(tmp_path: Path) -> None:
    before = save(tmp_path / "before.png", np.full((240, 320, 3), 90, np.uint8))
    still = save(tmp_path / "still.png", np.full((240, 320, 3), 200, np.uint8))
    assert colors_of_still(still, before, FILM, SMALL) is None


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparent_pixels_say_nothing(tmp_path: Path, suffix: str, dtype: type) -> None:
    if suffix == ".webp" and dtype == np.uint16:
        pytest.skip("WebP has 8 bits")
    alpha = np.zeros((*SIZE.shape, 1), np.uint8)
    alpha[PATCH] = 255
    rgba = np.concatenate((painted(), alpha), axis=2)
    codes = rgba if dtype == np.uint8 else rgba.astype(np.uint16) * 257
    still = save(tmp_path / f"still{suffix}", codes, cv2.IMWRITE_WEBP_QUALITY, 101)
    for before in (None, save(tmp_path / "before.png", proposal())):
        found = colors_of_still(still, before, FILM, SMALL)
        assert found is not None
        ab, weight = found
        assert (weight[INSIDE] == 1).all()
        assert np.abs(ab[INSIDE] - np.array(ab_of_rgb(*RED))[:, None, None]).max() < 1
        assert (weight[:76] == 0).all()


def test_a_still_of_elsewhere_counts_whole(tmp_path: Path) -> None:
    found = colors_of_still(save(tmp_path / "a.png", painted()), None, FILM, SMALL)
    assert found is not None
    assert (found[1] == 1).all()


def test_shapes(tmp_path: Path) -> None:
    still = save(tmp_path / "a.png", painted())
    anamorphic = Geometry(Size(720, 576), Fraction(64, 45))
    with pytest.raises(ValueError, match=r"320x240 is not the film's shape \(1.78 to 1\)"):
        colors_of_still(still, None, anamorphic, Size(344, 192))
    # as the film is stored, and as it is shown
    for size in ((720, 576), (1024, 576)):
        rgb = cv2.resize(painted(), size)
        assert colors_of_still(save(tmp_path / "b.png", rgb), None, anamorphic, Size(344, 192))
    turned = Geometry(Size(640, 480), rotation=90)
    with pytest.raises(ValueError, match="shape"):
        colors_of_still(still, None, turned, Size(192, 256))


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "as an image"), (b"\x89PNG\r\n\x1a\n0000", "as an image")]
)
def test_files_that_are_no_images(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        colors_of_still(path, None, FILM, SMALL)
    with pytest.raises(ValueError, match=reason):
        read_photo(path, 64)


def test_gray_images_say_nothing_of_colors(tmp_path: Path) -> None:
    gray = np.full((240, 320), 90, np.uint8)
    for name, image in (("a.png", gray), ("b.png", np.repeat(gray[..., None], 3, 2))):
        path = tmp_path / name
        cv2.imwrite(str(path), image)
        with pytest.raises(ValueError, match="gray"):
            colors_of_still(path, None, FILM, SMALL)
        with pytest.raises(ValueError, match="gray"):
            read_photo(path, 64)
    floats = tmp_path / "c.tiff"
    cv2.imwrite(str(floats), painted().astype(np.float32) / 255)
    with pytest.raises(ValueError, match="8 nor 16 bits"):
        colors_of_still(floats, None, FILM, SMALL)


def test_a_small_spot_counts(tmp_path: Path) -> None:
    before = save(tmp_path / "before.png", proposal())
    rgb = proposal()
    rgb[50:58, 60:68] = RED
    found = colors_of_still(save(tmp_path / "a.png", rgb), before, FILM, SMALL)
    assert found is not None
    assert 20 < (found[1] == 1).sum() < 100


def turned(data: bytes, orientation: int) -> bytes:
    """A JPEG with an EXIF orientation, the only entry of a TIFF header of its own."""
    entry = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entry
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 1), (8, 3)])
def test_a_still_is_turned_as_viewers_show_it(tmp_path: Path, orientation: int, turns: int) -> None:
    upright = read_image(save(tmp_path / "a.jpg", painted(), cv2.IMWRITE_JPEG_QUALITY, 95))
    lying = save(tmp_path / "b.jpg", np.rot90(painted(), turns), cv2.IMWRITE_JPEG_QUALITY, 95)
    lying.write_bytes(turned(lying.read_bytes(), orientation))
    found = read_image(lying)
    assert found.size == upright.size
    assert float(np.abs(found.rgb - upright.rgb).mean()) < 0.01


def test_other_images_among_the_proposals_say_nothing(tmp_path: Path) -> None:
    kept = tmp_path / PROPOSED
    kept.mkdir()
    save(kept / "000012.png", proposal())
    save(kept / "copy of that.png", proposal())
    assert proposals_in(tmp_path) == {12: kept / "000012.png"}


def test_a_pipe_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(ValueError, match="not a file"):
        read_image(tmp_path / "a.png")


def test_a_name_that_the_system_refuses_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_image(tmp_path / ("a" * 300 + ".png"))
