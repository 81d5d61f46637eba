"""Names and shapes in the published weight files, written down from the authors' own sources.

Rows: name of the layer, kind, channels in, channels out, side of the kernel. `conv` has a bias,
`bare` has none, `up` is transposed, `norm` is a BatchNorm, `spectral` and `spectral1d` store
weight_orig, weight_u and weight_v, `weightnorm` stores weight_g and weight_v.
"""

from __future__ import annotations

import torch
from torch import Tensor

ZHANG2016 = """
model1.0 conv 1 64 3
model1.2 conv 64 64 3
model1.4 norm 64
model2.0 conv 64 128 3
model2.2 conv 128 128 3
model2.4 norm 128
model3.0 conv 128 256 3
model3.2 conv 256 256 3
model3.4 conv 256 256 3
model3.6 norm 256
model4.0 conv 256 512 3
model4.2 conv 512 512 3
model4.4 conv 512 512 3
model4.6 norm 512
model5.0 conv 512 512 3
model5.2 conv 512 512 3
model5.4 conv 512 512 3
model5.6 norm 512
model6.0 conv 512 512 3
model6.2 conv 512 512 3
model6.4 conv 512 512 3
model6.6 norm 512
model7.0 conv 512 512 3
model7.2 conv 512 512 3
model7.4 conv 512 512 3
model7.6 norm 512
model8.0 up 512 256 4
model8.2 conv 256 256 3
model8.4 conv 256 256 3
model8.6 conv 256 313 1
model_out bare 313 2 1
"""

ZHANG2017 = """
model1.0 conv 4 64 3
model1.2 conv 64 64 3
model1.4 norm 64
model2.0 conv 64 128 3
model2.2 conv 128 128 3
model2.4 norm 128
model3.0 conv 128 256 3
model3.2 conv 256 256 3
model3.4 conv 256 256 3
model3.6 norm 256
model4.0 conv 256 512 3
model4.2 conv 512 512 3
model4.4 conv 512 512 3
model4.6 norm 512
model5.0 conv 512 512 3
model5.2 conv 512 512 3
model5.4 conv 512 512 3
model5.6 norm 512
model6.0 conv 512 512 3
model6.2 conv 512 512 3
model6.4 conv 512 512 3
model6.6 norm 512
model7.0 conv 512 512 3
model7.2 conv 512 512 3
model7.4 conv 512 512 3
model7.6 norm 512
model8up.0 up 512 256 4
model3short8.0 conv 256 256 3
model8.1 conv 256 256 3
model8.3 conv 256 256 3
model8.5 norm 256
model9up.0 up 256 128 4
model2short9.0 conv 128 128 3
model9.1 conv 128 128 3
model9.3 norm 128
model10up.0 up 128 128 4
model1short10.0 conv 64 128 3
model10.1 conv 128 128 3
model_class.0 conv 256 529 1
model_out.0 conv 128 2 1
"""

_ENCODER_TOP = """
layers.0.0 bare 3 64 7
layers.0.1 norm 64
"""

DEOLDIFY_ARTISTIC = """
layers.1 norm 512
layers.3.0.0 spectral 512 1024 3
layers.3.0.2 norm 1024
layers.3.1.0 spectral 1024 512 3
layers.3.1.2 norm 512
layers.4.shuf.conv.0 spectral 512 1024 1
layers.4.shuf.conv.1 norm 1024
layers.4.bn norm 256
layers.4.conv1.0 spectral 512 768 3
layers.4.conv1.2 norm 768
layers.4.conv2.0 spectral 768 768 3
layers.4.conv2.2 norm 768
layers.5.shuf.conv.0 spectral 768 1536 1
layers.5.shuf.conv.1 norm 1536
layers.5.bn norm 128
layers.5.conv1.0 spectral 512 768 3
layers.5.conv1.2 norm 768
layers.5.conv2.0 spectral 768 768 3
layers.5.conv2.2 norm 768
layers.5.conv2.3 gamma 1
layers.5.conv2.3.query spectral1d 768 96 1
layers.5.conv2.3.key spectral1d 768 96 1
layers.5.conv2.3.value spectral1d 768 768 1
layers.6.shuf.conv.0 spectral 768 1536 1
layers.6.shuf.conv.1 norm 1536
layers.6.bn norm 64
layers.6.conv1.0 spectral 448 672 3
layers.6.conv1.2 norm 672
layers.6.conv2.0 spectral 672 672 3
layers.6.conv2.2 norm 672
layers.7.shuf.conv.0 spectral 672 1344 1
layers.7.shuf.conv.1 norm 1344
layers.7.bn norm 64
layers.7.conv1.0 spectral 400 300 3
layers.7.conv1.2 norm 300
layers.7.conv2.0 spectral 300 300 3
layers.7.conv2.2 norm 300
layers.8.conv.0 weightnorm 300 1200 1
layers.10.layers.0.0 spectral-bias 303 303 3
layers.10.layers.1.0 spectral-bias 303 303 3
layers.11.0 spectral-bias 303 3 1
"""

DEOLDIFY_WIDE = """
layers.1 norm 2048
layers.3.0.0 spectral 2048 4096 3
layers.3.0.2 norm 4096
layers.3.1.0 spectral 4096 2048 3
layers.3.1.2 norm 2048
layers.4.shuf.conv.0 spectral 2048 2048 1
layers.4.shuf.conv.1 norm 2048
layers.4.bn norm 1024
layers.4.conv.0 spectral 1536 512 3
layers.4.conv.2 norm 512
layers.5.shuf.conv.0 spectral 512 2048 1
layers.5.shuf.conv.1 norm 2048
layers.5.bn norm 512
layers.5.conv.0 spectral 1024 512 3
layers.5.conv.2 norm 512
layers.5.conv.3 gamma 1
layers.5.conv.3.query spectral1d 512 64 1
layers.5.conv.3.key spectral1d 512 64 1
layers.5.conv.3.value spectral1d 512 512 1
layers.6.shuf.conv.0 spectral 512 2048 1
layers.6.shuf.conv.1 norm 2048
layers.6.bn norm 256
layers.6.conv.0 spectral 768 512 3
layers.6.conv.2 norm 512
layers.7.shuf.conv.0 spectral 512 1024 1
layers.7.shuf.conv.1 norm 1024
layers.7.bn norm 64
layers.7.conv.0 spectral 320 256 3
layers.7.conv.2 norm 256
layers.8.conv.0 weightnorm 256 1024 1
layers.10.layers.0.0 spectral-bias 259 259 3
layers.10.layers.1.0 spectral-bias 259 259 3
layers.11.0 spectral-bias 259 3 1
"""


def _resnet_rows(blocks: tuple[int, ...], *, bottleneck: bool) -> str:
    """The encoder: a ResNet's layers as members 0 to 7 of a sequence, 4 to 7 its stages."""
    rows, inputs = [_ENCODER_TOP], 64
    for stage, (count, width) in enumerate(zip(blocks, (64, 128, 256, 512), strict=True)):
        outputs = 4 * width if bottleneck else width
        for block in range(count):
            name = f"layers.0.{4 + stage}.{block}"
            kernels = (
                [(inputs, width, 1), (width, width, 3), (width, outputs, 1)]
                if bottleneck
                else [(inputs, width, 3), (width, outputs, 3)]
            )
            for i, (a, b, side) in enumerate(kernels, start=1):
                rows += [f"{name}.conv{i} bare {a} {b} {side}", f"{name}.bn{i} norm {b}"]
            if inputs != outputs:
                rows += [
                    f"{name}.downsample.0 bare {inputs} {outputs} 1",
                    f"{name}.downsample.1 norm {outputs}",
                ]
            inputs = outputs
    return "\n".join(rows)


def artistic() -> str:
    """Rows of ColorizeArtistic_gen.pth."""
    return _resnet_rows((3, 4, 6, 3), bottleneck=False) + DEOLDIFY_ARTISTIC


def wide() -> str:
    """Rows of ColorizeStable_gen.pth and ColorizeVideo_gen.pth."""
    return _resnet_rows((3, 4, 23, 3), bottleneck=True) + DEOLDIFY_WIDE


def shapes(rows: str) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor in the file."""
    found: dict[str, tuple[int, ...]] = {}
    for row in rows.split("\n"):
        if not row.strip():
            continue
        name, kind, *numbers = row.split()
        sizes = [int(n) for n in numbers]
        if kind == "norm":
            for part in ("weight", "bias", "running_mean", "running_var"):
                found[f"{name}.{part}"] = (sizes[0],)
            found[f"{name}.num_batches_tracked"] = ()
            continue
        if kind == "gamma":
            found[f"{name}.gamma"] = (1,)
            continue
        inputs, outputs, side = sizes
        kernel = (outputs, inputs) + ((side,) if kind == "spectral1d" else (side, side))
        if kind == "up":
            kernel = (inputs, outputs, side, side)
        if kind.startswith("spectral"):
            found[f"{name}.weight_orig"] = kernel
            found[f"{name}.weight_u"] = (outputs,)
            found[f"{name}.weight_v"] = (inputs * (side if kind == "spectral1d" else side**2),)
        elif kind == "weightnorm":
            found[f"{name}.weight_g"] = (outputs, 1, 1, 1)
            found[f"{name}.weight_v"] = kernel
        else:
            found[f"{name}.weight"] = kernel
        if kind in ("conv", "up", "weightnorm", "spectral-bias"):
            found[f"{name}.bias"] = (outputs,)
    return found


def checkpoint(rows: str, seed: int = 0) -> dict[str, Tensor]:
    """A file's content with random values that keep signals alive."""
    generator = torch.Generator().manual_seed(seed)
    made: dict[str, Tensor] = {}
    for name, shape in shapes(rows).items():
        if name.endswith("num_batches_tracked"):
            made[name] = torch.tensor(7)
        elif name.endswith("running_var"):
            made[name] = torch.rand(shape, generator=generator) + 0.5
        elif len(shape) > 1 and shape[-1] > 0 and not name.endswith("weight_g"):
            fan = max(1, torch.Size(shape[1:]).numel())
            made[name] = torch.randn(shape, generator=generator) * (2 / fan) ** 0.5
        else:
            made[name] = torch.randn(shape, generator=generator)
    return made
