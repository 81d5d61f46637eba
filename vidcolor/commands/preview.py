"""The command `vidcolor preview`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..config import RunConfig, split_range
from ..options import (
    Analysis,
    Colors,
    Deinterlace,
    Device,
    EveryFrame,
    Flow,
    Fps,
    Identity,
    Json,
    KeepColor,
    Model,
    Overwrite,
    Quiet,
    Refiner,
    Source,
    Strength,
    Work,
)
from ..terminal import frame_bar, say, stoppable

_DEFAULTS = RunConfig()


def preview(
    source: Source,
    frames: Annotated[
        str | None,
        typer.Option(
            help="Range START:END in frame numbers from 0, names of images, times or time codes; "
            "END is exclusive (default: a few frames of each of the first shots)."
        ),
    ] = None,
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
    identity: Identity = _DEFAULTS.identity,
    every_frame: EveryFrame = False,
    fps: Fps = None,
    device: Device = _DEFAULTS.device,
    analysis: Analysis = None,
    colors: Colors = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colorizes a few frames: writes a contact sheet (PNG) and a before | after clip."""
    # as far as shots are looked for
    start, end = (None, "90s") if frames is None else split_range(frames)
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
        identity=identity,
        every_frame=every_frame,
        fps=fps,
        device=device,
    )
    from ..preview import make_preview
    from ..processors import share_threads
    from ..result_lines import summary_lines

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
            tour=frames is None,
            overwrite=overwrite,
            analysis=analysis,
            colors=colors or (),
            progress=show,
            analysis_progress=show_analysis,
        )
    if as_json:
        typer.echo(json.dumps(asdict(result), default=str))
    elif not quiet:
        say(f"wrote {result.sheet}")
        say(f"wrote {result.clip}")
        for line in summary_lines(result.locks, result.notes):
            say(line)
