"""An archive on many workers: what stragglers, lost machines and a single driver cost.

A simulation, not a measurement. Films are cut into units of 250 frames; speeds of coloring and of
the analysis are those of `benchmarks/results/speed.json`, the rest are assumptions, all of them in
`Plan`. Ways to divide the work:

shards: every worker has films of its own (`shards.share.divide`), analyzes them and puts them
    together; one that is lost comes back and goes on.
ray: units go to whoever is free; one driver analyzes every film first and puts it together.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from vidcolor.shards.share import divide


@dataclass(frozen=True)
class Plan:
    """What is simulated.

    Attributes:
        films, workers: how many.
        film_frames: median of a film's frames; lengths are lognormal, `film_spread` of the log.
        unit: frames of a unit.
        color, analyze, assemble: seconds a frame on one core.
        load: seconds until a worker has loaded its networks.
        spread: of the log of a unit's time, from unit to unit.
        slow_share, slow: share of workers that are slow for good, and how many times slower.
        lifetime: mean seconds between two losses of a worker; None = never.
        back: seconds until a lost worker is replaced.
        driver_cores: of Ray's driver.
    """

    films: int = 10_000
    workers: int = 500
    film_frames: float = 15_000
    film_spread: float = 0.8
    unit: int = 250
    color: float = 0.1
    analyze: float = 0.0045
    assemble: float = 0.0005
    load: float = 5.0
    spread: float = 0.2
    slow_share: float = 0.05
    slow: float = 2.0
    lifetime: float | None = 8 * 3600.0
    back: float = 300.0
    driver_cores: int = 4


def _films(plan: Plan, rng: random.Random) -> list[int]:
    return [
        max(1, round(plan.film_frames * rng.lognormvariate(0, plan.film_spread)))
        for _ in range(plan.films)
    ]


class _Worker:
    """A worker's clock: it works, is lost now and then, and begins the lost unit again."""

    def __init__(self, plan: Plan, rng: random.Random, start: float = 0.0) -> None:
        self._plan, self._rng = plan, rng
        self.slowness = plan.slow if rng.random() < plan.slow_share else 1.0
        self.now = start + plan.load
        self.lost = 0.0
        self._dies = self._next_loss()

    def _next_loss(self) -> float:
        if self._plan.lifetime is None:
            return float("inf")
        return self.now + self._rng.expovariate(1 / self._plan.lifetime)

    def work(self, seconds: float) -> float:
        """Does something that is begun anew when it is lost; returns when it is done."""
        needed = seconds * self.slowness * self._rng.lognormvariate(0, self._plan.spread)
        while self.now + needed > self._dies:
            self.lost += max(self._dies - self.now, 0)
            self.now = max(self.now, self._dies) + self._plan.back + self._plan.load
            self._dies = self._next_loss()
        self.now += needed
        return self.now


def simulate(plan: Plan, seed: int = 0) -> dict[str, Any]:
    """Hours until the archive is done, and where they went, for all ways."""
    rng = random.Random(seed)
    films = _films(plan, rng)
    frames = sum(films)
    ideal = frames * (plan.color + plan.analyze + plan.assemble) / plan.workers
    found: dict[str, Any] = {"frames": frames, "ideal_hours": ideal / 3600}
    ways: dict[str, Callable[..., tuple[list[float], float]]] = {
        "shards": _shards,
        "small_shards": partial(_shards, each=10),
        "ray": _ray,
    }
    for name, run in ways.items():
        ends, lost = run(plan, films, random.Random(seed + 1))
        last = max(ends)
        found[name] = {
            "hours": last / 3600,
            "efficiency": ideal / last,
            "median_worker_done_hours": sorted(ends)[len(ends) // 2] / 3600,
            "lost_share": lost / (last * plan.workers),
        }
    unit_files = 4  # written, renamed, its state and its record
    units = sum(-(-f // plan.unit) for f in films)
    found["files_a_second"] = units * unit_files / (found["shards"]["hours"] * 3600)
    found["driver_cores_needed"] = plan.workers * (plan.analyze + plan.assemble) / plan.color
    return found


def _units(plan: Plan, frames: int) -> list[int]:
    whole, rest = divmod(frames, plan.unit)
    return [plan.unit] * whole + ([rest] if rest else [])


def _shards(
    plan: Plan, films: list[int], rng: random.Random, each: int = 1
) -> tuple[list[float], float]:
    """When every worker is done, and seconds lost; each takes up to `each` shards, or more."""
    count = plan.workers * each
    large, owner = divide({str(n): f for n, f in enumerate(films)}, count)
    shards: list[list[float]] = [[] for _ in range(count)]
    for number, frames in enumerate(films):
        units = [unit * plan.color for unit in _units(plan, frames)]
        around = frames * plan.analyze, frames * plan.assemble
        if str(number) in large:
            # shards begin with different films: one analyzes, the others do not wait for it
            shards[number * count // len(films)] += around
            for n, seconds in enumerate(units):
                shards[n * count // len(units)].append(seconds)
        else:
            shards[owner[str(number)] - 1] += [around[0], *units, around[1]]
    workers = [_Worker(plan, rng) for _ in range(plan.workers)]
    free = [(worker.now, number) for number, worker in enumerate(workers)]
    heapq.heapify(free)
    for shard in shards:
        _, number = heapq.heappop(free)
        worker = workers[number]
        if each > 1:
            worker.now += plan.load
        for seconds in shard:
            worker.work(seconds)
        heapq.heappush(free, (worker.now, number))
    return [w.now for w in workers], sum(w.lost for w in workers)


def _ray(plan: Plan, films: list[int], rng: random.Random) -> tuple[list[float], float]:
    """When the last unit of every worker is done, the driver's work included."""
    workers = [_Worker(plan, rng) for _ in range(plan.workers)]
    free = [(w.now, n) for n, w in enumerate(workers)]
    heapq.heapify(free)
    cores = [0.0] * plan.driver_cores
    ends: list[float] = []
    for frames in films:
        ready = heapq.heappop(cores) + frames * plan.analyze
        done = ready
        for unit in _units(plan, frames):
            _, number = heapq.heappop(free)
            worker = workers[number]
            worker.now = max(worker.now, ready)
            done = max(done, worker.work(unit * plan.color))
            heapq.heappush(free, (worker.now, number))
        # putting together takes from the same cores, when the film is colored
        heapq.heappush(cores, ready + frames * plan.assemble)
        ends.append(done + frames * plan.assemble)
    return [max(ends), *(w.now for w in workers)], sum(w.lost for w in workers)


def scenarios() -> dict[str, Plan]:
    """The cases of the table."""
    calm = Plan(slow_share=0, spread=0, lifetime=None)
    return {
        "all workers alike, none lost": calm,
        "units vary, 5% of workers half as fast": Plan(lifetime=None),
        "and each worker lost every 8 hours": Plan(),
        "and each worker lost every hour": Plan(lifetime=3600.0),
        "the same, with 32 cores for Ray's driver": Plan(driver_cores=32),
        "100 films on 500 workers, 32 cores": Plan(films=100, driver_cores=32),
    }
