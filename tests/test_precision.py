"""Networks are computed in bfloat16 only where that is fast."""

from __future__ import annotations

import time

import pytest
import torch

from vidcolor.components import load_colorizer
from vidcolor.precision import fast, fast_dtype


@pytest.mark.parametrize("tiles", [False, True])
def test_bfloat16_is_for_processors_that_multiply_it(
    tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    dtype = torch.bfloat16 if tiles else torch.float32
    assert fast_dtype("cpu") == dtype
    layer, x = torch.nn.Conv2d(1, 2, 3), torch.ones(1, 1, 8, 8)
    with fast("cpu"):
        assert layer(x).dtype == dtype
    assert layer(x).dtype == torch.float32


def test_an_older_pytorch_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_amx_tile_supported")
    assert fast_dtype("cpu") == torch.float32


def test_the_format_that_is_chosen_is_the_faster_one(monkeypatch: pytest.MonkeyPatch) -> None:
    L = 100 * torch.rand(1, 1, 192, 256, generator=torch.Generator().manual_seed(0))
    here = fast_dtype("cpu")
    seconds, colors = {}, {}
    for dtype in (torch.bfloat16, torch.float32):
        tiles = dtype == torch.bfloat16
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda tiles=tiles: tiles)
        base = load_colorizer("base", "cpu")
        colors[dtype] = base.colorize(L).ab
        times = []
        for _ in range(5):
            began = time.process_time()
            base.colorize(L)
            times.append(time.process_time() - began)
        seconds[dtype] = min(times)
    assert seconds[here] < 1.3 * min(seconds.values())
    # noise has no colors that are sure, and they differ by less than anybody sees
    assert (colors[torch.bfloat16] - colors[torch.float32]).abs().mean() < 0.5
