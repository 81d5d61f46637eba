"""How many processor cores there are, and how the stages of a command share them."""

from __future__ import annotations

import os


def available_cores() -> int:
    """Cores that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_threads() -> None:
    """One thread for each stage of a run: stages run side by side, and share the cores so.

    Some of torch's operations round differently where several threads divide an image among them:
    with one, the colors do not depend on the machine's cores. More cores are used by more
    processes (`--jobs`). Called by commands and worker processes, which own their process; the
    library itself leaves the caller's settings alone.
    """
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
