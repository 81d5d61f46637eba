from __future__ import annotations

import colorsys

import pytest
import torch

from flow import flow_image, visibility_image, wheel

from .scenes import texture


def _everywhere(x: float, y: float) -> torch.Tensor:
    return torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, 4, 6).contiguous()


def _color(x: float, y: float, scale: float = 10) -> torch.Tensor:
    image = flow_image(_everywhere(x, y), scale)
    assert image.dtype == torch.uint8
    assert image.shape == (1, 3, 4, 6)
    assert (image == image[..., :1, :1]).all()
    return image[0, :, 0, 0].float()


def test_direction_is_hue_and_length_is_saturation() -> None:
    ways = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)]
    colors = [_color(9 * x, 9 * y) for x, y in ways]
    assert all((a - b).abs().max() > 80 for i, a in enumerate(colors) for b in colors[:i])
    # Middlebury: to the right is red.
    assert colors[0][0] > 2 * colors[0][1:].max()
    hues, saturations = [], []
    for length in (3, 6, 9):
        hue, saturation, _ = colorsys.rgb_to_hsv(*(_color(0, length) / 255).tolist())
        hues.append(hue)
        saturations.append(saturation)
    assert max(hues) - min(hues) < 0.02
    assert saturations == pytest.approx([0.3, 0.6, 0.9], abs=0.02)


def test_the_scale_is_what_was_asked_not_the_longest_motion() -> None:
    assert (_color(0, 0) >= 254).all()
    assert torch.equal(_color(4, 3, 10), _color(8, 6, 20))
    assert torch.equal(_color(10, 0, 10), _color(400, 0, 10))
    alone = flow_image(_everywhere(2, 1), 10)
    batch = flow_image(torch.cat([_everywhere(2, 1), _everywhere(9, 9)]), 10)
    assert torch.equal(batch[:1], alone)


def test_the_legend_shows_where_things_go() -> None:
    legend = wheel(65)
    assert legend.shape == (1, 3, 65, 65)
    assert (legend[0, :, 0, 0] >= 254).all()
    assert (legend[0, :, 32, 32] >= 254).all()
    for y, x in ((32, 64), (0, 32), (50, 20)):
        flow = _everywhere((x - 32) / 32, (y - 32) / 32)
        assert (flow_image(flow, 1)[0, :, 0, 0].int() - legend[0, :, y, x].int()).abs().max() <= 1


def test_hidden_pixels_are_tinted_and_no_others() -> None:
    luma = texture((8, 10))
    visible = torch.ones_like(luma)
    visible[..., 5:] = 0
    found = visibility_image(luma, visible)
    gray = (luma * 255).round().to(torch.uint8)
    assert torch.equal(found[..., :5], gray[..., :5].expand(-1, 3, -1, -1))
    assert (found[:, 0, :, 5:].int() - found[:, 1, :, 5:].int() > 100).all()
    assert torch.equal(visibility_image(luma, visible, strength=0), gray.expand(-1, 3, -1, -1))


def test_says_what_has_no_image() -> None:
    with pytest.raises(ValueError, match="must be"):
        flow_image(torch.zeros(1, 3, 4, 4), 1)
    with pytest.raises(ValueError, match="not finite"):
        flow_image(torch.full((1, 2, 4, 4), torch.nan), 1)
    with pytest.raises(ValueError, match="above 0"):
        flow_image(torch.zeros(1, 2, 4, 4), 0)
    with pytest.raises(ValueError, match="both be"):
        visibility_image(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 5))
