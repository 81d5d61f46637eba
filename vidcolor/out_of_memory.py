"""Out-of-memory errors: recognizing them, and reducing the settings of a run."""

from __future__ import annotations

import errno
import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from .config import RunConfig

_SMALLEST_WORK_SIZE = 128
# Messages of torch and its libraries where they raise no error type of their own.
_WORDS = (
    "out of memory",
    "not enough memory",
    "alloc_failed",
    "cannot allocate",
    "bad_alloc",
    "could not create a primitive",  # oneDNN: no memory for its code or its scratchpad
    "could not create a memory",
)


def is_out_of_memory(err: BaseException | None) -> bool:
    """Whether an error or its cause is out-of-memory, on any device."""
    while err is not None:
        if isinstance(err, (MemoryError, torch.OutOfMemoryError)):
            return True
        if isinstance(err, OSError) and err.errno == errno.ENOMEM:
            return True
        if isinstance(err, RuntimeError) or type(err).__module__.startswith("cv2"):
            text = str(err).lower()
            if any(words in text for words in _WORDS) or "insufficient memory" in text:
                return True
        err = err.__cause__
    return False


def reduced_settings(config: RunConfig) -> RunConfig | None:
    """Settings that need less memory: half the batch, then three quarters of the working size.

    None if both are at their minimum.
    """
    if config.batch > 1:
        return replace(config, batch=config.batch // 2)
    if config.work_size > _SMALLEST_WORK_SIZE:
        smaller = config.work_size * 3 // 4 // 8 * 8
        return replace(config, work_size=max(_SMALLEST_WORK_SIZE, smaller))
    return None


def free_memory() -> None:
    """Releases the memory that a failed attempt still holds."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
