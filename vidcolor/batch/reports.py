"""Reports on the films of a batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..report.make import make_report, write_report
from ..report.output import report_path
from ..report.settings import ReportConfig
from ..result_lines import report_lines

if TYPE_CHECKING:
    from ..run import RunResult
    from .films import BatchFilm


def write_film_report(film: BatchFilm, output: Path, result: RunResult) -> Path:
    """Measures a film that was just finished and writes its report next to it.

    Raises:
        MediaError: a film cannot be read, or the report not be written.
    """
    page = report_path(output)
    config = ReportConfig(device=film.config.device)
    part = film.config.film
    source_config = replace(
        config, start=part.start, end=part.end, fps=part.fps, deinterlace=part.deinterlace
    )
    made = make_report(
        [output],
        config,
        source=film.source,
        source_config=source_config,
        analysis=result.analysis,
    )
    made.notes.extend(report_lines(result))
    write_report(made, page, overwrite=True)
    return page
