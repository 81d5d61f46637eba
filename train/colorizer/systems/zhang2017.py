"""`zhang2017`: regression and classification, with hints as a user would give them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.color import lab_to_rgb
from vidcolor.colorizers.zhang2017 import (
    CLASSES,
    Zhang2017,
    Zhang2017Net,
    palette_of,
    saturation_of,
)
from vidcolor.precision import fast

from .system import Batch, System

# The authors' crops have this side, and their patches up to 9 pixels of it.
_CROP, _PATCH = 176, 9
_GO_ON = 7 / 8
_REVEAL_ALL = 1 / 100
# Half of the pictures come without any hint, in place of the authors' first stage without hints:
# films are colored without hints most of the time.
_NO_HINTS = 1 / 2
# Blocks that `zhang2016` has too, and the layers of its eighth that have other names here.
_SHARED = {f"model{n}" for n in range(1, 8)}
_EIGHTH = {"model8.0": "model8up.0", "model8.2": "model8.1", "model8.4": "model8.3"}


def simulate_points(ab: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Points as a user might set them (section 3.2, and the released training code).

    Their number is geometric (p = 1/8), each a patch of the mean color below it, its center drawn
    around the middle of the picture; rarely everything is given.

    Args:
        ab: float32 `(B, 2, h, w)`, the true colors.
        rng: source of randomness.

    Returns:
        ab of the points, 0 elsewhere, and the mask `(B, 1, h, w)`.
    """
    hints, mask = torch.zeros_like(ab), torch.zeros_like(ab[:, :1])
    h, w = ab.shape[-2:]
    largest = max(1, round(_PATCH * min(h, w) / _CROP))
    for i in range(len(ab)):
        if rng.random() < _NO_HINTS:
            continue
        if rng.random() < _REVEAL_ALL:
            hints[i], mask[i] = ab[i], 1
            continue
        while rng.random() < _GO_ON:
            side = int(rng.integers(1, largest + 1))
            top, left = (
                int(np.clip(rng.normal(n / 2, n / 4) - side / 2, 0, n - side)) for n in (h, w)
            )
            patch = (slice(None), slice(top, top + side), slice(left, left + side))
            hints[i][patch] = ab[i][patch].mean((1, 2), keepdim=True)
            mask[i][patch] = 1
    return hints, mask


def simulate_global(L: Tensor, ab: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Palette and mean saturation, each given or kept back at random (section 3.3).

    Returns:
        `(B, 314)` and `(B, 2)`, each with its indicator last; zeros where kept back.
    """
    given = []
    for values in (palette_of(ab), saturation_of(lab_to_rgb(L, ab))):
        kept = torch.from_numpy(rng.random(len(ab)) < 1 / 2).to(ab)[:, None]
        given.append(torch.cat((values * kept, kept), dim=1))
    return given[0], given[1]


def cells(ab: Tensor) -> Tensor:
    """Colors as numbers of the 23 x 23 grid's cells, 10 wide: `(B, 2, h, w)` -> `(B, h, w)`."""
    row, column = ((ab + 110) / 10).round().long().clamp(0, 22).unbind(1)
    return row * 23 + column


class Zhang2017Training(System[Zhang2017Net]):
    """Released code: cross-entropy over 529 cells, and 10 times L1 on ab / 110.

    There the two losses train in turns, for 130 passes over ImageNet; here both at once.
    """

    lr = 4e-4

    def network(self) -> Zhang2017Net:
        assert CLASSES == 23 * 23
        return Zhang2017Net(with_global=True)

    def begin(self, net: Zhang2017Net, tensors: dict[str, Tensor]) -> None:
        """Weights of `zhang2016` too, for conv1 to conv8 (section 3.4).

        The kernels for hints stay as they are.
        """
        if "model10up.0.weight" not in tensors:
            own = net.state_dict()
            shared = {}
            for name, value in tensors.items():
                layer, kind = name.rsplit(".", 1)
                if layer in _EIGHTH or name.split(".")[0] in _SHARED:
                    shared[f"{_EIGHTH.get(layer, layer)}.{kind}"] = value
            first = own["model1.0.weight"].clone()
            first[:, :1] = shared["model1.0.weight"]
            tensors = shared | {"model1.0.weight": first}
        super().begin(net, tensors)

    def loss(self, net: Zhang2017Net, batch: Batch) -> Tensor:
        ab = batch.ab
        hints, mask = simulate_points(ab, batch.rng)
        palette, saturation = simulate_global(batch.L.to(ab), ab, batch.rng)
        with fast(batch.device):
            found, classes = net(batch.aged(), hints, mask, palette, saturation)
        told = F.cross_entropy(classes.float(), cells(ab[:, :, ::4, ::4]))
        return told + 10 * F.l1_loss(found.float(), ab) / 110

    def colorizer(self, net: Zhang2017Net, size: int) -> Zhang2017:
        return Zhang2017(net, size)
