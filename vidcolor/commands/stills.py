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
        typer.Option(
            metavar="LIST",
            help="These frames: numbers from 0, times or names of images, such as 120,0:31.5.",
        ),
    ] = None,
    same_as: Annotated[
        str | None,
        typer.Option(
            "--same-as",
            metavar="FRAME,X,Y",
            help="Instead of stills: list the shots in which the thing at this place was found, "
            "such as 120,0.42,0.61.",
        ),
    ] = None,
    questions: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Instead of stills: rank up to N places whose color is worth most to be told, in "
            "OUTPUT/questions.json.",
            min=0,
        ),
    ] = 0,
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

    folder = output or source.with_name(f"{source.stem}.stills")
    if same_as is not None or questions:
        _ask(source, folder, config, same_as, questions, analysis, quiet=quiet, as_json=as_json)
        return
    choice = Choice(shots, every, frames)
    share_threads()
    with (
        stoppable("the stills written so far stay; run the same command again for the others"),
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        frame_bar(quiet or as_json, "stills") as show,
    ):
        result = make_stills(
            source,
            folder,
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
            say(f"left {count(result.kept, 'still')} as found")
        for note in result.notes:
            say(f"note: {note}")


def _ask(
    source: Path,
    folder: Path,
    config: RunConfig,
    same_as: str | None,
    questions: int,
    analysis: Path | None,
    *,
    quiet: bool,
    as_json: bool,
) -> None:
    from ..identity.film_questions import question_text
    from ..processors import share_threads
    from ..stills.ask import Place, ask

    place = None if same_as is None else Place.parse(same_as)
    share_threads()
    with (
        stoppable("nothing was written"),
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        frame_bar(quiet or as_json, "comparing") as show,
    ):
        found = ask(
            source,
            folder,
            config,
            same_as=place,
            questions=questions,
            analysis=analysis,
            progress=show,
            analysis_progress=show_analysis,
        )
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str))
        return
    if place is not None:
        if not found.same:
            say("nothing in other shots is surely the same")
        for one in found.same:
            at = f"{one.x:.2f}, {one.y:.2f}"
            typer.echo(f"shot {one.shot}: frame {one.frame} at {at}, {100 * one.sure:.0f} % sure")
    for question in found.questions:
        typer.echo(question_text(question))
    if found.file is not None and not quiet:
        say(f"wrote {found.file}")
