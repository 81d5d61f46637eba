"""Wraps other programs as colorizers: any function of images, TorchScript, torch.export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from ..color import lab_to_rgb, rgb_to_lab
from ..errors import WeightsError
from ..types import Coloring

# Sides are padded to multiples of this if a program takes any size: most networks halve five times.
_MULTIPLE = 32


class Adapter:
    """A function of images as a colorizer; its confidence is 1 everywhere.

    Args:
        function: takes float32 `(B, inputs, h, w)`: with 3 inputs the gray image as RGB in
            [0, 1], with 1 its L* in [0, 100]. Returns `(B, 3, h', w')`, RGB in [0, 1], of which
            only the color is used, or `(B, 2, h', w')`, a* and b*; h' : w' as h : w.
        name: the name to select it by.
        size: short side in pixels of its input.
        inputs: input channels, 1 or 3.
        fixed: (height, width) if it takes only this size; images are stretched to it.
        one_by_one: it takes only batches of one.
    """

    def __init__(
        self,
        function: Callable[[Tensor], Tensor],
        name: str,
        size: int = 256,
        *,
        inputs: int = 3,
        fixed: tuple[int, int] | None = None,
        one_by_one: bool = False,
    ) -> None:
        self.name, self.size = name, min(fixed) if fixed else size
        self._function, self._inputs = function, inputs
        self._fixed, self._one_by_one = fixed, one_by_one

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab at the output size of the function, or of `L` if `fixed`."""
        h, w = L.shape[-2:]
        if self._fixed:
            seen = F.interpolate(L, size=self._fixed, mode="bilinear", antialias=True)
        else:
            seen = F.pad(L, (0, -w % _MULTIPLE, 0, -h % _MULTIPLE), mode="replicate")
        if self._inputs == 3:
            seen = lab_to_rgb(seen, torch.zeros_like(seen).expand(-1, 2, -1, -1))
        parts = seen.split(1) if self._one_by_one else [seen]
        found = torch.cat([self._function(part).float() for part in parts])
        if found.dim() != 4 or found.shape[1] not in (2, 3):
            raise WeightsError(
                f"{self.name} returns {tuple(found.shape)} for {tuple(seen.shape)}",
                hint="expected (B, 3, h, w) RGB in [0, 1] or (B, 2, h, w) a* and b*",
            )
        ab = found if found.shape[1] == 2 else rgb_to_lab(found.clamp(0, 1))[1]
        if self._fixed:
            ab = F.interpolate(ab, size=(h, w), mode="bilinear", antialias=True)
        else:
            # Crops the padding; a smaller output stays smaller.
            ab = ab[
                ...,
                : -(-h * ab.shape[-2] // seen.shape[-2]),
                : -(-w * ab.shape[-1] // seen.shape[-1]),
            ]
        return Coloring(ab.clamp(-110, 110), torch.ones_like(ab[:, :1]))


def load_program(device: str, file: Path) -> Adapter:
    """A TorchScript (`.pt`, `.ts`) or torch.export (`.pt2`) program.

    Whether it takes L* or gray RGB is determined by trying both. Such a file contains code: use
    only files from sources you trust.

    Raises:
        WeightsError: not such a file, or it takes neither.
    """
    try:
        if file.suffix == ".pt2":
            program = torch.export.load(file).module().to(device)
        else:
            program = torch.jit.load(file, map_location=device).eval()
    except Exception as err:
        # Loaders raise errors of many types on invalid files.
        raise WeightsError(f"{file}: not a program that PyTorch can load") from err
    for inputs in (3, 1):
        for fixed in (None, (256, 256), (224, 224), (512, 512)):
            if _fits(program, torch.zeros(1, inputs, *(fixed or (64, 96)), device=device)):
                return Adapter(program, file.stem, inputs=inputs, fixed=fixed, one_by_one=True)
    raise WeightsError(
        f"{file} takes neither (1, 3, h, w) RGB nor (1, 1, h, w) L*, or returns no colors",
        hint="expected output: (1, 3, h, w) RGB in [0, 1] or (1, 2, h, w) a* and b*",
    )


def _fits(program: Callable[[Tensor], Tensor], image: Tensor) -> bool:
    try:
        with torch.inference_mode():
            found = program(image)
    except Exception:
        # Programs raise errors of many types on shapes that they do not take.
        return False
    return found.dim() == 4 and found.shape[1] in (2, 3)
