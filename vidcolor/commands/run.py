"""The command `vidcolor run`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from ..config import RunConfig
from ..errors import ConfigError
from ..options import (
    Analysis,
    Codec,
    Colors,
    Crf,
    Deinterlace,
    Depth,
    Device,
    EveryFrame,
    Flow,
    For,
    Fps,
    Identity,
    Jobs,
    Json,
    KeepColor,
    KeepWork,
    Model,
    MoreFilms,
    Overwrite,
    Preset,
    Quiet,
    Ray,
    Refiner,
    Restart,
    ShardOption,
    Source,
    Strength,
    Tracks,
    UnitFrames,
    Verify,
    Work,
    one_film,
)
from ..purposes import purpose
from ..report.command import report_on_run
from ..report.output import check_output, report_path
from ..terminal import count, frame_bar, say, stoppable
from .join import print_share

_DEFAULTS = RunConfig()


def run(
    source: Source,
    more: MoreFilms = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Film to write, folder to write it into, or FOLDER/%06d.png for numbered images "
            "(default: INPUT.color).",
        ),
    ] = None,
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    start: Annotated[
        str | None,
        typer.Option(
            help="First frame: a number from 0, the name of an image (scan_0120.dpx), a time "
            "(12.5s, 1:02:03) or a time code (10:00:00:05)."
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option(help="End of the range, exclusive; same format.")
    ] = None,
    fps: Fps = None,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    identity: Identity = _DEFAULTS.identity,
    every_frame: EveryFrame = False,
    device: Device = _DEFAULTS.device,
    crf: Crf = None,
    codec: Codec = _DEFAULTS.codec,
    preset: Preset = _DEFAULTS.preset,
    depth: Depth = None,
    use: For = None,
    tracks: Tracks = _DEFAULTS.tracks,
    unit_frames: UnitFrames = _DEFAULTS.unit_frames,
    jobs: Jobs = 1,
    shard: ShardOption = None,
    ray: Ray = None,
    analysis: Analysis = None,
    colors: Colors = None,
    keep_work: KeepWork = None,
    only_plan: Annotated[
        bool,
        typer.Option("--dry-run", help="Say which units would be colored, and color nothing."),
    ] = False,
    with_report: Annotated[
        bool,
        typer.Option("--report", help="Measure the finished film and write OUTPUT.report.html."),
    ] = False,
    overwrite: Overwrite = False,
    restart: Restart = False,
    check: Verify = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colorizes a film. Audio, subtitles, chapters, tags and timestamps are copied unchanged.

    To resume an interrupted run, run the same command again.
    """
    one_film(source, more)
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
        device=device,
        fps=fps,
        codec=codec,
        crf=crf,
        preset=preset,
        depth=depth,
        tracks=tracks,
        unit_frames=unit_frames,
    ).fit_for(purpose(use))
    from ..dry_run import dry_run, plan_text
    from ..processors import share_threads
    from ..result_lines import report_lines, summary_lines
    from ..run import RunResult, colorize_video
    from ..shards.color_share import ShareResult, color_share
    from ..shards.share import Shard
    from ..video.plan.place import chosen_output
    from ..workers.choose import choose_workers

    share_threads()
    target = chosen_output(source, output, purpose(use))
    if only_plan:
        with (
            stoppable("nothing was written"),
            frame_bar(quiet or as_json, "analyzing") as show_analysis,
        ):
            planned = dry_run(
                source,
                target,
                config,
                overwrite=overwrite,
                analysis=analysis,
                colors=colors or (),
                analysis_progress=show_analysis,
            )
        typer.echo(json.dumps(asdict(planned), default=str) if as_json else plan_text(planned))
        return
    share = None if shard is None else Shard.parse(shard)
    if share is not None and ray is not None:
        raise ConfigError("--shard and --ray exclude each other")
    if share is not None and restart:
        raise ConfigError(
            "--restart and --shard exclude each other",
            hint="remove the folder OUTPUT.vidcolor instead",
        )
    page = report_path(target) if with_report else None
    if page is not None:
        check_output(page, overwrite=overwrite)

    with (
        choose_workers(jobs, ray) as workers,
        stoppable(
            "run the same command again to resume", "stopping after the current unit of work"
        ) as should_stop,
        frame_bar(quiet or as_json, "analyzing") as show_analysis,
        # without it nothing is compared
        frame_bar(quiet or as_json or identity == "off", "comparing") as show_identity,
        frame_bar(quiet or as_json, "coloring") as show,
    ):
        common: dict[str, Any] = {
            "overwrite": overwrite,
            "check": check,
            "analysis": analysis,
            "colors": colors or (),
            "keep_work": keep_work,
            "progress": show,
            "analysis_progress": show_analysis,
            "identity_progress": show_identity,
            "should_stop": should_stop,
        }
        result: RunResult | ShareResult
        if share is None:
            result = colorize_video(
                source, target, config, restart=restart, workers=workers, **common
            )
        else:
            result = color_share(source, target, config, share, workers, **common)
    if isinstance(result, ShareResult):
        print_share(result, quiet=quiet, as_json=as_json)
        return
    if page is not None:
        report_on_run(
            target,
            source,
            config,
            page,
            overwrite=overwrite,
            quiet=quiet or as_json,
            analysis=result.analysis,
            notes=report_lines(result),
        )
    if as_json:
        extra = {} if page is None else {"report": page}
        # the analysis is long; `probe --json` prints it
        values = asdict(replace(result, analysis=None)) | extra
        del values["analysis"]
        typer.echo(json.dumps(values, default=str))
    elif not quiet:
        again = f" ({result.resumed_at} of them from an earlier run)" if result.resumed_at else ""
        speed = f" ({result.frames_per_second:.1f} frames per second)"
        say(
            f"{count(result.frames, 'frame')}{again}, {count(result.shots, 'shot')}, "
            f"{result.seconds:.1f} s{speed if result.frames > result.resumed_at else ''}"
        )
        say(f"wrote {result.output}")
        if page is not None:
            say(f"wrote {page}")
        for line in summary_lines(result.locks, result.notes, result.warnings, result.kept_work):
            say(line)
