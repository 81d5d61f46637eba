"""The workers that options of a command ask for."""

from __future__ import annotations

from contextlib import closing

from .here import Here
from .processes import Processes
from .workers import Workers


def choose_workers(jobs: int) -> closing[Workers]:
    """Workers as a context that ends them.

    Args:
        jobs: processes on this machine; 1 = this process.
    """
    workers: Workers = Here() if jobs == 1 else Processes(jobs)
    return closing(workers)
