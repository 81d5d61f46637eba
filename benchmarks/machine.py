"""What a measurement was made on, without naming the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

from vidcolor.precision import number_formats
from vidcolor.processors import available_cores


def machine() -> dict[str, Any]:
    """Processor, cores and versions, as plain values for the results' JSON."""
    return {
        "processor": platform.machine(),
        "cores": available_cores(),
        "networks_in": number_formats("cpu"),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    } | {name: version(name) for name in ("torch", "torchvision", "av", "numpy")}
