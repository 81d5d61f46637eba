"""Networks are computed in bfloat16 or whole numbers only where that is fast."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import pytest
import torch

from vidcolor.components import load_colorizer
from vidcolor.machine_mark import machine_mark
from vidcolor.precision import fast, fast_dtype, has_int8, number_formats

SAMPLES = Path(__file__).parents[1] / "samples"


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


@pytest.mark.parametrize(("tiles", "vnni", "formats"), [
    (False, True, "float32 and int8"), (True, True, "bfloat16"), (False, False, "float32"),
])  # fmt: skip
def test_whole_numbers_are_for_processors_that_multiply_nothing_faster(
    tiles: bool, vnni: bool, formats: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend(monkeypatch, tiles=tiles, vnni=vnni)
    assert has_int8("cpu") == formats.endswith("int8")
    assert number_formats("cpu") == formats
    assert formats in machine_mark.__wrapped__("cpu")
    assert not has_int8("cuda")


def test_the_format_that_is_chosen_is_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    gray = cv2.imread(str(SAMPLES / "lively.jpg"), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    picture = cv2.resize(gray, (256, 192), interpolation=cv2.INTER_AREA)
    L = torch.from_numpy(picture)[None, None] / 2.55
    here = number_formats("cpu")
    kinds = [(True, False), (False, False)]
    kinds += [(False, True)] if has_int8("cpu") else []
    seconds, colors = {}, {}
    for tiles, vnni in kinds:
        _pretend(monkeypatch, tiles=tiles, vnni=vnni)
        base = load_colorizer("base", "cpu")
        formats = number_formats("cpu")
        colors[formats] = base.colorize(L).ab
        times = []
        for _ in range(5):
            began = time.process_time()
            base.colorize(L)
            times.append(time.process_time() - began)
        seconds[formats] = min(times)
    assert seconds[here] < 1.3 * min(seconds.values())
    # they differ by less than anybody sees
    for ab in colors.values():
        assert (ab - colors["float32"]).abs().mean() < 0.5


def _pretend(monkeypatch: pytest.MonkeyPatch, *, tiles: bool, vnni: bool) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    monkeypatch.setattr(torch.cpu, "_is_vnni_supported", lambda: vnni)
