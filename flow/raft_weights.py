"""RAFT weight files, with the names of torchvision or of the authors' code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

_ENCODERS = {"fnet": "feature_encoder", "cnet": "context_encoder"}
_Rules = tuple[tuple[str, str], ...]
_IN_ENCODERS: _Rules = (
    (r"^conv1\.", r"convnormrelu.0."),
    (r"^norm1\.", r"convnormrelu.1."),
    (r"^conv2\.", r"conv."),
    (r"^(layer\d\.\d)\.conv(\d)\.", r"\1.convnormrelu\2.0."),
    (r"^(layer\d\.\d)\.norm(\d)\.", r"\1.convnormrelu\2.1."),
)
_ELSEWHERE: _Rules = (
    (r"^update_block\.encoder\.convc(\d)\.", r"update_block.motion_encoder.convcorr\1.0."),
    (r"^update_block\.encoder\.convf(\d)\.", r"update_block.motion_encoder.convflow\1.0."),
    (r"^update_block\.encoder\.conv\.", r"update_block.motion_encoder.conv.0."),
    (r"^update_block\.gru\.conv([zrq])\.", r"update_block.recurrent_block.convgru1.conv\1."),
    (r"^update_block\.gru\.conv([zrq])(\d)\.", r"update_block.recurrent_block.convgru\2.conv\1."),
    (r"^update_block\.mask\.0\.", r"mask_predictor.convrelu.0."),
    (r"^update_block\.mask\.2\.", r"mask_predictor.conv."),
)


def read_weights(path: Path) -> dict[str, Tensor]:
    """Tensors by name from a `.safetensors` or PyTorch file; no code in it is executed.

    Raises:
        OSError: the file cannot be read.
    """
    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _renamed(name: str) -> str:
    head, _, rest = name.partition(".")
    prefix, target = "", name
    rules = _ELSEWHERE
    if head in _ENCODERS:
        prefix, target, rules = f"{_ENCODERS[head]}.", rest, _IN_ENCODERS
    for pattern, replacement in rules:
        target = re.sub(pattern, replacement, target)
    return prefix + target


def torchvision_names(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under torchvision's names.

    Weights of the authors' code (princeton-vl/RAFT) are recognized by `fnet`; they may have the
    prefix `module.` of multi-GPU training. Their large context encoder lists the norm of each
    strided shortcut twice, as `norm3` and as part of `downsample`: one is dropped. Other names are
    returned unchanged.
    """
    plain = {name.removeprefix("module."): tensor for name, tensor in weights.items()}
    if not any(name.startswith("fnet.") for name in plain):
        return plain
    twice = {
        name
        for name in plain
        if ".norm3." in name and name.replace(".norm3.", ".downsample.1.") in plain
    }
    return {_renamed(name): tensor for name, tensor in plain.items() if name not in twice}
