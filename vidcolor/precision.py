"""The number format that networks are computed in."""

from __future__ import annotations

import torch


def fast_dtype(device: torch.device | str) -> torch.dtype:
    """bfloat16 where the device multiplies it, where it takes half the time; float32 elsewhere.

    Of processors that is those with AMX. Without it, AVX-512's products of bfloat16 take 1.7 times
    as long as float32, and where even these are lacking, 10 to 20 times.
    """
    kind = torch.device(device).type
    if kind == "cpu":
        has_tiles = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        return torch.bfloat16 if has_tiles() else torch.float32
    if kind == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float32
    return torch.bfloat16


def fast(device: torch.device | str) -> torch.autocast:
    """Within it, convolutions and products on the device are computed in `fast_dtype`."""
    kind = torch.device(device).type
    enabled = fast_dtype(device) != torch.float32
    return torch.autocast(kind, torch.bfloat16, enabled=enabled)
