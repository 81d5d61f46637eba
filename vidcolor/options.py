"""Options that several commands share, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .errors import ConfigError


def _named(path: Path) -> Path:
    """The same by a path that ends in a name: what is written beside it is named after it."""
    return path.resolve() if path.name in ("", "..") else path


Source = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="Film, or folder of numbered images.",
        show_default=False,
        callback=_named,
    ),
]
MoreFilms = Annotated[list[Path] | None, typer.Argument(hidden=True)]
Model = Annotated[
    str, typer.Option(help="Colorizer (see `vidcolor models`), or an .onnx, .pt2 or .pt file.")
]
Refiner = Annotated[str, typer.Option(help="Temporal refiner; 'none' disables it.")]
Flow = Annotated[str, typer.Option(help="Optical flow (see `vidcolor models`), or auto.")]
Work = Annotated[int, typer.Option(help="Short side in pixels at which flow and refiner work.")]
Strength = Annotated[float, typer.Option(help="Color intensity: 0 none, 1 as predicted, up to 2.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, mps or another device name of torch.")]
Fps = Annotated[
    str | None,
    typer.Option(help="Frame rate of numbered images and raw streams (default: 24)."),
]
Codec = Annotated[
    str,
    typer.Option(
        help="Video encoder by its FFmpeg name, or h264, hevc, av1, vp9, prores, dnxhr, v210, ffv1 "
        "(`vidcolor doctor` lists them)."
    ),
]
Preset = Annotated[
    str | None,
    typer.Option(
        help="Speed of the encoder, ultrafast to placebo; slow makes smaller files (default: "
        "medium; of H.264 above 720p veryfast).",
        show_default=False,
    ),
]
Depth = Annotated[
    int | None,
    typer.Option(help="Bits per sample of the output: 8, 10, 12, 14 or 16 (default: the film's)."),
]
For = Annotated[
    str | None,
    typer.Option(
        "--for",
        help="What the film is for: web, archive or edit choose encoder, container and quality; "
        "other options come first.",
    ),
]
Tracks = Annotated[
    str,
    typer.Option(
        metavar="LIST",
        help="Other tracks to keep: all, none, or entries such as audio, audio:2, audio:deu, "
        "subtitle, video, cover, attachment; a minus drops (-subtitle). The last entry that "
        "names a track decides.",
    ),
]
Deinterlace = Annotated[
    bool, typer.Option("--deinterlace", help="Make interlaced frames progressive.")
]
KeepColor = Annotated[
    bool,
    typer.Option(
        "--keep-color",
        help="Keep the chroma of shots, and of painted regions, that are already in color.",
    ),
]
EveryFrame = Annotated[
    bool,
    typer.Option(
        "--every-frame",
        help="Show the colorizer every frame, not only those with something new to color.",
    ),
]
Identity = Annotated[
    str,
    typer.Option(
        help="One color for one thing in all shots that show it: off, normal or strong.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", "-y", help="Replace an existing output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar and no summary.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Analysis = Annotated[
    Path | None,
    typer.Option(help="Use the shots in this file, written by `vidcolor probe --analysis`."),
]
Colors = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="PATH",
        help="Colors that you know: a folder of repainted stills, or a .colors.json file; can be "
        "given several times (INPUT.colors.json beside the film counts by itself).",
        show_default=False,
    ),
]
Crf = Annotated[
    int | None,
    typer.Option(
        help="Encoder quality, lower is better, 0 is lossless (default: 16).", min=0, max=63
    ),
]
Jobs = Annotated[int, typer.Option(help="Number of processes; each colors its own shots.", min=1)]
KeepWork = Annotated[
    bool | None,
    typer.Option(
        "--keep-work/--no-keep-work",
        help="Keep the finished units in OUTPUT.vidcolor, about as large as the film, so that a "
        "change of colors redoes only what it concerns (default: where colors are given; in a "
        "batch never).",
        show_default=False,
    ),
]
UnitFrames = Annotated[int, typer.Option(help="Most frames in a unit of work.", min=1, hidden=True)]
Restart = Annotated[
    bool, typer.Option("--restart", help="Discard an unfinished run and start over.")
]
Verify = Annotated[
    bool, typer.Option("--verify/--no-verify", help="Compare the finished film with its source.")
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="I/N",
        help="Be worker I of N that share a folder, such as 2/8; the last to finish puts the film "
        "together.",
        show_default=False,
    ),
]

Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Color on a Ray cluster: its address, auto, or local for one on this machine.",
        show_default=False,
    ),
]


def one_film(source: Path, more: list[Path] | None) -> None:
    """Refuses several films where one is wanted.

    Raises:
        ConfigError: there are several.
    """
    if more:
        films = " ".join(str(path) for path in (source, *more))
        raise ConfigError(
            f"one film at a time, {1 + len(more)} are given",
            hint=f"vidcolor batch {films} colors them one after the other",
        )
