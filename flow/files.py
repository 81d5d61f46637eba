"""Flows on disk: the Middlebury `.flo` format, which every flow tool reads.

A tag (float32 202021.25), width and height (int32), then for each pixel, row by row, the way to
the right and the way down (float32, px); little-endian throughout. Baker et al. 2011, and the
format note of the Middlebury flow pages.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_TAG = np.array(202021.25, "<f4").tobytes()
_HEADER = 12
# Far beyond any film, and small enough that a damaged header asks for no absurd memory.
_LONGEST_SIDE = 1 << 16


def read_flow(path: Path | str) -> Tensor:
    """The flow of a `.flo` file.

    By the format's custom a value beyond 1e9 says that the motion there is not known; such values
    come as they are.

    Returns:
        float32 `(1, 2, h, w)`, px.

    Raises:
        ValueError: not a `.flo` file, or more or less in it than its header says.
        OSError: it cannot be read.
    """
    content = Path(path).read_bytes()
    if content[:4] != _TAG:
        raise ValueError(f"{path}: no .flo file, it does not begin with the tag 202021.25")
    if len(content) < _HEADER:
        raise ValueError(f"{path}: ends within its header")
    w, h = (int(side) for side in np.frombuffer(content, "<i4", 2, offset=4))
    if not (0 < w <= _LONGEST_SIDE and 0 < h <= _LONGEST_SIDE):
        raise ValueError(f"{path}: impossible size {w}x{h}")
    wanted = _HEADER + 8 * w * h
    if len(content) != wanted:
        raise ValueError(f"{path}: {w}x{h} needs {wanted} bytes, the file has {len(content)}")
    values = np.frombuffer(content, "<f4", offset=_HEADER).reshape(h, w, 2)
    return torch.from_numpy(values.astype(np.float32).transpose(2, 0, 1).copy())[None]


def write_flow(path: Path | str, flow: Tensor, *, overwrite: bool = False) -> None:
    """Writes a flow as `.flo`; under the final name there is a whole file or none.

    Args:
        path: a file in a folder that exists.
        flow: `(2, h, w)` or `(1, 2, h, w)`, px.
        overwrite: replace what is there.

    Raises:
        ValueError: not one flow, or values that are not finite.
        FileExistsError: the file exists and `overwrite` was not asked for.
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
