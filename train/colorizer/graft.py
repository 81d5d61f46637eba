"""`python -m train graft`: the decoder of trained weights of `base` on another encoder.

Both encoders look at the same aged photographs. What the trained one says is told from what the new
one says by least squares, level by level, and these maps are taken into the decoder's kernels: it
begins with colors, not with noise. The new encoder has ImageNet's weights.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers import efficientnet_lite
from vidcolor.colorizers.base import LEVELS, BaseNet
from vidcolor.weights import files as weights

from .. import checkpoint
from .imagenet_encoder import load_published, published_file
from .old_film import age, film_lightness
from .photos import draw_crops, load_train_photos

_BATCH, _SIZE = 16, 160
# Added to the variance of an input, as a share of the mean one.
_RIDGE = 1e-3
# Places of a batch that are looked at in each level.
_PLACES = 1500


class Fit:
    """Least squares from `(n, i)` to `(n, o)` over many batches."""

    def __init__(self) -> None:
        self._squares: Tensor | float = 0.0
        self._products: Tensor | float = 0.0
        self._variance: Tensor | float = 0.0

    def add(self, x: Tensor, y: Tensor) -> None:
        """Rows of both."""
        x = F.pad(x, (0, 1), value=1.0).double()
        self._squares = self._squares + x.T @ x
        self._products = self._products + x.T @ y.double()
        self._variance = self._variance + (y - y.mean(0)).double().square().sum()

    def solve(self, name: str) -> tuple[Tensor, Tensor]:
        """The map `(o, i)` and its shift `(o,)`; prints how much of the variance it explains."""
        squares, products = torch.as_tensor(self._squares), torch.as_tensor(self._products)
        ridge = _RIDGE * squares.diagonal()[:-1].mean() * torch.eye(len(squares)).double()
        ridge[-1, -1] = 0
        found = torch.linalg.solve(squares + ridge, products)
        explained = (2 * products - squares @ found).mul(found).sum()
        explained -= products[-1].square().sum() / squares[-1, -1]
        print(f"{name}: {float(explained / self._variance):.2f} of the variance")
        return found[:-1].T.float(), found[-1].float()


@dataclass(frozen=True)
class _Fits:
    """Of each level's features, the scene's first layer, of the deepest ones with the scene."""

    levels: dict[int, Fit]
    hidden: tuple[Tensor, Tensor]
    deepest: Fit


def graft(trained: BaseNet, encoder: str, batches: Sequence[Tensor]) -> BaseNet:
    """A network with `trained`'s decoder on the published weights of `encoder`.

    Prints which share of each level's variance could be told.

    Args:
        trained: on some encoder.
        encoder: name of the new one.
        batches: L* as seen in training, `(B, 1, s, s)` each.
    """
    new = BaseNet(tuple(trained.config["widths"]), trained.config["own"], encoder).eval()
    published = torch.load(published_file(encoder), map_location="cpu", weights_only=True)
    load_published(new.encoder, published)
    fits = _fits(trained.eval(), new, batches)
    old, own = trained.state_dict(), new.state_dict()
    decoder = {k: v for k, v in old.items() if not k.startswith("encoder.")}
    own |= {k: v for k, v in decoder.items() if v.shape == own[k].shape}
    own["scene.0.weight"], own["scene.0.bias"] = fits.hidden
    told, shift = fits.deepest.solve("stride 32")
    count = new.encoder.widths[-1]
    above, scene = told[:, :count], told[:, count:]
    # what the scene adds, as the deepest features that the map makes it of
    back = torch.linalg.pinv(above, rtol=1e-2)
    own["scene.2.weight"] = torch.cat((torch.zeros(count, scene.shape[1]), back @ scene))
    own["scene.2.bias"] = torch.cat((torch.zeros(count), back @ shift))
    for stage, level in enumerate(LEVELS):
        skip, shift = fits.levels[level].solve(f"stride {2 ** (level + 1)}")
        name = f"decoder.{stage}.0"
        kernel = old[f"{name}.0.weight"]
        of_above, of_skip, of_hints = kernel.tensor_split((len(above), len(above) + len(skip)), 1)
        parts = (_mapped(of_above, above), _mapped(of_skip, skip), of_hints)
        own[f"{name}.0.weight"] = torch.cat(parts, 1)
        own[f"{name}.1.running_mean"] -= of_skip.sum((2, 3)) @ shift
        above = torch.eye(trained.config["widths"][stage])
    new.load_state_dict(own)
    return new


def _mapped(kernel: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("oihw,ij->ojhw", kernel, matrix)


@torch.inference_mode()
def _fits(trained: BaseNet, new: BaseNet, batches: Sequence[Tensor]) -> _Fits:
    levels, hidden, deepest = {level: Fit() for level in LEVELS}, Fit(), Fit()
    seen = []
    for L in map(efficientnet_lite.fitted, batches):
        (known, scene), (found, other) = trained.encoder(L), new.encoder(L)
        hidden.add(other, trained.scene[0](scene))
        for level, fit in levels.items():
            x, y = _rows(found[level]), _rows(known[level])
            some = torch.randperm(len(x))[:_PLACES]
            fit.add(x[some], y[some])
        scale, shift = trained.scene(scene)[:, :, None, None].chunk(2, dim=1)
        seen.append((found[-1], other, known[-1] * (1 + scale) + shift))
    kernel, bias = hidden.solve("scene")
    for deep, other, wanted in seen:
        scene = F.relu(F.linear(other, kernel, bias))[:, :, None, None]
        x = torch.cat((deep, scene.expand(-1, -1, *deep.shape[-2:])), 1)
        deepest.add(_rows(x), _rows(wanted))
    return _Fits(levels, (kernel, bias), deepest)


def _rows(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(0, 2)


def main(args: list[str]) -> None:
    """Writes the grafted network as weights for `--start`."""
    parser = argparse.ArgumentParser(prog="python -m train graft", description=__doc__)
    parser.add_argument("trained", type=Path, help="exported weights of base")
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", choices=efficientnet_lite.NAMES, default="efficientnet-lite2")
    parser.add_argument("--photos", type=Path, nargs="+", default=[Path("../shared/data/photos")])
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--count", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    photos = load_train_photos(options.photos, options.cache)
    batches = []
    for _ in range(options.count // _BATCH):
        crops, _ = draw_crops(photos, _BATCH, _SIZE, rng, 0.5)
        batches.append(age(film_lightness(crops, rng), rng))
    tensors, config = weights.read(options.trained)
    trained = BaseNet(tuple(config["widths"]), config["own"], config["encoder"])
    weights.fill(trained, tensors, "base")
    new = graft(trained, options.encoder, batches)
    keep = {k: config[k] for k in ("size", "temperature", "saturation")}
    checkpoint.export(options.out, new.state_dict(), new.config | keep)
