"""Units colored on a Ray cluster: one task a unit; frames and films go through shared storage.

The driver analyzes, plans, verifies and puts films together; it loads no networks. A task is given
a `Unit` and returns a `Segment`, both small; the worker renames the coded frames into the work
folder. Ray begins the tasks of lost workers and nodes again; a unit done twice does no harm.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, MemoryLimitError, VidcolorError
from ..processors import available_cores, share_threads
from ..units import Span, Unit, color_unit
from .networks import LoadedNetworks
from .side_by_side import color_side_by_side
from .workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..config import RunConfig
    from ..video.segments.segment import Segment

_TRIES_AGAIN = 10
"""How often a unit is begun again whose worker or node was lost."""
_CPUS_WITH_GPU = 4
_ANSWER_S = 10
_MOST_WAITING = 2000
"""Units of a film that are given to Ray at a time."""


class OnRay:
    """The workers of a Ray cluster. See `Workers`.

    Args:
        address: of the cluster, `auto` for the one that this machine belongs to, or `local` to
            start one on this machine alone.

    Raises:
        ConfigError: Ray is not installed, or there is no such cluster.
    """

    films_at_once = 4

    def __init__(self, address: str) -> None:
        try:
            import ray
        except ImportError as err:
            raise ConfigError(
                "Ray is not installed", hint='install it with pip install "vidcolor[cluster]"'
            ) from err
        self._ray: Any = ray
        self._facts: dict[RunConfig, NetworkFacts] = {}
        self._own = not ray.is_initialized()
        if self._own:
            _connect(ray, address)
        self._gpus = ray.cluster_resources().get("GPU", 0)

    def facts(self, config: RunConfig) -> NetworkFacts:
        """See `Workers.facts`; a worker loads the networks and says what they are."""
        if config not in self._facts:
            task = self._task(_facts, config.device, f"load {config.model}, {config.refiner}")
            self._facts[config] = self._get(task.remote(config))
        return self._facts[config]

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        """Colors units wherever there is room; see `Workers.color`."""
        yield from color_side_by_side(spans, make_unit, _Crew(self), _MOST_WAITING, on_frame)

    def close(self) -> None:
        """Leaves the cluster; one of this machine alone is ended."""
        if self._own:
            self._ray.shutdown()

    def submit(self, unit: Unit) -> Any:
        """Begins a unit as a task with a name that people understand."""
        name = f"color {unit.source.name} frames {unit.span.start}:{unit.span.end}"
        # workers have another current folder
        unit = replace(unit, source=unit.source.absolute(), folder=unit.folder.absolute())
        return self._task(_color, unit.config.device, name).remote(unit)

    def wait(self, tickets: Sequence[Any], seconds: float) -> list[Any]:
        """Tasks that have ended."""
        return self._ray.wait(list(tickets), num_returns=1, timeout=seconds)[0]

    def result(self, ticket: Any) -> Segment:
        """What a task has returned, or the error that ended it."""
        return self._get(ticket)

    def cancel(self, tickets: Sequence[Any]) -> None:
        """Ends tasks."""
        for ticket in tickets:
            self._ray.cancel(ticket)

    def _task(self, function: Any, device: str, name: str) -> Any:
        with_gpu = self._gpus > 0 and (device == "auto" or device.startswith("cuda"))
        return self._ray.remote(function).options(
            name=name,
            num_cpus=_CPUS_WITH_GPU if with_gpu else 1,
            num_gpus=1 if with_gpu else 0,
            max_retries=_TRIES_AGAIN,
            retry_exceptions=False,
        )

    def _get(self, ticket: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(ticket)
        except errors.OutOfMemoryError as err:
            raise MemoryLimitError(
                "not enough memory on a worker's machine",
                hint="give Ray fewer CPUs there, or try a smaller --work-size",
            ) from err
        except errors.RayTaskError as err:
            # the error of the worker itself, as if it had happened here
            raise err.cause if isinstance(err.cause, Exception) else err from None
        except errors.RayError as err:
            raise VidcolorError(
                f"a unit was begun {_TRIES_AGAIN + 1} times, and its worker was lost each time "
                f"({type(err).__name__})",
                hint="see Ray's dashboard or logs; the same command resumes",
            ) from err


class _Crew:
    """The cluster as `color_side_by_side` sees it; progress goes by whole units."""

    def __init__(self, cluster: OnRay) -> None:
        self._cluster = cluster
        self._frames = 0

    def submit(self, unit: Unit) -> Any:
        return self._cluster.submit(unit)

    def wait(self, tickets: Sequence[Any], seconds: float) -> Sequence[Any]:
        return self._cluster.wait(tickets, seconds)

    def result(self, ticket: Any) -> Segment:
        segment = self._cluster.result(ticket)
        self._frames += segment.frames
        return segment

    def frames(self) -> int:
        return self._frames

    def abandon(self, tickets: Sequence[Any]) -> None:
        self._cluster.cancel(tickets)


def check_address(address: str) -> None:
    """Finds out at once where nothing is; Ray itself waits for minutes.

    Raises:
        ConfigError: nobody answers at an address of the form HOST:PORT.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWER_S).close()
    except OSError as err:
        raise _nobody(address, err.strerror or str(err)) from err


def _nobody(address: str, reason: str) -> ConfigError:
    return ConfigError(
        f"--ray {address}: no Ray cluster there ({reason})",
        hint="give its address, such as 10.0.0.1:6379, or local",
    )


def _connect(ray: Any, address: str) -> None:
    check_address(address)
    # nothing is sent to anybody; read by Ray when it starts
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # workers share sys.path and environment with a cluster of this machine
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address == "local":
            ray.init(num_cpus=available_cores(), include_dashboard=False, **options)
        else:
            ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError) as err:
        first = str(err).strip().splitlines()[0] if str(err).strip() else type(err).__name__
        raise _nobody(address, first) from err


_networks = LoadedNetworks()
"""Kept by a worker process from task to task."""


def _facts(config: RunConfig) -> NetworkFacts:
    share_threads()
    return NetworkFacts.of(_networks.get(config))


def _color(unit: Unit) -> Segment:
    share_threads()
    return color_unit(unit, _networks.get(unit.config))
