"""The workers that options of a command ask for."""

from __future__ import annotations

from contextlib import closing

from ..errors import ConfigError
from .here import Here
from .on_ray import OnRay
from .processes import Processes
from .workers import Workers


def choose_workers(jobs: int, ray: str | None = None) -> closing[Workers]:
    """Workers as a context that ends them.

    Args:
        jobs: processes on this machine; 1 = this process.
        ray: address of a Ray cluster, in the place of processes; None = none.

    Raises:
        ConfigError: both are given, or there is no such cluster.
    """
    workers: Workers
    if ray is not None:
        if jobs != 1:
            raise ConfigError("--jobs and --ray exclude each other", hint="leave out --jobs")
        workers = OnRay(ray)
    else:
        workers = Here() if jobs == 1 else Processes(jobs)
    return closing(workers)
