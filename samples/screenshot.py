"""The pictures of the studio and the report in the README: `python samples/screenshot.py`.

Needs the extras `studio` and `dev` and a Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
STUDIO, REPORT = HERE / "launch.studio.jpg", HERE / "launch.report.jpg"


def studio(chromium: Browser, folder: Path) -> None:
    """Opens the sample with its two points, chooses one and takes the picture."""
    film = folder / "launch.mp4"
    shutil.copy(HERE / "launch.mp4", film)
    shutil.copy(HERE / "suit.colors.json", film.with_name("launch.colors.json"))
    words = ["studio", str(film), "--no-browser", "--port", "0"]
    server = subprocess.Popen(
        [sys.executable, "-m", "vidcolor", *words], stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        found = re.search(r"http://\S+", server.stderr.readline())
        assert found is not None
        page = chromium.new_page(viewport={"width": 1280, "height": 760})
        page.set_default_timeout(120_000)
        page.goto(found[0])
        page.wait_for_selector("#stage[data-shows]")
        page.click("#shots li:nth-child(2) button")
        page.wait_for_selector("#stage[data-shows^='80 ']")
        box = page.locator("#sheet").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.62 * box["height"])
        page.wait_for_selector("#likely button")
        page.locator("#slider").fill("38")
        page.wait_for_function(
            "() => [...document.querySelectorAll('#shots .bar i')].every(i => i.clientWidth)"
        )
        page.screenshot(path=STUDIO, type="jpeg", quality=82)
    finally:
        server.terminate()
        server.wait()


def report(chromium: Browser, folder: Path) -> None:
    """Colors the sample and takes the picture of the beginning of its report."""
    source, film, page_file = (
        HERE / "launch.mp4",
        folder / "launch.color.mp4",
        folder / "report.html",
    )
    vidcolor = [sys.executable, "-m", "vidcolor"]
    subprocess.run([*vidcolor, "run", source, "-o", film], check=True)
    subprocess.run([*vidcolor, "report", film, "--source", source, "-o", page_file], check=True)
    page = chromium.new_page(viewport={"width": 810, "height": 1268})
    page.goto(page_file.as_uri())
    page.wait_for_load_state("networkidle")
    page.screenshot(path=REPORT, type="jpeg", quality=82)


def main() -> None:
    """Makes both pictures anew."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        try:
            studio(chromium, Path(folder))
            report(chromium, Path(folder))
        finally:
            chromium.close()


if __name__ == "__main__":
    main()
