import numpy as np
import pytest
import torch

from vidcolor import color
from vidcolor.types import ColorTags

LIMITED = ColorTags("bt709", full_range=False, depth=8)


def test_lightness_of_known_codes() -> None:
    table = color.lightness_table(LIMITED)
    assert table[16] == pytest.approx(0, abs=1e-5)
    assert table[235] == pytest.approx(100, abs=1e-4)
    # sRGB 119/255 is the usual middle gray: L* 50.03 by the closed formula.
    full = color.lightness_table(ColorTags("bt709", full_range=True, depth=8))
    assert full[119] == pytest.approx(50.03, abs=0.01)
    assert full[0] == 0
    assert (np.diff(full) > 0).all()


def test_lightness_does_not_depend_on_depth() -> None:
    eight = color.lightness_table(LIMITED)
    ten = color.lightness_table(ColorTags("bt709", full_range=False, depth=10))
    assert np.allclose(eight, ten[::4], atol=1e-4)


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("depth", [8, 10])
def test_gray_has_neutral_chroma(matrix: str, full_range: bool, depth: int) -> None:
    tags = ColorTags(matrix, full_range, depth)
    L = np.linspace(0, 100, 50, dtype=np.float32).reshape(5, 10)
    planes = color.chroma(L, np.zeros((2, 5, 10), np.float32), matrix)
    codes = color.chroma_codes(planes, tags)
    assert codes.dtype == (np.uint8 if depth == 8 else np.uint16)
    assert (codes == 2 ** (depth - 1)).all()


@pytest.mark.parametrize(
    ("matrix", "rgb", "cb_cr"),
    [
        # Primaries have the extreme differences by definition of the matrices.
        ("bt601", (1.0, 0.0, 0.0), (-0.168736, 0.5)),
        ("bt601", (0.0, 0.0, 1.0), (0.5, -0.081312)),
        ("bt709", (1.0, 0.0, 0.0), (-0.114572, 0.5)),
        ("bt709", (0.0, 1.0, 0.0), (-0.385428, -0.454153)),
    ],
)
def test_primaries(matrix: str, rgb: tuple, cb_cr: tuple) -> None:
    L, ab = color.rgb_to_lab(torch.tensor(rgb).view(1, 3, 1, 1))
    found = color.chroma(L[0, 0].numpy(), ab[0].numpy(), matrix).flatten()
    assert found.tolist() == pytest.approx(cb_cr, abs=2e-3)


def test_impossible_colors_are_clipped_not_wrapped() -> None:
    L = np.full((1, 2), 60, np.float32)
    ab = np.array([[[300, -300]], [[300, -300]]], np.float32)
    found = color.chroma(L, ab, "bt709")
    assert np.abs(found).max() <= 0.5
    # Far red stays red, far blue-green stays blue-green.
    assert found[1, 0, 0] > 0.2
    assert found[1, 0, 1] < 0


def test_chroma_is_that_of_the_colors_as_rgb() -> None:
    generator = torch.Generator().manual_seed(0)
    L, ab = (torch.rand(1, n, 40, 50, generator=generator) for n in (1, 2))
    L, ab = 100 * L, 200 * (ab - 0.5)
    red, green, blue = color.lab_to_rgb(L, ab)[0].double().numpy()
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    found = color.chroma(L[0, 0].numpy(), ab[0].numpy(), "bt709")
    assert found[0] == pytest.approx((blue - luma) / 1.8556, abs=2e-5)
    assert found[1] == pytest.approx((red - luma) / 1.5748, abs=2e-5)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("depth", [8, 10, 16])
def test_codes_of_color_differences(full_range: bool, depth: int) -> None:
    tags = ColorTags("bt709", full_range, depth)
    found = color.chroma_codes(np.array([-0.6, -0.5, 0, 0.5, 0.6], np.float32), tags)
    gray, most = 2 ** (depth - 1), 2**depth - 1
    ends = (1, most) if full_range else (gray * 16 // 128, gray * 240 // 128)
    assert found.tolist() == [ends[0], ends[0], gray, ends[1], ends[1]]


def test_lab_round_trip() -> None:
    rgb = torch.rand(1, 3, 16, 16)
    assert torch.allclose(color.lab_to_rgb(*color.rgb_to_lab(rgb)), rgb, atol=2e-3)


def test_planes_to_rgb_inverts_the_matrix() -> None:
    y = np.array([[16, 235, 81]], np.uint8)
    u = np.array([[128, 128, 90]], np.uint8)
    v = np.array([[128, 128, 240]], np.uint8)
    rgb = color.planes_to_rgb(y, u, v, ColorTags("bt601", full_range=False, depth=8))
    assert rgb[0, 0].tolist() == [0, 0, 0]
    assert rgb[0, 1].tolist() == [255, 255, 255]
    # Y'CbCr of pure red in BT.601 is (81, 90, 240).
    assert np.abs(rgb[0, 2].astype(int) - [255, 0, 0]).max() <= 2
