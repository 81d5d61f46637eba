"""Any ONNX file as a colorizer: `--model path.onnx`; needs the extra `onnx`."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from ..errors import PluginError, WeightsError
from .adapters import Adapter


def load(device: str, file: Path) -> Adapter:
    """Loads an ONNX file; the number of channels determines the meaning of input and output.

    One input with 1 channel (L*) or 3 (gray RGB in [0, 1]); the first output has 2 channels (a*
    and b*) or 3 (RGB in [0, 1]).

    Raises:
        PluginError: onnxruntime is not installed.
        WeightsError: the file cannot be loaded or has another input.
    """
    try:
        import onnxruntime
    except ImportError as err:
        raise PluginError(
            "ONNX files need onnxruntime", hint="pip install 'vidcolor[onnx]'"
        ) from err
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = torch.get_num_threads()
    settings.log_severity_level = 3
    wanted = ["CUDAExecutionProvider"] if device.startswith("cuda") else []
    wanted = [p for p in wanted if p in onnxruntime.get_available_providers()]
    try:
        session = onnxruntime.InferenceSession(
            str(file), settings, providers=[*wanted, "CPUExecutionProvider"]
        )
    except Exception as err:
        # onnxruntime raises a class of its own for each kind of invalid file.
        raise WeightsError(f"{file}: not a network that onnxruntime can load") from err
    inputs = session.get_inputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 4 or shape[1] not in (1, 3):
        raise WeightsError(
            f"{file} takes {[i.shape for i in inputs]}",
            hint="expected one input, (B, 1, h, w) L* or (B, 3, h, w) gray RGB",
        )
    name = inputs[0].name

    def run(seen: Tensor) -> Tensor:
        found = session.run(None, {name: seen.cpu().numpy()})[0]
        return torch.from_numpy(found).to(seen.device)

    height, width = shape[2:]
    fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
    return Adapter(run, file.stem, inputs=shape[1], fixed=fixed, one_by_one=shape[0] == 1)
