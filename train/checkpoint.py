"""Checkpoints, weight averages, exports and logs of trainings."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes a checkpoint atomically: a kill in the middle leaves the previous one intact."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path) -> dict[str, Any] | None:
    """The checkpoint that `save` wrote, None if there is none."""
    if not path.exists():
        return None
    return torch.load(path, map_location="cpu", weights_only=True)


def snapshot(net: nn.Module, optimizer: torch.optim.Optimizer, average: Average) -> dict[str, Any]:
    """State for `restore`; the training adds its progress."""
    state = {"net": net.state_dict(), "optimizer": optimizer.state_dict()}
    return state | {"average": average.values}


def restore(
    saved: dict[str, Any], net: nn.Module, optimizer: torch.optim.Optimizer, average: Average
) -> None:
    """Restores the state of `snapshot`."""
    net.load_state_dict(saved["net"])
    optimizer.load_state_dict(saved["optimizer"])
    average.values = saved["average"]


def meet(path: Path, net: nn.Module, average: Average) -> None:
    """Goes half-way to another training of the same network, as far as it was saved.

    Two trainings that do so every few minutes learn from twice the pictures (Stich, "Local SGD
    converges fast and communicates little", ICLR 2019; here each at its own pace).
    """
    other = load(path)
    if other is None:
        return
    for own, met in ((net.state_dict(), other["net"]), (average.values, other["average"])):
        for key, value in own.items():
            if value.is_floating_point():
                value.lerp_(met[key].to(value.device), 0.5)


class Average:
    """Exponential moving average of a network's weights, including BatchNorm statistics."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def update(self, net: nn.Module, step: int) -> None:
        """Adds the weights after `step` steps; early steps have a shorter average."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in net.state_dict().items():
            if value.is_floating_point():
                self.values[key].lerp_(value.detach(), 1 - decay)
            else:
                self.values[key].copy_(value)


def export(path: Path, weights: dict[str, Tensor], config: dict[str, Any]) -> None:
    """Writes safetensors with the configuration of the network; kernels float16, the rest float32.

    Biases and norms are small, and a variance can exceed the range of float16.

    Raises:
        ValueError: a weight is not finite, or exceeds the range of float16.
    """
    tensors = {
        k: (v.half() if v.dim() > 1 else v).contiguous()
        for k, v in weights.items()
        if not k.endswith("num_batches_tracked")
    }
    broken = [k for k, v in tensors.items() if not v.isfinite().all()]
    if broken:
        raise ValueError(f"not finite: {', '.join(broken)}")
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    path.chmod(0o644)


class Log:
    """A CSV log; rows are also printed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, row: dict[str, Any]) -> None:
        """Appends a row; the keys of the first one are the header."""
        new = not self._path.exists()
        values = {k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()}
        with self._path.open("a", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(values))
            if new:
                writer.writeheader()
            writer.writerow(values)
        print("  ".join(f"{k} {v}" for k, v in values.items()), flush=True)
