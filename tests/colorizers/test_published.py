"""Systems with published weights: their files' layout fits, and what comes out is sound."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.colorizers import layouts
from tests.colorizers.contract import check, picture
from vidcolor import registry
from vidcolor.colorizers import ab_bins, deoldify, zhang2016, zhang2017
from vidcolor.errors import WeightsError
from vidcolor.geometry import Area
from vidcolor.inventory import inventory
from vidcolor.stages.colorize import colorize_batches
from vidcolor.stages.values import WorkFrame
from vidcolor.types import Hints
from vidcolor.weights import files as weights


def test_zhang2016_loads_the_published_layout() -> None:
    tensors = layouts.checkpoint(layouts.ZHANG2016)
    net = weights.fill(zhang2016.Zhang2016Net(), tensors, "zhang2016")
    assert torch.equal(net.model5[4].weight, tensors["model5.4.weight"])
    check(zhang2016.Zhang2016(net, size=64))


def test_zhang2016_by_hand() -> None:
    net = weights.fill(zhang2016.Zhang2016Net(), layouts.checkpoint(layouts.ZHANG2016), "it")
    L = picture(32, 48)
    with torch.no_grad():
        # The authors' forward: plain softmax, bins as a convolution, ab in units of 110.
        expected = net.model_out(net(L).softmax(1)) * 110
    found = zhang2016.Zhang2016(net, temperature=1.0).colorize(L).ab
    assert (found - expected).abs().max() < 0.1 * expected.std() + 0.5


def test_a_fresh_zhang2016_decodes_with_the_paper_bins() -> None:
    net = zhang2016.Zhang2016Net()
    assert torch.allclose(net.centers, ab_bins.bin_centers(), atol=1e-4)
    assert not net.model_out.weight.requires_grad


def test_temperature_makes_zhang2016_vivid() -> None:
    net = weights.fill(zhang2016.Zhang2016Net(), layouts.checkpoint(layouts.ZHANG2016), "it")
    pale, vivid = (
        zhang2016.Zhang2016(net, temperature=t).colorize(picture(32, 32)).ab for t in (1.0, 0.38)
    )
    assert vivid.norm(dim=1).mean() > pale.norm(dim=1).mean()


@pytest.fixture(scope="module")
def released() -> zhang2017.Zhang2017:
    tensors = layouts.checkpoint(layouts.ZHANG2017)
    return zhang2017.Zhang2017(weights.fill(zhang2017.Zhang2017Net(), tensors, "zhang2017"))


def test_zhang2017_loads_the_published_layout(released: zhang2017.Zhang2017) -> None:
    check(released)
    assert released.colorize(picture(61, 47)).ab.shape == (1, 2, 61, 47)


def test_points_act_where_they_are(released: zhang2017.Zhang2017) -> None:
    L = picture(64, 64)
    plain = released.colorize(L).ab
    hinted = released.colorize_with(L, [zhang2017.Point(x=0.1, y=0.1, a=60, b=-40)]).ab
    change = (hinted - plain).abs().sum(1)[0]
    assert change[:16, :16].mean() > 3 * change[48:, 48:].mean()


def _corner(weight: float, count: int = 1) -> Hints:
    """Purple in the upper left corner of the last picture, on half the grid of 64 x 64."""
    hints = Hints(torch.zeros(count, 2, 32, 32), torch.zeros(count, 1, 32, 32))
    hints.ab[-1, :, :8, :8] = torch.tensor([60.0, -40.0]).view(2, 1, 1)
    hints.weight[-1, :, :8, :8] = weight
    return hints


def test_zhang2017_sees_hints_as_much_as_they_weigh(released: zhang2017.Zhang2017) -> None:
    L = picture(64, 64)
    plain = released.colorize(L)
    assert torch.equal(released.colorize(L, _corner(0)).ab, plain.ab)
    found = [released.colorize(L, _corner(weight)) for weight in (0.3, 0.9)]
    weak, strong = ((x.ab - plain.ab).norm(dim=1)[0] for x in found)
    assert 0 < weak[:16, :16].mean() < strong[:16, :16].mean()
    assert strong[:16, :16].mean() > 3 * strong[48:, 48:].mean()
    # an input of the network, not spread around it
    assert not torch.equal(found[1].confidence, plain.confidence)
    both = released.colorize(torch.cat((L, L)), _corner(0.9, count=2)).ab
    assert (both - torch.cat((plain.ab, found[1].ab))).abs().max() < 0.5


def test_zhang2017_keeps_to_what_is_certain(released: zhang2017.Zhang2017) -> None:
    found = released.colorize(picture(61, 47), _corner(1)).ab
    assert found.shape == (1, 2, 61, 47)
    wanted = torch.tensor([60.0, -40.0])
    # random weights make neighbors differ, and what is missing is spread smoothly
    assert (found[0, :, 2:12, 2:9].mean((1, 2)) - wanted).norm() < 12


def test_a_film_shows_hints_to_zhang2017(released: zhang2017.Zhang2017) -> None:
    L, hints = picture(64, 64), _corner(0.9)
    item = WorkFrame(0, L, Area(0, 0, 64, 64), starts_shot=True, hints=hints)
    takes_hints = registry.find("colorizer", "zhang2017").takes_hints
    seen = zhang2017.Zhang2017(released._net, size=64)
    (found,) = colorize_batches([item], seen, 1, takes_hints=takes_hints)
    assert found.coloring is not None
    expected = seen.colorize(L, hints).confidence
    assert torch.equal(found.coloring.confidence, F.adaptive_avg_pool2d(expected, (32, 32)))


def test_points_are_drawn_where_they_say() -> None:
    points = [zhang2017.Point(0.5, 0.25, 10, 20), zhang2017.Point(1.0, 1.0, -5, 5, radius=0)]
    ab, mask = zhang2017.draw_points(points, 8, 12)
    assert mask.sum() == 10
    assert mask[0, 0, 2, 6] == 1
    assert ab[0, :, 1, 5].tolist() == [10, 20]
    assert ab[0, :, 7, 11].tolist() == [-5, 5]


def test_palettes_need_their_branch_and_act_through_it(released: zhang2017.Zhang2017) -> None:
    palette = zhang2017.palette_of(torch.full((1, 2, 16, 16), 40.0))[0]
    assert palette.sum() == pytest.approx(1)
    assert ab_bins.bin_centers()[palette.argmax()].tolist() == [40, 40]
    with pytest.raises(ValueError, match="palettes"):
        released.colorize_with(picture(32, 32), palette=palette)
    whole = zhang2017.untrained()
    plain = whole.colorize(picture(32, 32)).ab
    assert not torch.equal(whole.colorize_with(picture(32, 32), palette=palette).ab, plain)
    assert not torch.equal(whole.colorize_with(picture(32, 32), saturation=0.7).ab, plain)


def test_saturation_by_hand() -> None:
    rgb = torch.zeros(1, 3, 2, 2)
    rgb[0, 0] = 0.8
    rgb[0, :, 0] = 0.5
    assert zhang2017.saturation_of(rgb).tolist() == [[0.5]]


def test_deoldify_loads_the_published_layout() -> None:
    tensors = layouts.checkpoint(layouts.artistic())
    for name in [k for k in tensors if k.endswith("_orig")]:
        kernel, stem = tensors[name].flatten(1), name.removesuffix("_orig")
        u = F.normalize(tensors[f"{stem}_u"], dim=0)
        v = F.normalize(kernel.T @ u, dim=0)
        tensors |= {f"{stem}_u": u, f"{stem}_v": v}
    net = deoldify.DeOldifyNet(deep=True)
    weights.fill(net, deoldify.fold_published(tensors), "deoldify-artistic")
    check(deoldify.DeOldify(net, "deoldify-artistic", size=64))


def test_the_wide_deoldify_has_the_published_layout() -> None:
    with torch.device("meta"):
        net = deoldify.DeOldifyNet(deep=False)
        tensors = {k: torch.empty(s) for k, s in layouts.shapes(layouts.wide()).items()}
    found = {k: v.shape for k, v in net.state_dict().items()}
    assert found == {k: v.shape for k, v in deoldify.fold_published(tensors).items()}


def test_norms_fold_as_torch_applies_them() -> None:
    torch.manual_seed(0)
    spectral = torch.nn.utils.spectral_norm(torch.nn.Conv2d(3, 8, 3, bias=False))
    weighted = torch.nn.utils.weight_norm(torch.nn.Conv2d(3, 8, 1))
    x = torch.randn(2, 3, 6, 6)
    for _ in range(3):
        spectral(x)
    spectral.eval()
    stored = {f"s.{k}": v for k, v in spectral.state_dict().items()}
    stored |= {f"w.{k}": v for k, v in weighted.state_dict().items()}
    folded = deoldify.fold_published(stored)
    assert sorted(folded) == ["s.weight", "w.bias", "w.weight"]
    assert torch.allclose(F.conv2d(x, folded["s.weight"]), spectral(x), atol=1e-5)
    assert torch.allclose(F.conv2d(x, folded["w.weight"], folded["w.bias"]), weighted(x), atol=1e-5)


@pytest.mark.parametrize("change", ["one less", "one more", "another shape"])
def test_other_layouts_are_refused(change: str) -> None:
    tensors = layouts.checkpoint(layouts.ZHANG2016)
    if change == "one less":
        del tensors["model8.6.bias"]
    elif change == "one more":
        tensors["model9.0.weight"] = torch.zeros(1)
    else:
        tensors["model8.6.bias"] = torch.zeros(312)
    with pytest.raises(WeightsError, match=r"not the weights of zhang2016"):
        weights.fill(zhang2016.Zhang2016Net(), tensors, "zhang2016")


def test_missing_weights_say_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError) as caught:
        zhang2016.load("cpu")
    hint = caught.value.hint or ""
    assert "vidcolor fetch zhang2016" in hint
    assert "https://" in hint
    assert str(tmp_path / "colorization_release_v2-9b330a0b.pth") in hint


def test_listings_know_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))

    def row(name: str) -> dict:
        return next(r for r in inventory() if r["name"] == name)

    assert not row("zhang2016")["available"]
    assert row("zhang2016")["license"] == "BSD-2-Clause"
    assert row("zhang2016")["source"].startswith("https://")
    assert row("fusion")["source"] == "your training"
    assert row("base")["available"]
    for name in ("colorization_release_v2-9b330a0b.pth", "fusion.safetensors"):
        (tmp_path / name).write_bytes(b"1234")
    assert row("zhang2016")["available"]
    assert row("fusion")["available"]
    assert row("fusion")["bytes"] == 4
