"""How many processor cores there are, and how the stages of a command share them."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import os
import platform

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Numbers of glibc's options, from its `malloc.h`."""
_LARGE_BLOCK = 5 << 19
"""For each byte of a feature: those of the colorizer are smaller. They would else be taken from the
system and cleared again for every frame."""
_ARENAS = 2
"""Heaps that the threads share: of more, each would keep its own blocks for later."""
_KEPT = 8 << 20
"""What the C library keeps of each heap for later, likewise: the features fit into it."""


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

    from .precision import fast_dtype

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    give_back_large_blocks(fast_dtype("cpu").itemsize)
    keep_imported()


@functools.cache
def keep_imported() -> None:
    """What was imported so far stays to the end: the collector of garbage passes it over.

    Else Python goes through all of it when it ends, half a second long with torch. Once for a
    process, for what is garbage now stays too.
    """
    gc.freeze()


def give_back_large_blocks(feature_bytes: int) -> None:
    """Memory of whole frames goes back to the system at once, where the C library is glibc's.

    Left to itself, it soon keeps blocks of up to 32 MB for later, in pieces that no longer fit:
    hundreds of megabytes of a film of 2160 lines.

    Args:
        feature_bytes: of a value in the features of networks.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    with contextlib.suppress(OSError, AttributeError):
        set_option = ctypes.CDLL(None).mallopt
        set_option(_MMAP_THRESHOLD, _LARGE_BLOCK * feature_bytes)
        # setting the one switches off that the other follows it
        set_option(_TRIM_THRESHOLD, _KEPT * feature_bytes)
        set_option(_ARENA_MAX, _ARENAS)
