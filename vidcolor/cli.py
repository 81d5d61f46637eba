"""The command line: turns arguments into settings and makes one call."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from . import __version__
from .config import RunConfig, split_range
from .errors import VidcolorError
from .options import (
    Codec,
    Deinterlace,
    Device,
    Flow,
    Fps,
    Json,
    KeepColor,
    Model,
    Overwrite,
    Quiet,
    Refiner,
    Source,
    Strength,
    Tracks,
    Work,
)
from .report.command import report, report_on_run
from .report.output import check_output, report_path
from .terminal import byte_bar, count, frame_bar, say, stoppable

app = typer.Typer(
    name="vidcolor",
    help="Colorizes black-and-white film; everything but its chroma stays unchanged.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_DEFAULTS = RunConfig()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vidcolor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    source: Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Film or folder to write (default: INPUT.color)."),
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    start: Annotated[
        str | None,
        typer.Option(help="First frame: a frame number, or a time such as 12.5s or 1:02:03."),
    ] = None,
    end: Annotated[
        str | None, typer.Option(help="End of the range, exclusive; same format.")
    ] = None,
    fps: Fps = None,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    device: Device = _DEFAULTS.device,
    crf: Annotated[
        int | None,
        typer.Option(
            help="Encoder quality, lower is better, 0 is lossless (default: 16).", min=0, max=63
        ),
    ] = None,
    codec: Codec = _DEFAULTS.codec,
    tracks: Tracks = _DEFAULTS.tracks,
    unit_frames: Annotated[
        int, typer.Option(help="Most frames in a unit of work.", min=1, hidden=True)
    ] = _DEFAULTS.unit_frames,
    jobs: Annotated[
        int, typer.Option(help="Number of processes; each colors its own shots.", min=1)
    ] = 1,
    analysis: Annotated[
        Path | None,
        typer.Option(help="Use the shots in this file, written by `vidcolor probe --analysis`."),
    ] = None,
    with_report: Annotated[
        bool,
        typer.Option("--report", help="Measure the finished film and write OUTPUT.report.html."),
    ] = False,
    overwrite: Overwrite = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Discard an unfinished run and start over.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--verify/--no-verify", help="Compare the finished film with its source."),
    ] = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colorizes a film. Audio, subtitles, chapters, tags and timestamps are copied unchanged.

    To resume an interrupted run, run the same command again.
    """
    config = RunConfig(
        model=model,
        refiner=refiner,
        flow=flow,
        start=start,
        end=end,
        work_size=work_size,
        strength=strength,
        deinterlace=deinterlace,
        keep_color=keep_color,
        device=device,
        fps=fps,
        codec=codec,
        crf=crf,
        tracks=tracks,
        unit_frames=unit_frames,
    )
    from .processors import share_threads
    from .run import colorize_video
    from .video.plan.place import default_output

    share_threads()
    output = output or default_output(source)
    page = report_path(output) if with_report else None
    if page is not None:
        check_output(page, overwrite=overwrite)

    with (
        stoppable(
            "run the same command again to resume", "stopping after the current unit of work"
        ) as should_stop,
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        frame_bar(quiet or as_json, "coloring") as show,
    ):
        result = colorize_video(
            source,
            output,
            config,
            overwrite=overwrite,
            restart=restart,
            check=check,
            jobs=jobs,
            analysis=analysis,
            progress=show,
            analysis_progress=show_analysis,
            should_stop=should_stop,
        )
    if page is not None:
        report_on_run(
            output,
            source,
            config,
            page,
            overwrite=overwrite,
            quiet=quiet or as_json,
            analysis=result.analysis,
        )
    if as_json:
        more = {} if page is None else {"report": page}
        # the analysis is long; `probe --json` prints it
        values = asdict(replace(result, analysis=None)) | more
        del values["analysis"]
        typer.echo(json.dumps(values, default=str))
    elif not quiet:
        again = f" ({result.resumed_at} of them from an earlier run)" if result.resumed_at else ""
        say(
            f"{count(result.frames, 'frame')}{again}, {count(result.shots, 'shot')}, "
            f"{result.seconds:.1f} s ({result.frames_per_second:.1f} frames per second)"
        )
        say(f"wrote {result.output}")
        if page is not None:
            say(f"wrote {page}")
        for note in result.notes:
            say(f"note: {note}")
        for warning in result.warnings:
            say(f"warning: {warning}")


@app.command()
def preview(
    source: Source,
    frames: Annotated[
        str, typer.Option(help="Range START:END in frame numbers or times; END is exclusive.")
    ] = "0:48",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder for both files (default: the folder of INPUT)."
        ),
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    fps: Fps = None,
    device: Device = _DEFAULTS.device,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colorizes a few frames: writes a contact sheet (PNG) and a before | after clip."""
    start, end = split_range(frames)
    config = RunConfig(
        model=model,
        refiner=refiner,
        flow=flow,
        start=start,
        end=end,
        work_size=work_size,
        strength=strength,
        deinterlace=deinterlace,
        keep_color=keep_color,
        fps=fps,
        device=device,
    )
    from .preview import make_preview
    from .processors import share_threads

    share_threads()
    with (
        stoppable("nothing was written"),
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        frame_bar(quiet or as_json, "preview") as show,
    ):
        result = make_preview(
            source,
            output or source.parent,
            config,
            overwrite=overwrite,
            progress=show,
            analysis_progress=show_analysis,
        )
    if as_json:
        typer.echo(json.dumps(asdict(result), default=str))
    elif not quiet:
        say(f"wrote {result.sheet}")
        say(f"wrote {result.clip}")
        for note in result.notes:
            say(f"note: {note}")


@app.command()
def probe(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Output of the planned run.")
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    start: Annotated[str | None, typer.Option(help="First frame, as for run.")] = None,
    end: Annotated[str | None, typer.Option(help="End of the range, as for run.")] = None,
    fps: Fps = None,
    work_size: Work = _DEFAULTS.work_size,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    device: Device = _DEFAULTS.device,
    codec: Codec = _DEFAULTS.codec,
    tracks: Tracks = _DEFAULTS.tracks,
    quick: Annotated[bool, typer.Option("--quick", help="Skip the timing.")] = False,
    analysis: Annotated[
        Path | None,
        typer.Option(
            help="Analyze every frame and write the shots to this JSON file, "
            "to be edited and used by `run --analysis`."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", "-y", help="Replace an existing analysis file.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Describes a film, what a run will do with it, and how long that will take.

    The number of shots in a long film is an estimate, unless --analysis examines every frame.
    """
    config = RunConfig(
        model=model,
        refiner=refiner,
        flow=flow,
        start=start,
        end=end,
        work_size=work_size,
        deinterlace=deinterlace,
        keep_color=keep_color,
        device=device,
        fps=fps,
        codec=codec,
        tracks=tracks,
    )
    from .analysis.film_analysis import check_new_file, write_analysis
    from .probe.probe import probe as look_at_film
    from .probe.text import probe_text
    from .processors import share_threads

    if analysis is not None:
        check_new_file(analysis, overwrite=overwrite)
    share_threads()
    with (
        stoppable("nothing was written"),
        frame_bar(quiet or as_json, "analyzing") as show,
    ):
        result = look_at_film(
            source, output, config, quick=quick, analyze=analysis is not None, progress=show
        )
    if analysis is not None and result.analysis is not None:
        write_analysis(result.analysis, analysis)
    typer.echo(json.dumps(result.to_dict(), default=str) if as_json else probe_text(result))
    if analysis is not None and not (quiet or as_json):
        say(f"wrote {analysis}")


app.command()(report)


@app.command()
def models(as_json: Json = False) -> None:
    """Lists all colorizers, refiners and optical flows."""
    from .inventory import inventory, weights_text

    rows = inventory()
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for kind in dict.fromkeys(row["kind"] for row in rows):
        typer.echo(f"{kind}s")
        for row in (r for r in rows if r["kind"] == kind):
            typer.echo(f"  {row['name']:<20} {row['summary']} ({weights_text(row)})")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Name of a system (see `vidcolor models`).")],
    quiet: Quiet = False,
) -> None:
    """Downloads the published weights of a system; resumes an interrupted download."""
    from .weights import files as weights
    from .weights import published

    entry = published.require(name)
    with stoppable("run the same command again to resume"), byte_bar(quiet, entry.file) as show:
        path = weights.fetch(entry, show)
    if not quiet:
        say(f"{path} ({entry.license}, sha256 verified)")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Lists versions, devices, encoders and missing weights of this machine."""
    from .inventory import examine

    report = examine()
    if as_json:
        typer.echo(json.dumps(report))
    else:
        for name, value in report.items():
            text = ", ".join(value) or "none" if isinstance(value, list) else value
            typer.echo(f"{name:<16} {text}")
    if report["missing weights"]:
        raise typer.Exit(4)


def main() -> None:
    """Runs the command line; reports errors in one line, with an exit status."""
    try:
        app()
    except VidcolorError as err:
        if os.environ.get("VIDCOLOR_DEBUG") == "1":
            raise
        say(f"error: {err}")
        if err.hint:
            say(f"hint: {err.hint}")
        sys.exit(err.exit_status)
