"""Pictures of a report: frames, heat maps of change, motion, made small enough for one page."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from flow.visualize import flow_image, visibility_image
from flow.warp import backward_warp

from .measure import Link, Measured

HOT = 12.0
"""Change of color in Lab units that gets the brightest color of a heat map."""
_QUALITY = 78


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """An encoded image.

    Attributes:
        data: WebP.
        width, height: in pixels.
    """

    data: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """As a data URI."""
        return "data:image/webp;base64," + base64.b64encode(self.data).decode()


def encode(rgb: np.ndarray, quality: int = _QUALITY) -> EncodedImage:
    """Encodes uint8 RGB `(h, w, 3)`."""
    bgr = np.ascontiguousarray(rgb[..., ::-1])
    done, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
    assert done
    return EncodedImage(data.tobytes(), rgb.shape[1], rgb.shape[0])


def change_map(measured: Measured, film: int) -> Tensor:
    """Change of color of every pixel against the frame before, along the motion.

    Returns:
        `(1, 1, h, w)`, Lab units; NaN where the motion cannot be trusted.
    """
    assert measured.before is not None
    assert measured.link is not None
    before = backward_warp(measured.before.small[film].ab, measured.link.backward)
    change = (measured.now.small[film].ab - before).square().sum(1, keepdim=True).sqrt()
    return change.masked_fill(measured.link.seen == 0, float("nan"))


def heat_image(change: Tensor, luma: Tensor) -> np.ndarray:
    """A change map in colors over the darkened frame: uint8 RGB `(h, w, 3)`.

    Black is no change, yellow is `HOT` and more; the frame shines through where the change is
    small, and alone where nothing is known.

    Args:
        change: `(1, 1, h, w)`, Lab units, may hold NaN.
        luma: `(1, 1, h, w)` in [0, 1].
    """
    strength = (change / HOT).nan_to_num(0).clamp(0, 1)[0, 0].numpy()
    colors = cv2.applyColorMap((strength * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    ground = luma[0, 0].clamp(0, 1).numpy()[..., None] * 90
    share = np.clip(strength * 4, 0, 1)[..., None]
    return (colors[..., ::-1] * share + ground * (1 - share)).astype(np.uint8)


def motion_image(link: Link) -> np.ndarray:
    """The motion on the color wheel, uint8 RGB `(h, w, 3)`; full color is 1/24 of the width."""
    return _to_array(flow_image(link.backward, motion_scale(link)))


def motion_scale(link: Link) -> float:
    """Motion in pixels of the measured frame that gets the full color."""
    return link.backward.shape[3] / 24


def trust_image(link: Link, luma: Tensor) -> np.ndarray:
    """The frame in gray, tinted where motion could not be trusted: uint8 RGB `(h, w, 3)`."""
    return _to_array(visibility_image(luma.clamp(0, 1), link.seen))


def _to_array(picture: Tensor) -> np.ndarray:
    return np.ascontiguousarray(picture[0].to(torch.uint8).permute(1, 2, 0).numpy())
