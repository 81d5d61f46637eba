"""A real Ray cluster of several nodes on this machine, whose workers and nodes are lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, colorize_video
from vidcolor.batch.batch import BatchOptions, color_batch
from vidcolor.batch.board import Board
from vidcolor.batch.films import find_films
from vidcolor.batch.journal import Journal
from vidcolor.errors import ConfigError, WeightsError
from vidcolor.video.segments.segments import work_folder
from vidcolor.workers import on_ray
from vidcolor.workers.on_ray import OnRay

ray = pytest.importorskip("ray", reason="Ray is not installed (the extra `cluster`)")

ROOT = Path(__file__).resolve().parents[2]
CONFIG = RunConfig(work_size=128, preset="ultrafast", unit_frames=5, device="cpu")
LOSSES = int(os.environ.get("VIDCOLOR_LOSSES", "4"))
"""Workers and nodes that are lost in one film; each costs seconds, so few by default."""
POISON = '''
import os, signal, torch
from vidcolor.types import Coloring

class Poison:
    """Ends its process at a white frame."""
    name, size = "poison", 64

    def colorize(self, L):
        if L.mean() > 90:
            os.kill(os.getpid(), signal.SIGKILL)
        ab = torch.full((len(L), 2, *L.shape[-2:]), 10.0)
        return Coloring(ab=ab, confidence=torch.ones_like(L))

def load(device):
    return Poison()
'''


class Nodes:
    """A cluster: a head that colors nothing, and nodes with room for one unit each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
        self.address: str = self._cluster.address
        self._nodes = [self._add(), self._add()]

    def _add(self) -> Any:
        return self._cluster.add_node(num_cpus=1, object_store_memory=80_000_000)

    def lose(self) -> None:
        """A node dies with its workers, and another one comes."""
        self._cluster.remove_node(self._nodes.pop(0), allow_graceful=False)
        self._nodes.append(self._add())

    def close(self) -> None:
        self._cluster.shutdown()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "poison_plugin.py").write_text(POISON)
    info = folder / "poison-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1.0\n")
    points = "[vidcolor.colorizers]\npoison = poison_plugin:load\n"
    (info / "entry_points.txt").write_text(points)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(folder)]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = Nodes()
        try:
            yield cluster
        finally:
            cluster.close()


@pytest.fixture(scope="module")
def workers(nodes: Nodes) -> Iterator[OnRay]:
    cluster = OnRay(nodes.address)
    yield cluster
    cluster.close()


def coloring(film: Path) -> list[int]:
    """Processes that color units of a film."""
    wanted = f"ray::color {film.name} ".encode()
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and (place / "cmdline").read_bytes().startswith(wanted):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def test_the_film_is_the_same_and_a_poisoned_one_fails_alone(
    nodes: Nodes, workers: OnRay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_ray, "_TRIES_AGAIN", 1)
    (tmp_path / "in").mkdir()
    make_film(tmp_path / "in" / "a.mkv", FilmSpec(frames=16, cuts=(8,), audio=("aac",)))
    make_film(tmp_path / "in" / "b.mkv", FilmSpec(frames=6))
    white(tmp_path / "in" / "poison.mkv")
    (tmp_path / "list.csv").write_text(
        "input,model\nin/a.mkv,\nin/b.mkv,\nin/poison.mkv,poison\nin/gone.mkv,\n"
    )
    films = find_films([tmp_path / "list.csv"], tmp_path / "out", CONFIG)
    board = Board({film.name: 1 for film in films})
    with Journal.open(tmp_path / "out") as journal:
        color_batch(films, tmp_path / "out", journal, workers, board, BatchOptions())
    states = {name: outcome.record.state for name, outcome in board.finished.items()}
    assert states == {
        "a.mkv": "done",
        "b.mkv": "done",
        "poison.mkv": "failed",
        "gone.mkv": "failed",
    }
    error = board.finished["poison.mkv"].record.error
    assert error is not None
    assert "its worker was lost each time" in error
    for name in ("a.mkv", "b.mkv"):
        colorize_video(tmp_path / "in" / name, tmp_path / name, CONFIG)
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / name).read_bytes()


def white(path: Path) -> None:
    """A film that the poisoned colorizer cannot stand."""
    import av
    import numpy as np

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        planes = np.full((96, 64), 128, np.uint8)
        planes[:64] = 235
        for _ in range(4):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        out.mux(stream.encode(None))


def test_errors_of_workers_are_those_of_a_run_here(workers: OnRay) -> None:
    with pytest.raises(WeightsError, match="zhang2016"):
        workers.facts(replace(CONFIG, model="zhang2016"))
    with pytest.raises(ConfigError, match="no Ray cluster there"):
        on_ray.check_address("127.0.0.1:1")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds workers in /proc")
def test_workers_nodes_and_the_driver_are_lost(
    nodes: Nodes, workers: OnRay, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "lost.mkv", FilmSpec(frames=9 * LOSSES, cuts=(16,))).path
    whole, output = tmp_path / "whole.mkv", tmp_path / "out.mkv"
    config = replace(CONFIG, unit_frames=4)
    colorize_video(film, whole, config)
    driver_killed_after_a_unit(nodes, film, output)
    lost: list[str] = []
    killer = Killer(film, nodes, lost)
    result = colorize_video(film, output, config, workers=workers, progress=killer.progress)
    killer.join()
    # how many depends on how many units are finished at a time
    assert set(lost) == {"node", "worker"}
    assert result.resumed_at > 0
    assert output.read_bytes() == whole.read_bytes()
    assert not work_folder(output).exists()


class Killer:
    """Ends a process that colors, or a whole node, soon after every unit that was finished."""

    def __init__(self, film: Path, nodes: Nodes, lost: list[str]) -> None:
        self._film, self._nodes, self._lost = film, nodes, lost
        self._rng = random.Random(3)
        self._running: threading.Thread | None = None

    def progress(self, done: int, total: int | None) -> None:
        self.join()
        if len(self._lost) % 5 == 1 and len(self._lost) < LOSSES:
            # here, for Ray begins a node only in the main thread
            self._nodes.lose()
            self._lost.append("node")
        elif len(self._lost) < LOSSES:
            self._running = threading.Thread(target=self._kill)
            self._running.start()

    def _kill(self) -> None:
        time.sleep(self._rng.uniform(0, 0.5))
        at_work = wait_for(lambda: coloring(self._film))
        if at_work:
            os.kill(self._rng.choice(at_work), signal.SIGKILL)
            self._lost.append("worker")

    def join(self) -> None:
        if self._running is not None:
            self._running.join()


def wait_for(find: Callable[[], list[int]], seconds: float = 30) -> list[int]:
    deadline = time.monotonic() + seconds
    while not (found := find()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def driver_killed_after_a_unit(nodes: Nodes, film: Path, output: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from vidcolor import RunConfig, colorize_video\n"
        "from vidcolor.workers.on_ray import OnRay\n"
        f"config = RunConfig(**{replace(CONFIG, unit_frames=4).to_dict()!r})\n"
        f"colorize_video({str(film)!r}, {str(output)!r}, config, workers=OnRay({nodes.address!r}))"
    )
    driver = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    manifest = work_folder(output) / "manifest.json"
    wait_for(lambda: [1] if manifest.exists() else [], 90)
    driver.kill()
    driver.wait()
    assert manifest.exists()
    assert not output.exists()
