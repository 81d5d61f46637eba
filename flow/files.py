"""The Middlebury `.flo` file format.

A tag (float32 202021.25), width and height (int32), then for each pixel, row by row, the
displacement to the right and down (float32, px); little-endian throughout. Baker et al. 2011, and
the format note of the Middlebury flow pages.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_TAG = np.array(202021.25, "<f4").tobytes()
_HEADER = 12
# Larger than any film, yet small enough that a damaged header cannot exhaust memory.
_LONGEST_SIDE = 1 << 16


def read_flow(path: Path | str) -> Tensor:
    """Reads a `.flo` file.

    By convention, values above 1e9 mark unknown motion; they are returned as they are.

    Returns:
        float32 `(1, 2, h, w)`, px.

    Raises:
        ValueError: not a `.flo` file, or its size does not match its header.
        OSError: it cannot be read.
    """
    content = Path(path).read_bytes()
    if content[:4] != _TAG:
        raise ValueError(f"{path}: not a .flo file, it does not begin with the tag 202021.25")
    if len(content) < _HEADER:
        raise ValueError(f"{path}: truncated within the header")
    w, h = (int(side) for side in np.frombuffer(content, "<i4", 2, offset=4))
    if not (0 < w <= _LONGEST_SIDE and 0 < h <= _LONGEST_SIDE):
        raise ValueError(f"{path}: impossible size {w}x{h}")
    expected = _HEADER + 8 * w * h
    if len(content) != expected:
        raise ValueError(f"{path}: {w}x{h} needs {expected} bytes, the file has {len(content)}")
    values = np.frombuffer(content, "<f4", offset=_HEADER).reshape(h, w, 2)
    return torch.from_numpy(values.astype(np.float32).transpose(2, 0, 1).copy())[None]


def write_flow(path: Path | str, flow: Tensor, *, overwrite: bool = False) -> None:
    """Writes a flow as `.flo`, completely or not at all.

    Args:
        path: a file in an existing folder.
        flow: `(2, h, w)` or `(1, 2, h, w)`, px.
        overwrite: replace an existing file.

    Raises:
        ValueError: not a single flow, or it has values that are not finite.
        FileExistsError: the file exists and `overwrite` is False.
        OSError: it cannot be written.
    """
    one = flow[0] if flow.dim() == 4 and flow.shape[0] == 1 else flow
    if one.dim() != 3 or one.shape[0] != 2 or one.numel() == 0:
        raise ValueError(f"a .flo file holds one flow (2, h, w), got {tuple(flow.shape)}")
    if not one.isfinite().all():
        raise ValueError("a flow with values that are not finite cannot be written")
    target = Path(path)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists")
    h, w = one.shape[1:]
    values = one.detach().cpu().permute(1, 2, 0).contiguous().numpy().astype("<f4")
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(_TAG + np.array([w, h], "<i4").tobytes() + values.tobytes())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
