"""The picture of the studio in the README: `python samples/screenshot.py`.

Needs the extras `studio` and `dev` and a Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
TARGET = HERE / "launch.studio.jpg"


def main() -> None:
    """Opens the sample with its two points, chooses one and takes the picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        film = Path(folder) / "launch.mp4"
        shutil.copy(HERE / "launch.mp4", film)
        shutil.copy(HERE / "suit.colors.json", film.with_name("launch.colors.json"))
        words = ["studio", str(film), "--no-browser", "--port", "0"]
        server = subprocess.Popen(
            [sys.executable, "-m", "vidcolor", *words], stderr=subprocess.PIPE, text=True
        )
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
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
            page.screenshot(path=TARGET, type="jpeg", quality=82)
        finally:
            chromium.close()
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
