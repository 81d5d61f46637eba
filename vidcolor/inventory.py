"""The systems that can be chosen, and the versions, devices and encoders of this machine."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from . import __version__, registry
from .weights import files as weights
from .weights import published

_PACKAGES = ("torch", "torchvision", "av", "numpy", "kornia", "safetensors", "typer")


def inventory() -> list[dict[str, Any]]:
    """Every colorizer, refiner and flow; no plug-in is imported.

    Returns:
        A row each: kind, name, summary, origin, license (of the weights), weights (file name or
        None), bytes (size of the weights, 0 if unknown), available (whether it can run now),
        source ("bundled", the URL that `vidcolor fetch` downloads from, "your training", or ""
        if it needs no weights) and takes_hints (see `registry.Entry`).
    """
    rows = []
    for kind in registry.KINDS:
        for entry in registry.entries(kind):
            size, available, source = 0, True, ""
            license = "MIT" if entry.origin == "vidcolor" else "see its own"
            if entry.weights is not None:
                known = published.get(entry.name)
                license = known.license if known else license
                source = "bundled" if entry.bundled else known.url if known else "your training"
                path = weights.file_of_entry(entry)
                available = path is not None
                size = path.stat().st_size if path else known.bytes if known else 0
            rows.append(
                {
                    "kind": kind,
                    "name": entry.name,
                    "summary": entry.summary,
                    "origin": entry.origin,
                    "license": license,
                    "weights": entry.weights,
                    "bytes": size,
                    "available": available,
                    "source": source,
                    "takes_hints": entry.takes_hints,
                }
            )
    return rows


def examine() -> dict[str, Any]:
    """Versions, devices, number formats, encoders and weights of this machine, as plain values."""
    import cv2
    import torch

    from .precision import number_formats
    from .video.plan.encoders import available_codecs

    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [
            f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        devices.append("mps")
    report: dict[str, Any] = {
        "vidcolor": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "opencv": cv2.__version__,
    }
    report |= {name: _version(name) for name in _PACKAGES}
    report["threads"] = torch.get_num_threads()
    report["devices"] = devices
    report["networks in"] = [
        f"{number_formats(kind)} ({kind})"
        for kind in dict.fromkeys(name.partition(":")[0] for name in devices)
    ]
    report["encoders"] = available_codecs()
    report["missing weights"] = [
        f"{row['name']} ({row['weights']})"
        for row in inventory()
        if row["source"] == "bundled" and not row["available"]
    ]
    return report


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def weights_text(row: dict[str, Any]) -> str:
    """Size and license of a system's weights, and how to get them."""
    if not row["source"]:
        return f"no weights, {row['license']}"
    parts = [f"{row['bytes'] / 1e6:.1f} MB"] if row["bytes"] else []
    parts.append(row["license"])
    if not row["available"]:
        trained = row["source"] == "your training"
        parts.append(
            "needs training" if trained else f"not installed: vidcolor fetch {row['name']}"
        )
    return ", ".join(parts)
