"""What all tests share: one thread, no plug-ins of the machine, where the data lies, a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Before torch is imported: two threads on a busy machine are ten times slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import pytest
import torch

torch.set_num_threads(1)
cv2.setNumThreads(1)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of photographs and clips beside the project, or the test is skipped."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data in {folder}")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The clips that the project ships."""
    return ROOT / "samples"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium of this machine, or the test is skipped."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = (path for name in names if (path := shutil.which(name)))
    path = os.environ.get("VIDCOLOR_BROWSER") or next(found, None)
    if path is None:
        pytest.skip("no Chromium here")
    with api.sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()
