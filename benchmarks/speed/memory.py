"""The most memory that a process took."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_mb() -> float:
    """Of this process, in MB.

    The kernel's own figure of a child that has ended counts what its parent took before.
    """
    if sys.platform == "linux":
        rows = dict(r.split(":", 1) for r in Path("/proc/self/status").read_text().splitlines())
        return int(rows["VmHWM"].split()[0]) / 1024
    import resource

    # bytes there, kilobytes elsewhere
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
