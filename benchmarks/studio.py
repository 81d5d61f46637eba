"""How quick the studio's page is: a 1080p film of 100 shots, a real browser, this machine.

Times are a person's: from a key or a click to the moment when the page shows what came of it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from vidcolor.analysis.film_analysis import write_analysis
from vidcolor.film import open_film

from .machine import machine
from .store import write_json

RESULTS = Path(__file__).parent / "results" / "studio.json"

_SHOTS, _LENGTH = 100, 12
_SIZE = 1920, 1080
_STEPS, _POINTS = 40, 40
_PATIENCE = 120_000


def main(args: list[str]) -> None:
    """Measures; `--help` lists the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks studio", description=__doc__)
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium to drive")
    parser.add_argument("--folder", type=Path, default=Path("runs/studio"), help="for the film")
    options = parser.parse_args(args)
    film = options.folder / "film.mp4"
    film.parent.mkdir(parents=True, exist_ok=True)
    if not film.exists():
        _make_film(film)
    shots = film.with_name("film.shots.json")
    if not shots.exists():
        with open_film(film) as opened:
            write_analysis(opened.analyze(), shots)
    for left in (film.with_name("film.mp4.studio"), film.with_name("film.colors.json")):
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
    where = machine()
    rows = _measured(film, options.browser)
    text = _markdown(rows, where)
    print(text)
    write_json(RESULTS, {"machine": where, "rows": rows})
    RESULTS.with_suffix(".md").write_text(text)


def _make_film(path: Path) -> None:
    """Shots that pan over blurred noise, each over its own."""
    width, height = _SIZE
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=24)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.options = {"crf": "20", "preset": "ultrafast", "g": "24"}
        for shot in range(_SHOTS):
            rng = np.random.default_rng(shot)
            small = rng.integers(0, 255, (30, 60), np.uint8)
            large = cv2.resize(small, (width + 200, height), interpolation=cv2.INTER_CUBIC)
            level = (30, 120)[shot % 2]
            for frame in range(_LENGTH):
                y = large[:, 8 * frame : 8 * frame + width] // 2 + level
                planes = np.full((height * 3 // 2, width), 128, np.uint8)
                planes[:height] = y
                out.mux(video.encode(av.VideoFrame.from_ndarray(planes, "yuv420p")))
        out.mux(video.encode())


def _measured(film: Path, browser: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(_PATIENCE)
        began = time.monotonic()
        server, address = _served(film)
        try:
            page.goto(address)
            page.wait_for_selector("#shots li >> nth=3")
            listed, worked = time.monotonic() - began, _processor_time(server.pid)
            page.wait_for_selector("#stage[data-shows]")
            shown = time.monotonic() - began
            _wait_for(page, f"seen >= {_SHOTS}")
            surveyed = time.monotonic() - began
            _wait_for(page, "compared")
            compared = time.monotonic() - began
            steps = [_timed(page, lambda: page.keyboard.press("]")) for _ in range(_STEPS)]
            points = [_point(page, n) for n in range(_POINTS)]
            peak = _peak(server.pid)
            server.terminate()
            server.wait()
            again = time.monotonic()
            server, address = _served(film)
            page.goto(address)
            page.wait_for_selector("#stage[data-shows]")
            shown_again = time.monotonic() - again
        finally:
            server.terminate()
            server.wait()
            chromium.close()
    return {
        "shots listed, s": listed,
        "... of it the server's processor time, s": worked,
        "first still, s": shown,
        "first still when opened again, s": shown_again,
        "all shots looked at, s": surveyed,
        "all shots compared, s": compared,
        "shot to shot, median s": _share(steps, 0.5),
        "shot to shot, p95 s": _share(steps, 0.95),
        "point to still, median s": _share(points, 0.5),
        "point to still, p95 s": _share(points, 0.95),
        "memory of the server, most MB": peak,
    }


def _served(film: Path) -> tuple[subprocess.Popen[str], str]:
    """A server of the film, and its address."""
    server = subprocess.Popen(
        [sys.executable, "-m", "vidcolor", "studio", str(film), "--no-browser", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    found = re.search(r"http://\S+", server.stderr.readline())
    assert found is not None
    return server, found[0]


def _processor_time(process: int) -> float:
    """Seconds that a process computed so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait_for(page: Any, what: str) -> None:
    """Waits for something that the server says of itself."""
    while not page.evaluate(f"async () => (await (await fetch('/api/pulse')).json()).{what}"):
        page.wait_for_timeout(500)


def _timed(page: Any, act: Any) -> float:
    before = page.get_attribute("#stage", "data-shows")
    # as a person: the page has some time between two keys
    page.wait_for_timeout(500)
    began = time.monotonic()
    act()
    page.wait_for_function("s => document.getElementById('stage').dataset.shows !== s", arg=before)
    return time.monotonic() - began


def _point(page: Any, number: int) -> float:
    box = page.locator("#sheet").bounding_box()
    x, y = 0.1 + 0.8 * ((number * 0.37) % 1), 0.1 + 0.8 * ((number * 0.61) % 1)
    page.keyboard.press("Escape")
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_selector("#likely button")
    return _timed(page, lambda: page.keyboard.press(str(1 + number % 3)))


def _share(values: Sequence[float], share: float) -> float:
    return float(np.quantile(values, share))


def _peak(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return float("nan") if found is None else int(found[1]) / 1024


def _markdown(rows: dict[str, Any], where: dict[str, Any]) -> str:
    head = f"| 1080p, 100 shots; {where['cores']} cores, load before {where['load_before']} | |"
    lines = [f"| {name} | {value:.2f} |" for name, value in rows.items()]
    return "\n".join([head, "|---|--:|", *lines]) + "\n"
