"""Measures that need other people's networks, and why they are left out where they are."""

from __future__ import annotations

LEFT_OUT = {
    "LPIPS": "needs the ImageNet AlexNet (alexnet-owt-7be5be79.pth), which is not here",
    "FID": "needs the FID Inception network, which is not here; and fewer than 2048 frames leave "
    "its covariance without full rank",
}
"""Named in every output."""
