"""Measures that need other people's networks: used where those are, named where they are not."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

ALEXNET = "alexnet-owt-7be5be79.pth"
_FID = "no set here has the 2048 pictures that its covariance needs for full rank"


class Lpips:
    """LPIPS 0.1 on AlexNet (Zhang et al., CVPR 2018), by torchmetrics."""

    def __init__(self) -> None:
        """Loads the networks; nothing is downloaded where `why_no_lpips` gives none.

        Raises:
            ImportError: torchmetrics is not installed.
        """
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        self._net = LearnedPerceptualImagePatchSimilarity("alex").eval()

    @torch.inference_mode()
    def __call__(self, image: Tensor, truth: Tensor) -> Tensor:
        """RGB `(B, 3, h, w)` in [0, 1] both -> `(B,)`, 0 for equal pictures.

        The network wants [-1, 1]; bytes or [0, 1] give other numbers without complaint.
        """
        pairs = zip(image.split(1), truth.split(1), strict=True)
        # The package clips against [-1, 1] strictly; rounding may lie a hair beyond.
        scaled = (((x * 2 - 1).clamp(-1, 1) for x in pair) for pair in pairs)
        return torch.stack([self._net(*pair) for pair in scaled])


def why_no_lpips() -> str | None:
    """What LPIPS lacks on this machine; None where it can be measured."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / ALEXNET
    if not path.is_file():
        return f"needs torchvision's {ALEXNET} in {path.parent.name}/ of torch's hub folder"
    try:
        import torchmetrics  # noqa: F401
    except ImportError:
        return 'needs torchmetrics: pip install "vidcolor[perceptual]"'
    return None


@lru_cache(maxsize=1)
def lpips() -> Lpips | None:
    """LPIPS where it can be measured."""
    return Lpips() if why_no_lpips() is None else None


def left_out() -> dict[str, str]:
    """Measures that this machine's results do not have, and why; for every output."""
    reason = why_no_lpips()
    return ({} if reason is None else {"LPIPS": reason}) | {"FID": _FID}
