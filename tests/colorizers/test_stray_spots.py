"""Small islands of color go where lightness does not outline them, and only there."""

from __future__ import annotations

import torch

from vidcolor import metrics
from vidcolor.colorizers.stray_spots import without_stray_spots

SIZE = (64, 96)


def picture(spot_lightness: float, *, half: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    """A gray-green lawn with a red square in the middle, of another lightness or of the same."""
    L = torch.full((1, 1, *SIZE), 50.0)
    ab = torch.zeros(1, 2, *SIZE)
    ab[:, 0], ab[:, 1] = -6, 8
    inside = (..., slice(32 - half, 32 + half), slice(48 - half, 48 + half))
    ab[:, 0][inside], ab[:, 1][inside] = 40, 20
    L[inside] = spot_lightness
    return L, ab


def test_a_spot_that_nothing_outlines_goes() -> None:
    L, ab = picture(50)
    calm = without_stray_spots(ab, L)
    assert metrics.stray_spots(L, ab).item() > 0
    assert metrics.stray_spots(L, calm).item() == 0
    assert calm[0, :, 32, 48].norm() < 20
    torch.testing.assert_close(calm[..., :8], ab[..., :8])


def test_a_thing_that_is_lighter_keeps_its_color() -> None:
    L, ab = picture(75)
    torch.testing.assert_close(without_stray_spots(ab, L), ab)


def test_a_large_thing_keeps_its_color_whatever_its_lightness() -> None:
    L, ab = picture(50, half=12)
    calm = without_stray_spots(ab, L)
    torch.testing.assert_close(calm[0, :, 24:40, 40:56], ab[0, :, 24:40, 40:56])


def test_a_paler_spot_keeps_its_hue() -> None:
    L, ab = picture(50)
    was, now = ab[0, :, 32, 48], without_stray_spots(ab, L)[0, :, 32, 48]
    torch.testing.assert_close(now / now.norm(), was / was.norm())


def test_lightness_may_have_any_size() -> None:
    L, ab = picture(50)
    large = torch.nn.functional.interpolate(L, scale_factor=3, mode="nearest")
    torch.testing.assert_close(without_stray_spots(ab, large), without_stray_spots(ab, L))
