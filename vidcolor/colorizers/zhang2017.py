"""`zhang2017`: Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors",
SIGGRAPH 2017.

The local network takes points of known color (section 3.2), in a film what a person said of it; the
global one takes a palette and a mean saturation (section 3.3); all are optional. The names and
shapes of the weights are those of the authors' PyTorch port, whose published file has only the
local network; the global branch follows their Caffe model.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..precision import fast
from ..types import Coloring, Hints
from ..weights import files as weights
from . import ab_bins
from .hints import corrected, on_grid

_AB_SCALE = 110.0
# Classes of the port's classifier: all cells of a 23 x 23 grid over ab.
CLASSES = 529
# Certain hints are held at this share of the size.
_COARSER = 3


@dataclass(frozen=True, slots=True)
class Point:
    """A hint: a small patch of known color.

    Attributes:
        x, y: center as a fraction of width and height, in [0, 1].
        a, b: color, a* and b*.
        radius: pixels around the center at the working size; 1 = 3 x 3.
    """

    x: float
    y: float
    a: float
    b: float
    radius: int = 1


def draw_points(points: list[Point], height: int, width: int) -> tuple[Tensor, Tensor]:
    """Points as network input: ab float32 `(1, 2, h, w)` and mask `(1, 1, h, w)`, 0 or 1.

    Later points overwrite earlier ones.
    """
    ab, mask = torch.zeros(1, 2, height, width), torch.zeros(1, 1, height, width)
    for point in points:
        row = min(height - 1, max(0, int(point.y * height)))
        column = min(width - 1, max(0, int(point.x * width)))
        patch = (
            slice(max(0, row - point.radius), row + point.radius + 1),
            slice(max(0, column - point.radius), column + point.radius + 1),
        )
        ab[0, :, patch[0], patch[1]] = torch.tensor([point.a, point.b]).view(2, 1, 1)
        mask[0, :, patch[0], patch[1]] = 1
    return ab, mask


def palette_of(ab: Tensor) -> Tensor:
    """Histogram of an image's colors over the 313 bins (section 3.3).

    Args:
        ab: float32 `(B, 2, h, w)`; 256 x 256 in the paper.

    Returns:
        float32 `(B, 313)`, each row summing to 1; a cell of 4 x 4 pixels counts for the bin nearest
        to its mean color.
    """
    index, _ = ab_bins.soft_encode(F.avg_pool2d(ab, 4), neighbors=1)
    return F.one_hot(index.flatten(1), len(ab_bins.bin_centers())).float().mean(1)


def saturation_of(rgb: Tensor) -> Tensor:
    """Mean saturation of HSV: RGB `(B, 3, h, w)` in [0, 1] -> float32 `(B, 1)` in [0, 1]."""
    brightest, darkest = rgb.amax(1), rgb.amin(1)
    share = (brightest - darkest) / brightest.clamp(min=1e-6)
    return share.mean((1, 2))[:, None]


def _block(
    widths: tuple[int, ...], *, dilation: int = 1, relu_first: bool = False
) -> nn.Sequential:
    """3x3 convolutions with ReLU, then BatchNorm."""
    layers: list[nn.Module] = [nn.ReLU()] if relu_first else []
    for inputs, outputs in itertools.pairwise(widths):
        layers += [
            nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.BatchNorm2d(widths[-1]))


def _up(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1))


def _shortcut(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1))


class _GlobalHints(nn.Module):
    """Palette and saturation -> offset added to the fourth block, `(B, 512, 1, 1)`."""

    def __init__(self) -> None:
        super().__init__()
        self.palette = nn.Linear(len(ab_bins.bin_centers()) + 1, 512)
        self.saturation = nn.Linear(2, 512)
        layers: list[nn.Module] = [nn.ReLU(), nn.BatchNorm1d(512)]
        for _ in range(3):
            layers += [nn.Linear(512, 512), nn.ReLU(), nn.BatchNorm1d(512)]
        self.mix = nn.Sequential(*layers)

    def forward(self, palette: Tensor, saturation: Tensor) -> Tensor:
        return self.mix(self.palette(palette) + self.saturation(saturation))[:, :, None, None]


class Zhang2017Net(nn.Module):
    """L* and hints -> ab, and logits over the 529 cells at a quarter of the size.

    Args:
        with_global: with the branch for palette and saturation; the published weights lack it.
    """

    def __init__(self, *, with_global: bool = False) -> None:
        super().__init__()
        self.config = {"with_global": with_global}
        self.model1 = _block((4, 64, 64))
        self.model2 = _block((64, 128, 128))
        self.model3 = _block((128, 256, 256, 256))
        self.model4 = _block((256, 512, 512, 512))
        self.model5 = _block((512, 512, 512, 512), dilation=2)
        self.model6 = _block((512, 512, 512, 512), dilation=2)
        self.model7 = _block((512, 512, 512, 512))
        self.model8up = _up(512, 256)
        self.model3short8 = _shortcut(256, 256)
        self.model8 = _block((256, 256, 256), relu_first=True)
        self.model9up = _up(256, 128)
        self.model2short9 = _shortcut(128, 128)
        self.model9 = _block((128, 128), relu_first=True)
        self.model10up = _up(128, 128)
        self.model1short10 = _shortcut(64, 128)
        self.model10 = nn.Sequential(
            nn.ReLU(), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(0.2)
        )
        self.model_class = nn.Sequential(nn.Conv2d(256, CLASSES, 1))
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())
        self.global_hints = _GlobalHints() if with_global else None

    def forward(
        self,
        L: Tensor,
        ab: Tensor,
        mask: Tensor,
        palette: Tensor | None = None,
        saturation: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """L* and hints -> ab and classes.

        Args:
            L: `(B, 1, h, w)`, sides multiples of 8.
            ab: `(B, 2, h, w)`, colors of the points, 0 elsewhere.
            mask: `(B, 1, h, w)`, 1 at the points, else 0.
            palette: `(B, 314)`, see `palette_of`, followed by 1; all zeros for none.
            saturation: `(B, 2)`, mean saturation in [0, 1], followed by 1; all zeros for none.

        Returns:
            ab `(B, 2, h, w)` within 110, and logits `(B, 529, h/4, w/4)`.
        """
        seen = torch.cat(((L - 50) / 100, ab / _AB_SCALE, mask), dim=1)
        one = self.model1(seen)
        # The port subsamples instead of pooling.
        two = self.model2(one[:, :, ::2, ::2])
        three = self.model3(two[:, :, ::2, ::2])
        four = self.model4(three[:, :, ::2, ::2])
        if self.global_hints is not None:
            count = len(L)
            four = four + self.global_hints(
                four.new_zeros(count, 314) if palette is None else palette,
                four.new_zeros(count, 2) if saturation is None else saturation,
            )
        seven = self.model7(self.model6(self.model5(four)))
        eight = self.model8(self.model8up(seven) + self.model3short8(three))
        nine = self.model9(self.model9up(eight) + self.model2short9(two))
        ten = self.model10(self.model10up(nine) + self.model1short10(one))
        return self.model_out(ten) * _AB_SCALE, self.model_class(eight)


class Zhang2017:
    """Implements the `HintedColorizer` protocol.

    Args:
        net: a trained `Zhang2017Net`.
        size: working short side in pixels.
    """

    name = "zhang2017"

    def __init__(self, net: Zhang2017Net, size: int = 256) -> None:
        self.size = size
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor, hints: Hints | None = None) -> Coloring:
        """L* `(B, 1, h, w)` and what is known of its colors -> ab and confidence at that size.

        The network was trained with points that are certain; of what is less so it sees as much as
        its weight.
        """
        if hints is None:
            return self.colorize_with(L)
        known = on_grid(hints, L)
        found = self._seen(L, known.weighed, known.weight)
        size = [-(-n // _COARSER) for n in L.shape[-2:]]
        small = F.interpolate(found.ab, size=size, mode="area")
        missing = corrected(small, L, hints) - small
        missing = F.interpolate(missing, size=L.shape[-2:], mode="bilinear", align_corners=False)
        return Coloring(found.ab + missing, found.confidence)

    @torch.inference_mode()
    def colorize_with(
        self,
        L: Tensor,
        points: list[Point] | None = None,
        palette: Tensor | None = None,
        saturation: float | None = None,
    ) -> Coloring:
        """Like `colorize`, with hints that apply to every image of the batch.

        Args:
            L: L* `(B, 1, h, w)`.
            points: points of known color.
            palette: float32 `(313,)`, a histogram over the bins, see `palette_of`.
            saturation: target mean saturation (HSV), in [0, 1].

        Returns:
            ab within 110, and confidence (1 minus the classifier's entropy over the largest
            possible one), at the size of `L`.

        Raises:
            ValueError: a palette or saturation is given, but the weights lack the global branch.
        """
        if (palette is not None or saturation is not None) and self._net.global_hints is None:
            raise ValueError(
                "these weights of zhang2017 take no palettes and no saturation; train your own"
            )
        count, _, h, w = L.shape
        ab, mask = (x.expand(count, -1, -1, -1) for x in draw_points(points or [], h, w))
        told = None if saturation is None else torch.tensor([saturation])
        return self._seen(L, ab, mask, palette, told)

    def _seen(
        self,
        L: Tensor,
        ab: Tensor,
        mask: Tensor,
        palette: Tensor | None = None,
        saturation: Tensor | None = None,
    ) -> Coloring:
        count, _, h, w = L.shape
        L = F.pad(L, (0, -w % 8, 0, -h % 8), mode="replicate")
        ab, mask = (F.pad(x, (0, -w % 8, 0, -h % 8)).to(L) for x in (ab, mask))
        with fast(L.device):
            found, logits = self._net(
                L.contiguous(memory_format=torch.channels_last),
                ab,
                mask,
                _given(palette, 313, L, count),
                _given(saturation, 1, L, count),
            )
        sure = ab_bins.certainty(logits)
        sure = F.interpolate(sure, size=L.shape[-2:], mode="bilinear", align_corners=False)
        return Coloring(found[..., :h, :w].float(), sure[..., :h, :w])


def _given(value: Tensor | None, length: int, like: Tensor, count: int) -> Tensor:
    """A global hint followed by 1, `(B, length + 1)`; zeros if there is none."""
    if value is None:
        return like.new_zeros(count, length + 1)
    return torch.cat((value.to(like), like.new_ones(1))).expand(count, -1)


def untrained(device: str = "cpu") -> Zhang2017:
    """Random weights, for tests and for timing."""
    return Zhang2017(Zhang2017Net(with_global=True).to(device))


def load(device: str, file: Path | None = None) -> Zhang2017:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system("zhang2017", file)
    net = weights.fill(
        Zhang2017Net(with_global=config.get("with_global", False)), tensors, "zhang2017"
    )
    return Zhang2017(net.to(device), config.get("size", 256))
