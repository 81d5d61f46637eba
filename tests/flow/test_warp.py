from __future__ import annotations

import pytest
import torch

from flow import backward_warp, inside, resize_flow

from .scenes import texture


def _constant(shift: tuple[float, float], size: tuple[int, int]) -> torch.Tensor:
    return (
        torch.tensor(shift, dtype=torch.float32).view(1, 2, 1, 1).expand(1, 2, *size).contiguous()
    )


@pytest.mark.parametrize("size", [(24, 36), (193, 337)])
def test_one_pixel_is_one_pixel(size: tuple[int, int]) -> None:
    prev = texture(size)
    right = backward_warp(prev, _constant((1, 0), size))
    down = backward_warp(prev, _constant((0, 1), size))
    torch.testing.assert_close(right[..., :-1], prev[..., 1:], atol=1e-4, rtol=0)
    torch.testing.assert_close(down[..., :-1, :], prev[..., 1:, :], atol=1e-4, rtol=0)


def test_half_a_pixel_is_the_mean_of_two() -> None:
    prev = texture((16, 20))
    found = backward_warp(prev, _constant((0.5, 0), (16, 20)))
    mean = (prev[..., :-1] + prev[..., 1:]) / 2
    torch.testing.assert_close(found[..., :-1], mean, atol=1e-4, rtol=0)


def test_the_border_repeats() -> None:
    prev = texture((16, 20))
    found = backward_warp(prev, _constant((-100, 0), (16, 20)))
    torch.testing.assert_close(found, prev[..., :1].expand_as(prev), atol=1e-4, rtol=0)


def test_channels_and_batch_travel_alone() -> None:
    x = torch.cat([texture((16, 20), seed) for seed in range(6)]).view(2, 3, 16, 20)
    flow = torch.cat([_constant((2, 0), (16, 20)), _constant((0, -3), (16, 20))])
    found = backward_warp(x, flow)
    torch.testing.assert_close(found[0, :, :, :-2], x[0, :, :, 2:], atol=1e-4, rtol=0)
    torch.testing.assert_close(found[1, :, 3:], x[1, :, :-3], atol=1e-4, rtol=0)


def test_inside_ends_at_the_last_pixel() -> None:
    found = inside(_constant((2, -1), (5, 6)))
    wanted = torch.ones(1, 1, 5, 6)
    wanted[..., -2:] = 0
    wanted[..., 0, :] = 0
    assert torch.equal(found, wanted)
    assert inside(torch.zeros(1, 2, 193, 337)).all()


def test_sizes_must_fit() -> None:
    with pytest.raises(ValueError, match="does not match"):
        backward_warp(torch.zeros(1, 1, 8, 8), torch.zeros(1, 2, 8, 9))
    with pytest.raises(ValueError, match="must be"):
        backward_warp(torch.zeros(1, 1, 8, 8), torch.zeros(1, 3, 8, 8))


@pytest.mark.parametrize("size", [(20, 60), (5, 5), (10, 20)])
def test_resize_scales_values(size: tuple[int, int]) -> None:
    found = resize_flow(_constant((4, -2), (10, 20)), size)
    wanted = _constant((4 * size[1] / 20, -2 * size[0] / 10), size)
    torch.testing.assert_close(found, wanted)


def test_a_resized_flow_finds_the_same_places() -> None:
    ys, xs = torch.meshgrid(torch.arange(32.0), torch.arange(48.0), indexing="ij")
    zoom = torch.stack([(xs + 0.5) * 0.1, (ys + 0.5) * 0.1])[None]
    half = resize_flow(zoom, (16, 24))
    ys, xs = torch.meshgrid(torch.arange(16.0), torch.arange(24.0), indexing="ij")
    torch.testing.assert_close(half, torch.stack([(xs + 0.5) * 0.1, (ys + 0.5) * 0.1])[None])
