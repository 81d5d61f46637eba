"""The command `vidcolor stills`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..config import RunConfig
from ..options import (
    Deinterlace,
    Device,
    Fps,
    Json,
    KeepColor,
    Model,
    Quiet,
    Source,
    Work,
)
from ..terminal import count, frame_bar, say, stoppable

_DEFAULTS = RunConfig()


def stills(
    source: Source,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for the stills (default: INPUT.stills)."),
    ] = None,
    shots: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Only these shots, counted from 0, such as 0,4-7."),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(help="A still every so many frames (250) or so long (10s), not key frames."),
    ] = None,
    frames: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="These frames, by number or time: 120,0:31.5."),
    ] = None,
    size: Annotated[
        int, typer.Option(help="Short side of the stills in pixels, at most the film's.")
    ] = 480,
    model: Model = _DEFAULTS.model,
    work_size: Work = _DEFAULTS.work_size,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    fps: Fps = None,
    device: Device = _DEFAULTS.device,
    analysis: Annotated[
        Path | None,
        typer.Option(help="Use the shots in this file, written by `vidcolor probe --analysis`."),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", "-y", help="Replace stills that are there, repainted or not."),
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Writes key frames of every shot in color, to be repainted and given to run --colors.

    stills.csv lists them, first those where the colorizer is least sure for longest. Stills that
    are there already are left as they are.
    """
    config = RunConfig(
        model=model,
        work_size=work_size,
        deinterlace=deinterlace,
        keep_color=keep_color,
        fps=fps,
        device=device,
    )
    from ..processors import share_threads
    from ..stills.choice import Choice
    from ..stills.make import make_stills

    choice = Choice(shots, every, frames)
    share_threads()
    with (
        stoppable("the stills written so far stay; run the same command again for the others"),
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        frame_bar(quiet or as_json, "stills") as show,
    ):
        result = make_stills(
            source,
            output or source.with_name(f"{source.stem}.stills"),
            config,
            choice,
            short_side=size,
            overwrite=overwrite,
            analysis=analysis,
            progress=show,
            analysis_progress=show_analysis,
        )
    if as_json:
        typer.echo(json.dumps(asdict(result), default=str))
    elif not quiet:
        say(f"wrote {count(result.written, 'still')} to {result.folder}")
        if result.kept:
            say(f"left {count(result.kept, 'still')} that were there already")
        for note in result.notes:
            say(f"note: {note}")
