import cv2
import numpy as np
import pytest

from vidcolor import color, upsample
from vidcolor.geometry import Size
from vidcolor.types import ColorTags
from vidcolor.upsample import chroma_to_size


def _in_size(
    chroma: np.ndarray, y: np.ndarray, white: float, size: Size, siting: str = "center"
) -> np.ndarray:
    """Both planes as color differences, told to a 57,000th."""
    tags = ColorTags("bt709", False, 16, siting=siting)
    codes = np.stack(chroma_to_size(chroma.transpose(2, 0, 1), y, white, size, tags))
    assert codes.dtype == np.uint16
    return (codes.astype(np.float32) - 2**15) / (224 * 256)


def _halves(height: int, width: int, edge: int) -> np.ndarray:
    picture = np.full((height, width), 60, np.uint8)
    picture[:, edge:] = 200
    return picture


def test_flat_color_stays_flat() -> None:
    chroma = np.full((24, 32, 2), (0.2, -0.1), np.float32)
    noise = np.random.default_rng(0).integers(0, 256, (192, 256)).astype(np.uint8)
    u, v = _in_size(chroma, noise, 255, Size(128, 96))
    assert u == pytest.approx(0.2, abs=1e-4)
    assert v == pytest.approx(-0.1, abs=1e-4)


def test_color_edges_fall_onto_luma_edges() -> None:
    y = _halves(160, 240, 120)
    # Color known at a tenth of the size, its edge blurred over three small pixels.
    small = np.zeros((16, 24, 2), np.float32)
    ramp = np.clip((np.arange(24) - 10.0) / 3, 0, 1)
    small[:] = (ramp * 0.3)[None, :, None]
    u, _ = _in_size(small, y, 255, Size(240, 160))
    plain = cv2.resize(small[..., 0], (240, 160))
    # Share of the change of color that happens within six pixels of 240, where luma changes.
    sharp, blurred = ((p[80, 122] - p[80, 117]) / 0.3 for p in (u, plain))
    assert blurred < 0.2
    assert sharp > 0.5


def test_grain_does_not_become_color_noise() -> None:
    rng = np.random.default_rng(0)
    y = np.clip(128 + rng.normal(0, 6, (160, 240)), 0, 255).astype(np.uint8)
    small = rng.normal(0, 0.02, (32, 48, 2)).astype(np.float32)
    u, _ = _in_size(small, y, 255, Size(240, 160))
    fine = u - u.reshape(16, 10, 24, 10).mean((1, 3)).repeat(10, 0).repeat(10, 1)
    assert fine.std() < small.std()


@pytest.mark.parametrize("size", [(481, 853), (481, 427), (241, 427)])
def test_any_size_and_depth(size: tuple[int, int]) -> None:
    y = np.random.default_rng(0).integers(0, 1024, (481, 853)).astype(np.uint16)
    chroma = np.random.default_rng(1).uniform(-0.5, 0.5, (24, 32, 2)).astype(np.float32)
    u, v = _in_size(chroma, y, 1023, Size(*size[::-1]))
    assert u.shape == v.shape == size
    assert np.abs([u, v]).max() <= 0.5


def test_guide_at_nearly_the_same_size_keeps_smooth_color() -> None:
    x = np.linspace(0, 1, 64, dtype=np.float32)
    chroma = np.stack([np.tile(x, (48, 1)), np.tile(-x, (48, 1))], axis=-1) * 0.4
    y = np.tile(np.linspace(0, 255, 128), (96, 1)).round().astype(np.uint8)
    u, v = _in_size(chroma, y, 255, Size(128, 96))
    wanted = cv2.resize(chroma, (128, 96))
    assert np.abs(u - wanted[..., 0]).max() < 0.03
    assert np.abs(v - wanted[..., 1]).max() < 0.03


@pytest.mark.parametrize(
    ("siting", "right", "down"),
    [
        ("left", 0, 0.5),
        ("center", 0.5, 0.5),
        ("topleft", 0, 0),
        ("top", 0.5, 0),
        ("bottom", 0.5, 1),
    ],
)
@pytest.mark.parametrize("height", [24, 360], ids=["enlarged", "made smaller"])
def test_chroma_samples_lie_where_the_mark_says(
    siting: str, right: float, down: float, height: int
) -> None:
    """A ramp of color over flat luma has the value of the place of every sample."""
    y = np.full((240, 320), 100, np.uint8)
    width = height * 4 // 3
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    # the place of a small pixel's middle, in luma samples
    across, along = (xx + 0.5) * 320 / width - 0.5, (yy + 0.5) * 240 / height - 0.5
    chroma = np.stack([across, along], axis=-1) / 1000
    u, v = _in_size(chroma, y, 255, Size(160, 120), siting)
    inside = (slice(30, -30), slice(30, -30))
    yy, xx = np.mgrid[0:120, 0:160]
    assert u[inside] == pytest.approx((2 * xx + right)[inside] / 1000, abs=5e-5)
    assert v[inside] == pytest.approx((2 * yy + down)[inside] / 1000, abs=5e-5)


def test_the_guide_is_luma_about_the_chroma_sample() -> None:
    """A color edge on a luma edge stays there, whatever the siting."""
    y = _halves(160, 240, 120)
    small = np.where(np.arange(24) < 12, 0, 0.3).astype(np.float32)
    chroma = np.repeat(np.tile(small, (16, 1))[..., None], 2, axis=2)
    left, _ = _in_size(chroma, y, 255, Size(120, 80), "left")
    center, _ = _in_size(chroma, y, 255, Size(120, 80), "center")
    # sample 60 lies on luma column 120 (left: half of its surroundings are dark) or after it
    assert center[40, 59] < 0.05 < 0.25 < center[40, 60]
    assert 0.05 < left[40, 60] < center[40, 60]


def _by_definition(chroma: np.ndarray, y: np.ndarray, white: float, size: Size) -> np.ndarray:
    """The filter as the paper has it, in double precision; chroma lies in the middle."""
    guide = y / white
    for axis, length in enumerate(size.shape):
        if length < y.shape[axis]:
            edge = [(0, int(n == axis and y.shape[axis] % 2)) for n in range(2)]
            guide = np.pad(guide, edge, mode="edge")
            pairs = np.moveaxis(guide, axis, 0).reshape(length, 2, -1)
            guide = np.moveaxis(pairs.mean(axis=1), 0, axis)
    h, w = chroma.shape[:2]
    small = cv2.resize(guide, (w, h), interpolation=cv2.INTER_AREA)

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (5, 5))

    planes = []
    for n in range(2):
        p = chroma[..., n].astype(np.float64)
        slope = (mean(p * small) - mean(p) * mean(small)) / (
            mean(small**2) - mean(small) ** 2 + 4e-4
        )
        offset_ = mean(p) - slope * mean(small)
        large, base = (cv2.resize(mean(x), size) for x in (slope, offset_))
        planes.append(large * guide + base)
    return np.stack(planes)


@pytest.mark.parametrize("depth", [8, 10, 16])
@pytest.mark.parametrize("size", [Size(161, 121), Size(81, 121), Size(81, 61)])
def test_codes_are_those_of_the_filter_in_double_precision(depth: int, size: Size) -> None:
    """Odd sizes, every subsampling, luma of any depth: within rounding."""
    rng = np.random.default_rng(0)
    y = cv2.resize(rng.uniform(0.1, 0.9, (21, 16)), (161, 121)) * 2**depth
    y = y.astype(np.uint8 if depth == 8 else np.uint16)
    chroma = rng.uniform(-0.2, 0.2, (30, 40, 2)).astype(np.float32)
    # sited in the middle: the small planes need no shift
    tags = ColorTags("bt709", False, depth, siting="center")
    white = 235 * 2 ** (depth - 8)
    wanted = _by_definition(chroma, y, white, size)
    codes = 2 ** (depth - 1) + 224 * 2 ** (depth - 8) * wanted
    found = np.stack(chroma_to_size(chroma.transpose(2, 0, 1), y, white, size, tags))
    assert np.abs(found - codes).max() < 0.51 + 2e-5 * 2**depth


def test_threads_do_not_change_codes() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 256, (480, 640), np.uint8)
    chroma = rng.uniform(-0.3, 0.3, (96, 128, 2)).astype(np.float32)
    tags, before = ColorTags("bt709", False, 8), cv2.getNumThreads()
    found = []
    try:
        for threads in (1, 3, 8):
            cv2.setNumThreads(threads)
            found.append(
                np.stack(chroma_to_size(chroma.transpose(2, 0, 1), y, 235, Size(320, 240), tags))
            )
    finally:
        cv2.setNumThreads(before)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_gray_stays_gray() -> None:
    """To the code at 16 bits, whatever the luma."""
    y = np.random.default_rng(0).integers(0, 2**16, (96, 128)).astype(np.uint16)
    planes = np.zeros((2, 24, 32), np.float32)
    tags = ColorTags("bt709", True, 16)
    for plane in chroma_to_size(planes, y, color.luma_range(tags)[1], Size(64, 48), tags):
        assert (plane == 2**15).all()


@pytest.mark.parametrize("siting", ["left", "center", "topleft", "top", "bottomleft", "bottom"])
@pytest.mark.parametrize("shape", [(70, 41), (135, 64)])
def test_luma_at_chroma_samples_is_filtered_as_their_place_says(
    siting: str, shape: tuple[int, int]
) -> None:
    """Against a filter over the padded image; blocks of lines leave no seam."""
    y = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    right, down = upsample._SITINGS[siting]
    size = Size(-(-shape[1] // 2), -(-shape[0] // 2))
    guide, count = upsample._guide(y, size, right, down)
    taps = {0.0: (0, 1, 2, 1, 0), 0.5: (0, 0, 2, 2, 0), 1.0: (0, 0, 1, 2, 1)}
    row, column = (np.array(taps[offset], np.float32) / 4 for offset in (right, down))
    wanted = cv2.sepFilter2D(y, cv2.CV_32F, row, column, borderType=cv2.BORDER_REPLICATE)
    assert guide / count == pytest.approx(wanted[::2, ::2], abs=1e-4)
