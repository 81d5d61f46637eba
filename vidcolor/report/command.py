"""The command `vidcolor report`: arguments become settings, settings one call."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..config import RunConfig
from ..terminal import frame_bar, say, stoppable
from .output import check_output, report_path
from .settings import MANY, ReportConfig

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from .make import Report

_DEFAULTS = ReportConfig()


def report(
    films: Annotated[
        list[Path],
        typer.Argument(
            metavar="COLORED",
            help="The colored film, or several of one source to compare.",
            show_default=False,
        ),
    ],
    source: Annotated[Path | None, typer.Option(help="The film they were made from.")] = None,
    truth: Annotated[
        Path | None, typer.Option(help="The same film in its true colors, to compare with.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="NAME.html or NAME.json (default: next to COLORED)."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="First frame of every film: a number from 0, or a time.")
    ] = None,
    end: Annotated[
        str | None, typer.Option(help="End of the range, exclusive; same format.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            help="Measure one second or so in EVERY, and the first of every shot (default: all "
            f"of it up to {MANY} frames).",
            show_default=False,
        ),
    ] = None,
    flow: Annotated[
        str, typer.Option(help="Optical flow: auto, dis, raft, raft+dis.")
    ] = _DEFAULTS.flow,
    work_size: Annotated[
        int, typer.Option(help="Short side in pixels at which frames are measured.")
    ] = _DEFAULTS.work_size,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, mps or one of torch's names.")
    ] = _DEFAULTS.device,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "-y", help="Replace an existing report.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="The numbers on standard output; no page unless -o names one."),
    ] = False,
) -> None:
    """Measures how stable, vivid and accurate a film's colors are: an HTML page, or JSON.

    No reference in color is needed. The page is one self-contained file.
    """
    config = ReportConfig(
        every=every, start=start, end=end, flow=flow, work_size=work_size, device=device
    )
    if output is None and not as_json:
        output = report_path(films[0])
    if output is not None:
        check_output(output, overwrite=overwrite)
    made = _make(films, config, source, truth, quiet or as_json)
    _finish(made, output, overwrite=overwrite, quiet=quiet, as_json=as_json)


def report_on_run(
    film: Path,
    source: Path,
    run: RunConfig,
    output: Path,
    *,
    overwrite: bool,
    quiet: bool,
    analysis: FilmAnalysis | None = None,
    notes: Sequence[str] = (),
) -> None:
    """The report of a film that was just made of `source`, written to `output`.

    Args:
        film, source, run: what was made, of what, and how.
        output: where the report is written; replaced if `overwrite`.
        overwrite, quiet: as of the command.
        analysis: the run's, `RunResult.analysis`; None = the source is analyzed again.
        notes: what else the page is to say, one line each.
    """
    from .make import write_report

    config = ReportConfig(device=run.device)
    part = replace(config, start=run.start, end=run.end, fps=run.fps, deinterlace=run.deinterlace)
    made = _make([film], config, source, None, quiet, source_config=part, analysis=analysis)
    made.notes.extend(notes)
    write_report(made, output, overwrite=overwrite)


def _make(
    films: list[Path],
    config: ReportConfig,
    source: Path | None,
    truth: Path | None,
    quiet: bool,
    *,
    source_config: ReportConfig | None = None,
    analysis: FilmAnalysis | None = None,
) -> Report:
    from ..processors import share_threads
    from .make import make_report

    share_threads()
    with (
        stoppable("no report was written"),
        frame_bar(quiet, "analyzing") as show_analysis,
        frame_bar(quiet, "measuring") as show,
    ):
        return make_report(
            films,
            config,
            source=source,
            truth=truth,
            source_config=source_config,
            analysis=analysis,
            progress=show,
            analysis_progress=show_analysis,
        )


def _finish(
    made: Report, output: Path | None, *, overwrite: bool, quiet: bool, as_json: bool
) -> None:
    from .make import write_report

    if output is not None:
        write_report(made, output, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps(made.figures()))
    elif not quiet:
        for film in made.films:
            say(f"{film.name}: {film.whole.title}.")
        for finding in made.comparison:
            say(f"{finding.title}: {finding.evidence}")
        for note in made.notes:
            say(f"note: {note}")
        say(f"wrote {output}")
