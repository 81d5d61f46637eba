"""How many processor cores there are, and how a command shares them out among its stages."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_threads(processes: int = 1) -> None:
    """Sets this process's thread counts so that stages that run side by side share the cores.

    Coloring and refining run at the same time; two stages that each take all cores are several
    times slower than two that share them. Called by commands and worker processes, which own their
    process; the library itself leaves the caller's settings alone.

    Args:
        processes: how many processes like this one share the machine.
    """
    import cv2
    import torch

    threads = max(1, available_cores() // (2 * processes))
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
