"""The command line: arguments become settings, settings one call. The only place that prints."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import __version__
from .config import RunConfig
from .errors import StoppedError, VidcolorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer(
    name="vidcolor",
    help="Black-and-white film in, the same film out in colour that holds still.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_DEFAULTS = RunConfig()

Source = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT", help="The film, or a folder of numbered pictures.", show_default=False
    ),
]
Model = Annotated[str, typer.Option(help="Colorizer; `vidcolor models` lists them.")]
Refiner = Annotated[str, typer.Option(help="What steadies the colours; 'none' leaves them be.")]
Flow = Annotated[
    str, typer.Option(help="Optical flow; 'auto' chooses, `vidcolor models` lists them.")
]
Work = Annotated[int, typer.Option(help="Short side in pixels that flow and refiner see.")]
Strength = Annotated[float, typer.Option(help="How much colour is put on: 0 none, 1 as predicted.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps or one of torch's names.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", "-y", help="Replace an existing output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _say(text: str) -> None:
    typer.echo(text, err=True)


@contextmanager
def _progress(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on the terminal with frames a second and the time that is left."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit=" frames", dynamic_ncols=True, smoothing=0.1) as bar:

        def show(done: int, total: int | None) -> None:
            if bar.n == 0 and done > 1:
                # Frames of an earlier run must not count for this one's speed.
                bar.initial = bar.n = done - 1
            # Headers lie: a total that is already passed is no total.
            bar.total = None if total is None or done > total else total
            bar.update(done - bar.n)

        yield show


@contextmanager
def _bytes(quiet: bool, what: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar on the terminal for a download."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=what, unit="B", unit_scale=True, dynamic_ncols=True) as bar:

        def show(here: int, total: int | None) -> None:
            bar.total = total
            bar.update(here - bar.n)

        yield show


@contextmanager
def _stoppable(advice: str, patience: str | None = None) -> Iterator[Callable[[], bool]]:
    """Ends with a line and the usual exit status on Ctrl-C (130) and SIGTERM (143).

    Args:
        advice: what can be done then.
        patience: what is waited for: the first signal is then only told by the function that
            comes with the context, the second ends at once. None = the first ends at once.
    """
    received: list[int] = []

    def stop(number: int, frame: object) -> None:
        received.append(number)
        if patience is None or len(received) > 1:
            raise KeyboardInterrupt
        # the signal may have come in the midst of another line
        os.write(2, f"\n{patience}; once more stops at once\n".encode())

    numbers = (signal.SIGINT, signal.SIGTERM)
    earlier = [signal.signal(number, stop) for number in numbers]
    try:
        yield lambda: bool(received)
    except KeyboardInterrupt:
        _say(f"stopped; {advice}")
        raise typer.Exit(128 + (received or [signal.SIGINT])[0]) from None
    except StoppedError as err:
        _say(f"{err}; {err.hint}")
        raise typer.Exit(128 + received[0]) from None
    finally:
        for number, handler in zip(numbers, earlier, strict=True):
            signal.signal(number, handler)


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
        typer.Option(
            "--output",
            "-o",
            help="The film to write; a name without an ending is a folder of PNG pictures "
            "(default: INPUT's name + .color).",
        ),
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    start: Annotated[
        str | None, typer.Option(help="First frame: a number, or a time like 12.5s or 1:02:03.")
    ] = None,
    end: Annotated[str | None, typer.Option(help="The frame after the last, likewise.")] = None,
    fps: Annotated[
        str | None,
        typer.Option(help="Frames a second of numbered pictures and raw streams (default: 24)."),
    ] = None,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    deinterlace: Annotated[
        bool, typer.Option("--deinterlace", help="Make interlaced pictures progressive.")
    ] = False,
    keep_color: Annotated[
        bool, typer.Option("--keep-color", help="Passages in colour already keep their own.")
    ] = False,
    device: Device = _DEFAULTS.device,
    crf: Annotated[
        int | None,
        typer.Option(help="Quality of the encoder, 0 is lossless (default: 16).", min=0, max=63),
    ] = None,
    codec: Annotated[str, typer.Option(help="Video encoder, by libav's name.")] = _DEFAULTS.codec,
    segment_frames: Annotated[
        int, typer.Option(help="Frames after which a run can go on.", min=1, hidden=True)
    ] = _DEFAULTS.segment_frames,
    overwrite: Overwrite = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget what an unfinished run has done.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Compare the result with the source.")
    ] = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colours a film. Sound, subtitles, chapters, tags and every timestamp stay as they are.

    Interrupted, the same command goes on where it stopped.
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
        segment_frames=segment_frames,
    )
    from .run import colorize_video
    from .video.place import default_output

    output = output or default_output(source)

    with (
        _stoppable(
            "the same command goes on from here", "stopping when the part in work is finished"
        ) as should_stop,
        _progress(quiet or as_json, "colouring") as show,
    ):
        result = colorize_video(
            source,
            output,
            config,
            overwrite=overwrite,
            restart=restart,
            check=check,
            progress=show,
            should_stop=should_stop,
        )
    if as_json:
        typer.echo(json.dumps(asdict(result), default=str))
    elif not quiet:
        again = f", the first {result.resumed_at} from an earlier run" if result.resumed_at else ""
        _say(
            f"{_count(result.frames, 'frame')}{again}, {_count(result.shots, 'shot')}, "
            f"{result.seconds:.1f} s ({result.frames_per_second:.1f} frames a second)"
        )
        _say(f"wrote {result.output}")
        for note in result.notes:
            _say(f"note: {note}")
        for warning in result.warnings:
            _say(f"warning: {warning}")


@app.command()
def preview(
    source: Source,
    frames: Annotated[
        str, typer.Option(help="Range START:END, frame numbers or times, END excluded.")
    ] = "0:48",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for both files (default: beside INPUT)."),
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    device: Device = _DEFAULTS.device,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colours a few frames: a contact sheet (PNG) and a before | after clip."""
    start, end = _range(frames)
    config = RunConfig(
        model=model,
        refiner=refiner,
        flow=flow,
        start=start,
        end=end,
        work_size=work_size,
        strength=strength,
        device=device,
    )
    from .preview import make_preview

    with (
        _stoppable("nothing was written"),
        _progress(quiet or as_json, "preview") as show,
    ):
        result = make_preview(
            source, output or source.parent, config, overwrite=overwrite, progress=show
        )
    if as_json:
        typer.echo(json.dumps(asdict(result), default=str))
    elif not quiet:
        _say(f"wrote {result.sheet}")
        _say(f"wrote {result.clip}")
        for note in result.notes:
            _say(f"note: {note}")


def _range(text: str) -> tuple[str | None, str | None]:
    """START:END; times hold colons themselves, so the middle one divides."""
    colons = [i for i, c in enumerate(text) if c == ":"]
    if len(colons) % 2 == 0:
        raise typer.BadParameter(f"{text!r} is not START:END", param_hint="--frames")
    middle = colons[len(colons) // 2]
    return text[:middle] or None, text[middle + 1 :] or None


@app.command()
def probe(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="What a run would write.")
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    work_size: Work = _DEFAULTS.work_size,
    device: Device = _DEFAULTS.device,
    codec: Annotated[str, typer.Option(help="Video encoder, by libav's name.")] = _DEFAULTS.codec,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the timing.")] = False,
    as_json: Json = False,
) -> None:
    """Says what is in a film, what a run will do with it, and how long that takes here."""
    config = RunConfig(
        model=model, refiner=refiner, flow=flow, work_size=work_size, device=device, codec=codec
    )
    from .probe import probe as look_at_film
    from .probe_text import probe_text

    with _stoppable("nothing was written"):
        result = look_at_film(source, output, config, quick=quick)
    typer.echo(json.dumps(result.to_dict(), default=str) if as_json else probe_text(result))


@app.command()
def models(as_json: Json = False) -> None:
    """Lists every colorizer, refiner and flow that can be chosen."""
    from .inventory import inventory

    rows = inventory()
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for kind in dict.fromkeys(row["kind"] for row in rows):
        typer.echo(f"{kind}s")
        for row in (r for r in rows if r["kind"] == kind):
            typer.echo(f"  {row['name']:<20} {row['summary']} ({_weights_of(row)})")


def _weights_of(row: dict[str, Any]) -> str:
    """Size, licence and whereabouts of a system's weights."""
    if not row["source"]:
        return f"no weights, {row['licence']}"
    parts = [f"{row['bytes'] / 1e6:.1f} MB"] if row["bytes"] else []
    parts.append(row["licence"])
    if not row["here"]:
        trained = row["source"] == "your training"
        parts.append("to be trained" if trained else f"not here: vidcolor fetch {row['name']}")
    return ", ".join(parts)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="A system; `vidcolor models` lists them.")],
    quiet: Quiet = False,
) -> None:
    """Downloads the published weights of a system; a broken download goes on where it stopped."""
    from . import published, weights

    entry = published.named(name)
    with _stoppable("the same command goes on from here"), _bytes(quiet, entry.file) as show:
        path = weights.fetched(entry, show)
    if not quiet:
        _say(f"{path} ({entry.licence}, sha256 checked)")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Says what this machine has: versions, devices, encoders, weights."""
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
    """Runs the command line; errors become one line each and an exit status."""
    try:
        app()
    except VidcolorError as err:
        if os.environ.get("VIDCOLOR_DEBUG") == "1":
            raise
        _say(f"error: {err}")
        if err.hint:
            _say(f"hint: {err.hint}")
        sys.exit(err.exit_status)
