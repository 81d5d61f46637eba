"""`ddcolor`, `-tiny`, `-artistic`: Kang et al., "DDColor", ICCV 2023; needs the extra `ddcolor`.

The network is that of the library spandrel, which reads the authors' published files.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import PluginError, WeightsError
from ..weights import files as weights
from .adapters import Adapter

# Side of the square that the authors' script stretches images to.
_SIDE = 512


def _load(name: str, device: str, file: Path | None) -> Adapter:
    try:
        from spandrel import ModelLoader, UnsupportedModelError
        from spandrel_extra_arches import EXTRA_REGISTRY
    except ImportError as err:
        raise PluginError(
            "DDColor needs spandrel and spandrel-extra-arches",
            hint="pip install 'vidcolor[ddcolor]'",
        ) from err
    tensors, _ = weights.read_system(name, file)
    try:
        found = ModelLoader(device, EXTRA_REGISTRY).load_from_state_dict(tensors)
    except (UnsupportedModelError, RuntimeError, KeyError, ValueError) as err:
        raise WeightsError(f"not the weights of {name}: {err}") from err
    # Gray RGB in, a* and b* out; the library guarantees only batches of one.
    return Adapter(found.model.eval().to(device), name, fixed=(_SIDE, _SIDE), one_by_one=True)


def load_large(device: str, file: Path | None = None) -> Adapter:
    """The large network of the authors' demo."""
    return _load("ddcolor", device, file)


def load_tiny(device: str, file: Path | None = None) -> Adapter:
    """The small network of the paper."""
    return _load("ddcolor-tiny", device, file)


def load_artistic(device: str, file: Path | None = None) -> Adapter:
    """The large network, more vivid."""
    return _load("ddcolor-artistic", device, file)
