"""Weight files: where they are, and reading them without running anything inside."""

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
    """Where fetched weights are kept: `$VIDCOLOR_WEIGHTS`, else the platform's cache."""
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


def somewhere(filename: str) -> Path | None:
    """A file among the fetched weights, else a bundled one, None where it is in neither place."""
    for folder in (download_folder(), _ASSETS):
        if (folder / filename).is_file():
            return folder / filename
    return None


def find(filename: str) -> Path:
    """A weight file among the fetched ones (see `download_folder`), else the bundled one.

    Raises:
        WeightsError: it is in neither place.
    """
    path = somewhere(filename)
    if path is None:
        raise WeightsError(
            f"the weights {filename} are not here",
            hint=f"put the file into {_ASSETS}, or into a folder named by VIDCOLOR_WEIGHTS",
        )
    return path


def located(name: str) -> Path | None:
    """The weights that the system `name` would be run with, None where there are none.

    Its own training's export, `name.safetensors`, comes before the published file.
    """
    entry = published.of(name)
    own = somewhere(f"{name}.safetensors")
    return own or (None if entry is None else somewhere(entry.file))


def used_by(entry: Entry) -> Path | None:
    """The file that a system of the registry would be run with, None where it needs or has none."""
    if entry.weights is None:
        return None
    if Path(entry.weights).is_absolute():
        return Path(entry.weights)
    return located(entry.name) or somewhere(entry.weights)


def fetched(entry: Published, progress: download.Progress | None = None) -> Path:
    """A published file on this disk, its hash checked, downloaded if it is nowhere yet.

    Args:
        entry: a row of `published.TABLE`.
        progress: called with the bytes here and in all.

    Raises:
        WeightsError: offline, broken off, or not the file it should be; the hint says what to do.
    """
    path = somewhere(entry.file)
    if path is None:
        return download.download(entry, download_folder(), progress)
    download.check(path, entry)
    return path


def of_system(name: str, file: Path | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Weights of a system and their configuration; nothing is downloaded.

    Args:
        name: the system's name.
        file: a safetensors that `python -m train` exported, or the published file; None = what
            `located` finds.

    Returns:
        Tensors by name, and the configuration, empty for a published file.

    Raises:
        WeightsError: none are here, damaged, or another system's.
    """
    entry = published.of(name)
    path = file or located(name)
    if path is None:
        put = f"train some: python -m train colorizer --system {name}, and put the export as "
        put += str(download_folder() / f"{name}.safetensors")
        if entry is not None:
            put = f"`vidcolor fetch {name}`, or {download.by_hand(entry, download_folder())}"
        raise WeightsError(f"the weights of {name} are not here", hint=put)
    if path.suffix != ".safetensors" and entry is not None:
        return read_published(path, entry), {}
    tensors, config = read(path)
    if config.get("system", name) != name:
        raise WeightsError(f"{path} holds weights of {config['system']}, not of {name}")
    return tensors, config


def read_published(path: Path, entry: Published) -> dict[str, Any]:
    """What a published PyTorch file holds; read only after its hash has matched.

    Raises:
        WeightsError: it is another file, or holds more than tensors.
    """
    import torch

    download.check(path, entry)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError) as err:
        raise WeightsError(f"{path}: not readable as weights ({err})") from err


def fill(net: Net, tensors: dict[str, Tensor], name: str) -> Net:
    """Loads `tensors` into `net` by name, all of them and nothing else.

    Raises:
        WeightsError: a name or a shape does not fit.
    """
    # Counters of BatchNorm are of no use to a finished network, and not every file has them.
    wanted = {k for k in net.state_dict() if not k.endswith("num_batches_tracked")}
    given = {k: v for k, v in tensors.items() if not k.endswith("num_batches_tracked")}
    odd = sorted(wanted ^ given.keys())
    if odd:
        more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
        raise WeightsError(f"not the weights of {name}: {', '.join(odd[:3])}{more} do not fit")
    try:
        net.load_state_dict(given, strict=False)
    except RuntimeError as err:
        reason = " ".join(str(err).split())
        raise WeightsError(f"not the weights of {name}: {reason}") from err
    return net.eval()


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
