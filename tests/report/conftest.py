"""A report of two films beside each other, made once for all tests that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.report.colored import colored_film, flickering, gray, steady
from vidcolor.report.make import Report, make_report, write_report
from vidcolor.report.settings import ReportConfig

HOSTILE = '<script>document.title="owned"<!-- "\'&.mkv'
FRAMES, CUT = 20, 12


@dataclass(frozen=True)
class Made:
    """Films, their report and where its page lies."""

    folder: Path
    steady: Path
    flickering: Path
    source: Path
    report: Report
    page: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("report")
    films = [
        colored_film(folder / name, tints, cut=CUT)
        for name, tints in (
            (HOSTILE, flickering(FRAMES)),
            ("steady.mkv", steady(FRAMES)),
            ("gray.mkv", gray(FRAMES)),
        )
    ]
    config = ReportConfig(work_size=128, device="cpu")
    report = make_report(films[:2], config, source=films[2], truth=films[1])
    page = folder / "page.html"
    write_report(report, page)
    return Made(folder, films[1], films[0], films[2], report, page)
