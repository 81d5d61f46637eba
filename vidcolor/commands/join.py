"""The command `vidcolor join`, and what is said of a shard's share."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..options import Json, Overwrite, Quiet, Verify
from ..terminal import count, say

if TYPE_CHECKING:
    from ..shards.color_share import ShareResult


def join(
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT",
            help="The film that shards have colored, or its folder OUTPUT.vidcolor.",
            show_default=False,
        ),
    ],
    overwrite: Overwrite = False,
    check: Verify = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Puts together a film that was colored with `run --shard`, or says what is missing.

    Needed only where the shard that finished last was killed, or the file system cannot lock files.
    """
    from ..processors import share_threads
    from ..result_lines import summary_lines
    from ..shards.color_share import join as join_shards

    share_threads()
    result = join_shards(output, overwrite=overwrite, check=check)
    if as_json:
        values = {
            "output": str(result.output),
            "frames": result.frames,
            "notes": result.notes,
            "warnings": result.warnings,
            "locks": [asdict(lock) for lock in result.locks],
        }
        typer.echo(json.dumps(values))
    elif not quiet:
        say(f"wrote {result.output} ({count(result.frames, 'frame')})")
        for line in summary_lines(result.locks, result.notes, result.warnings, result.kept_work):
            say(line)


def print_share(share: ShareResult, *, quiet: bool, as_json: bool) -> None:
    """What a shard has done."""
    if as_json:
        typer.echo(json.dumps(asdict(share) | {"shard": str(share.shard)}, default=str))
    elif not quiet:
        say(
            f"shard {share.shard}: {count(share.units, 'unit')}, {count(share.frames, 'frame')}, "
            f"{share.colored} of them colored now in {share.seconds:.1f} s"
        )
        say(f"note: {share.note}")
