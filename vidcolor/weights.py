"""Weight files: where they are, and reading them without running anything inside."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import WeightsError

if TYPE_CHECKING:
    from torch import Tensor

_ASSETS = Path(__file__).parent / "assets"


def find(filename: str) -> Path:
    """A weight file in the folder `$VIDCOLOR_WEIGHTS`, else the bundled one.

    Raises:
        WeightsError: it is in neither place.
    """
    own = os.environ.get("VIDCOLOR_WEIGHTS")
    for folder in (Path(own) if own else None, _ASSETS):
        if folder is not None and (folder / filename).is_file():
            return folder / filename
    raise WeightsError(
        f"the weights {filename} are not here",
        hint=f"put the file into {_ASSETS}, or into a folder named by VIDCOLOR_WEIGHTS",
    )


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors as float32 (integers as they are) and the network's configuration of a safetensors.

    Raises:
        WeightsError: unreadable, or not written by this project.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            config = json.loads((file.metadata() or {}).get("config", "null"))
            names = list(file.keys())
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError) as err:
        raise WeightsError(f"{path}: not readable as safetensors ({err})") from err
    if not isinstance(config, dict):
        raise WeightsError(f"{path}: holds no configuration of its network")
    return {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}, config
