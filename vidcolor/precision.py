"""The number formats that networks are computed in."""

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


def has_int8(device: torch.device | str) -> bool:
    """Whether 8-bit whole numbers take a third of the time that `fast_dtype` takes.

    That is where the processor has VNNI and multiplies no bfloat16. Networks say themselves which
    of their layers bear it; these have no gradients.
    """
    if torch.device(device).type != "cpu" or fast_dtype(device) != torch.float32:
        return False
    has_vnni = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return bool(has_vnni())


def number_formats(device: torch.device | str) -> str:
    """What networks are computed in, for logs: "bfloat16", "float32" or "float32 and int8"."""
    name = str(fast_dtype(device)).removeprefix("torch.")
    return f"{name} and int8" if has_int8(device) else name


def fast(device: torch.device | str) -> torch.autocast:
    """Within it, convolutions and products on the device are computed in `fast_dtype`."""
    kind = torch.device(device).type
    enabled = fast_dtype(device) != torch.float32
    return torch.autocast(kind, torch.bfloat16, enabled=enabled)
