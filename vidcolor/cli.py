"""The command line: turns arguments into settings and makes one call."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn, cast

import typer

from . import __version__
from .commands.batch import batch
from .commands.join import join
from .commands.preview import preview
from .commands.run import run
from .commands.stills import stills
from .commands.studio import studio
from .config import RunConfig
from .errors import MediaError, VidcolorError
from .options import (
    Codec,
    Crf,
    Deinterlace,
    Depth,
    Device,
    Flow,
    For,
    Fps,
    Json,
    KeepColor,
    Model,
    Preset,
    Quiet,
    Refiner,
    Source,
    Tracks,
    Work,
)
from .purposes import purpose
from .report.command import report
from .standard_streams import drop_output, hold_streams
from .terminal import byte_bar, frame_bar, say, stoppable

app = typer.Typer(
    name="vidcolor",
    help="Colorizes black-and-white film; everything but its chroma stays unchanged.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_DEFAULTS = RunConfig()
# That of click, which newer versions of typer keep to themselves.
_UsageError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])


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


app.command()(run)
app.command()(batch)
app.command()(join)
app.command()(preview)
app.command()(stills)
app.command()(studio)


@app.command()
def probe(
    source: Source,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="Output of the planned run.")
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
    crf: Crf = None,
    codec: Codec = _DEFAULTS.codec,
    preset: Preset = _DEFAULTS.preset,
    depth: Depth = None,
    use: For = None,
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
        crf=crf,
        preset=preset,
        depth=depth,
        tracks=tracks,
    ).fit_for(purpose(use))
    from .analysis.film_analysis import check_new_file, write_analysis
    from .probe.probe import probe as look_at_film
    from .probe.text import probe_text
    from .processors import share_threads
    from .video.plan.place import chosen_output

    target = chosen_output(source, output, purpose(use))
    if analysis is not None:
        check_new_file(analysis, source, overwrite=overwrite)
    share_threads()
    with (
        stoppable("nothing was written"),
        frame_bar(quiet or as_json, "analyzing") as show,
    ):
        result = look_at_film(
            source, target, config, quick=quick, analyze=analysis is not None, progress=show
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
def doctor(
    speed: Annotated[
        bool,
        typer.Option(
            "--speed", help="Measure every stage of a run here, and say what would be faster."
        ),
    ] = False,
    device: Device = _DEFAULTS.device,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Lists versions, devices, encoders and missing weights of this machine.

    With --speed, takes half a minute.
    """
    if speed:
        from .speed.check import check_speed, speed_text

        steps = None if quiet or as_json else say
        found = check_speed(RunConfig(device=device), on_step=steps)
        typer.echo(json.dumps(found.to_dict()) if as_json else speed_text(found))
        return
    from .components import choose_device
    from .inventory import examine

    choose_device(device)
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
    hold_streams()
    try:
        sys.exit(app(standalone_mode=False))
    except _UsageError as err:
        if err.ctx is None or type(err).__name__ == "NoArgsIsHelpError":
            err.show()
        else:
            say(f"error: {' '.join(err.format_message().split())}")
            say(f"hint: {err.ctx.command_path} --help")
        sys.exit(err.exit_code)
    except OSError as err:
        if err.errno != errno.ENOSPC:
            # a name that the system refuses, such as one that is too long
            if err.filename is None or os.environ.get("VIDCOLOR_DEBUG") == "1":
                raise
            _end(MediaError(f"{err.filename}: {(err.strerror or 'cannot be used').lower()}"))
        drop_output()
        where = f": {err.filename}" if err.filename else ""
        hint = "free some space where it prints to and in the folder of temporary files"
        _end(MediaError(f"no space left on a disk{where}", hint=hint))
    except VidcolorError as err:
        if os.environ.get("VIDCOLOR_DEBUG") == "1":
            raise
        _end(err)


def _end(err: VidcolorError) -> NoReturn:
    for line in err.lines:
        say(f"error: {line}")
    if err.hint:
        say(f"hint: {err.hint}")
    sys.exit(err.exit_status)
