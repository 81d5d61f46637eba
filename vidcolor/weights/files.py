"""Weight files: finding them, and reading them without executing anything they contain."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import WeightsError
from . import download, published
from .published import Published

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..registry import Entry

    Net = TypeVar("Net", bound=nn.Module)

_ASSETS = Path(__file__).parents[1] / "assets"


def download_folder() -> Path:
    """Folder of downloaded weights: `$VIDCOLOR_WEIGHTS`, else the platform's cache folder."""
    own = os.environ.get("VIDCOLOR_WEIGHTS")
    if own:
        return Path(own)
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "vidcolor"


def find_file(filename: str) -> Path | None:
    """A downloaded weight file, else the bundled one of that name; None if there is neither."""
    for folder in (download_folder(), _ASSETS):
        if (folder / filename).is_file():
            return folder / filename
    return None


def require_file(filename: str) -> Path:
    """Like `find_file`, for a file that must exist.

    Raises:
        WeightsError: it is neither downloaded nor bundled.
    """
    path = find_file(filename)
    if path is None:
        raise WeightsError(
            f"weights not found: {filename}",
            hint=f"put the file into {_ASSETS}, or into the folder that VIDCOLOR_WEIGHTS names",
        )
    return path


def file_for(name: str) -> Path | None:
    """The weight file that the system `name` would load, None if there is none.

    An export of `python -m train` (`name.safetensors`) takes precedence over the published file.
    """
    entry = published.get(name)
    own = find_file(f"{name}.safetensors")
    return own or (None if entry is None else find_file(entry.file))


def file_of_entry(entry: Entry) -> Path | None:
    """The weight file that a registry entry would load, None if it needs none or has none."""
    if entry.weights is None:
        return None
    if Path(entry.weights).is_absolute():
        return Path(entry.weights)
    return file_for(entry.name) or find_file(entry.weights)


def fetch(entry: Published, progress: download.ByteProgress | None = None) -> Path:
    """Path of a published file, downloaded if it is not on this machine; its hash is checked.

    Args:
        entry: a row of `published.TABLE`.
        progress: called with the bytes received so far and in total.

    Raises:
        WeightsError: no connection, an incomplete download, or a wrong hash; the hint says what
            to do.
    """
    path = find_file(entry.file)
    if path is None:
        return download.download(entry, download_folder(), progress)
    download.check(path, entry)
    return path


def read_system(name: str, file: Path | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Weights of a system and their configuration; nothing is downloaded.

    Args:
        name: the system's name.
        file: a safetensors file that `python -m train` exported, or the published file; None =
            the one that `file_for` returns.

    Returns:
        Tensors by name, and the configuration, empty for a published file.

    Raises:
        WeightsError: there are none, they are damaged, or they belong to another system.
    """
    entry = published.get(name)
    path = file or file_for(name)
    if path is None:
        hint = f"train them with `python -m train colorizer --system {name}` and export them to "
        hint += str(download_folder() / f"{name}.safetensors")
        if entry is not None:
            hint = f"run `vidcolor fetch {name}`, or {download.by_hand(entry, download_folder())}"
        raise WeightsError(f"{name} has no weights on this machine", hint=hint)
    if path.suffix != ".safetensors" and entry is not None:
        return read_published(path, entry), {}
    tensors, config = read(path)
    if config.get("system", name) != name:
        raise WeightsError(f"{path} holds the weights of {config['system']}, not of {name}")
    return tensors, config


def read_published(path: Path, entry: Published) -> dict[str, Any]:
    """Contents of a published PyTorch file, read only after its hash has matched.

    Raises:
        WeightsError: the hash differs, or the file holds more than tensors.
    """
    import torch

    download.check(path, entry)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError) as err:
        raise WeightsError(f"{path}: not readable as weights ({err})") from err


def fill(net: Net, tensors: dict[str, Tensor], name: str) -> Net:
    """Loads `tensors` into `net` by name, strictly, and sets it to evaluation mode.

    Raises:
        WeightsError: names or shapes do not match.
    """
    # Inference does not need BatchNorm's counters, and not every file has them.
    wanted = {k for k in net.state_dict() if not k.endswith("num_batches_tracked")}
    given = {k: v for k, v in tensors.items() if not k.endswith("num_batches_tracked")}
    odd = sorted(wanted ^ given.keys())
    if odd:
        more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
        raise WeightsError(f"not the weights of {name}: {', '.join(odd[:3])}{more} do not match")
    try:
        net.load_state_dict(given, strict=False)
    except RuntimeError as err:
        reason = " ".join(str(err).split())
        raise WeightsError(f"not the weights of {name}: {reason}") from err
    return net.eval()


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors (float32; integers keep their type) and network configuration of a safetensors file.

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
        raise WeightsError(f"{path}: contains no network configuration")
    return {n: t.float() if t.is_floating_point() else t for n, t in tensors.items()}, config
