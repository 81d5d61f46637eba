"""A look at a few frames before hours of work: a contact sheet and a before | after clip."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from . import color
from .analysis.film_analysis import FilmAnalysis
from .components import Parts, build
from .config import EncodeConfig, RunConfig
from .errors import ConfigError, MediaError
from .files import fitting_name, write_whole
from .film import open_film, read_range
from .geometry import Size
from .guidance.guidance import Guidance
from .identity.film_agreement import film_agreement, images_for
from .known_film import with_shots_of
from .pipeline import color_frames
from .preview_choice import Stretch, stretches_worth_seeing
from .stages.values import ColoredFrame
from .told.current_guidance import CurrentGuidance, what_is_told
from .told.lock_results import LockResult, lock_results
from .types import ColorTags, Progress, VideoInfo
from .upsample import own_chroma
from .video.mux.mux import assemble
from .video.plan.place import check_means_folder
from .video.plan.plan import OutputPlan, plan_output
from .video.segments.segment import finish_segment, segment_writer
from .video.segments.sink import write_error
from .workers.workers import NetworkFacts

_COLUMNS = 4
_CELLS = 8
_CELL_SHORT_SIDE = 180
# as every player shows it, whatever the film's depth is
_SHOWN = EncodeConfig(codec="libx264", crf=18, preset="veryfast", tracks="none", depth=8)


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """What a preview made.

    Attributes:
        sheet: the contact sheet, PNG: each frame before and, below it, after.
        clip: the film's range, before on the left, after on the right.
        frames: frames in the clip.
        notes: what was chosen or found damaged; one line each.
        locks: what the places that must have a color reached, of those in the clip.
    """

    sheet: Path
    clip: Path
    frames: int
    notes: tuple[str, ...]
    locks: tuple[LockResult, ...] = ()


def make_preview(
    source: Path,
    folder: Path,
    config: RunConfig,
    *,
    tour: bool = False,
    overwrite: bool = False,
    parts: Parts | None = None,
    analysis: FilmAnalysis | Path | None = None,
    colors: Sequence[Path | str] = (),
    guidance: Guidance | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
) -> PreviewResult:
    """Colors the range of `config` and shows it beside the original.

    Args:
        source: the film.
        folder: where `NAME.preview.png` and `NAME.preview.mp4` are written.
        config: settings; `start` and `end` are the range.
        tour: show a few frames of each of the first shots of the range instead of all of it.
        overwrite: replace existing files.
        parts: networks that the caller keeps loaded; None = built here.
        analysis: whose shots are used, of the whole film or of more of it than the range.
        colors, guidance: what is said of the film's colors, see `run.colorize_video`.
        progress: called after every colored frame.
        analysis_progress: called after every analyzed frame.

    Raises:
        ConfigError: a file is there already, or the settings cannot be met.
        EntriesError: entries of `colors` cannot be used; a line for each.
        MediaError: `source` cannot be read or `folder` not be written to.
    """
    check_means_folder(folder)
    sheet, clip = (folder / fitting_name(source.stem, f".preview{e}") for e in (".png", ".mp4"))
    if sheet.exists() and not overwrite:
        raise ConfigError(f"{sheet}: exists already", hint="--overwrite replaces it")
    with open_film(source, config.film) as film:
        info = film.info
        told = what_is_told(film, config, colors, guidance)
        parts = parts or build(config)
        # of a preview that is refused, nothing is left
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise MediaError(f"{folder}: cannot be made ({err.strerror})") from err
        single = plan_output(info, clip, _SHOWN, overwrite=overwrite)
        plan = _side_by_side(single)
        images = images_for(film, config)
        known = film.analyze(analysis_progress, images)
        stretches = [Stretch(known.first_frame, known.end)]
        if analysis is not None:
            known = with_shots_of(known, analysis, film)
        agreement = film_agreement(film, known, config, NetworkFacts.of(parts), images=images)
        said = CurrentGuidance(told, known, agreement).all
        if tour:
            stretches = stretches_worth_seeing(source, config.film, info, known)
        total = sum(stretch.end - stretch.start for stretch in stretches)
        cells: list[np.ndarray] = []
        with TemporaryDirectory(prefix=".vidcolor-", dir=folder) as work:
            writer = segment_writer(plan, Path(work), 0)
            wanted, done = _evenly(total, stretches), 0
            reached: dict[str, list[tuple[int, float]]] = {}
            colored = _colored(source, info, known, config, single, parts, said, stretches)
            try:
                with closing(colored):
                    for done, item in enumerate(colored, start=1):
                        writer.write(
                            *_joined(item, info, plan.tags, pts=_pts(item, info, done, tour))
                        )
                        for name, distance in item.locks.items():
                            at = item.frame.index, round(distance, 2)
                            reached.setdefault(name, []).append(at)
                        if done - 1 in wanted:
                            cells.append(_cell(item, info, plan.tags))
                        if progress is not None:
                            progress(done, total)
                segment = finish_segment(writer, Path(work), 0, b"", locks=reached)
            except BaseException:
                writer.abort()
                raise
            notes = assemble(info, plan, [segment], trim_start=True)
            locks = lock_results(said.locks, [segment], known, stretches)
    smallest = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    data = cv2.imencode(".png", _sheet(cells)[..., ::-1], smallest)[1].tobytes()
    try:
        write_whole(sheet, data)
    except OSError as err:
        raise write_error(err, sheet) from err
    return PreviewResult(
        sheet,
        clip,
        done,
        (*parts.notes, *known.notes, *known.warnings, *told.notes, *notes),
        locks,
    )


def _side_by_side(plan: OutputPlan) -> OutputPlan:
    """The same film, twice as wide and silent."""
    width, height = plan.chroma_size
    return replace(
        plan,
        width=2 * plan.width,
        chroma_size=Size(2 * width, height),
        tracks=(),
        chapters=False,
    )


def _colored(
    source: Path,
    info: VideoInfo,
    analysis: FilmAnalysis,
    config: RunConfig,
    plan: OutputPlan,
    parts: Parts,
    said: Guidance | None,
    stretches: Sequence[Stretch],
) -> Generator[ColoredFrame, None, None]:
    """The frames of all stretches, colored; each stretch begins as a shot does."""
    for start, end in stretches:
        with (
            read_range(source, config.film, analysis, start, end) as frames,
            closing(
                color_frames(
                    frames,
                    info,
                    analysis,
                    plan.tags,
                    plan.chroma_size,
                    parts,
                    config,
                    guidance=said,
                )
            ) as colored,
        ):
            yield from colored


def _pts(item: ColoredFrame, info: VideoInfo, done: int, tour: bool) -> int:
    """When a frame is shown in the clip: a tour of shots has no gaps between them."""
    if not tour:
        return item.frame.pts
    step = max(1, round(1 / ((info.rate or 25) * info.time_base)))
    return round(info.start_time / info.time_base) + (done - 1) * step


def _joined(item: ColoredFrame, info: VideoInfo, tags: ColorTags, pts: int) -> tuple:
    frame = replace(item.frame, y=np.hstack((item.frame.y, item.frame.y)), pts=pts)
    before = _before(item, info, tags)
    return frame, np.hstack((before[0], item.u)), np.hstack((before[1], item.v))


def _before(item: ColoredFrame, info: VideoInfo, tags: ColorTags) -> tuple[np.ndarray, np.ndarray]:
    """Chroma of the frame before coloring: gray, or the film's own color where that is kept."""
    if item.frame.chroma is None:
        neutral = np.full_like(item.u, 2 ** (tags.depth - 1))
        return neutral, neutral
    return own_chroma(item.frame.chroma, Size(*item.u.shape[::-1]), info.tags, tags)


def _evenly(count: int, stretches: Sequence[Stretch]) -> set[int]:
    """Places in the clip of the frames that get onto the sheet: one of each stretch, or evenly."""
    if len(stretches) > 1:
        ends = list(accumulate(stretch.end - stretch.start for stretch in stretches))
        starts = [0, *ends[:-1]]
        return {(start + end) // 2 for start, end in zip(starts, ends, strict=True)}
    last = max(count - 1, 0)
    return {round(i * last / max(_CELLS - 1, 1)) for i in range(_CELLS)}


def _cell(item: ColoredFrame, info: VideoInfo, tags: ColorTags) -> np.ndarray:
    """The frame before and, below it, after: uint8 RGB, upright, in square pixels."""
    geometry = info.geometry
    size = geometry.before_turning(geometry.working_size(_CELL_SHORT_SIDE))
    eight_bit = replace(tags, depth=8)

    def small(plane: np.ndarray, depth: int) -> np.ndarray:
        codes = np.right_shift(plane, depth - 8).astype(np.uint8)
        return np.asarray(cv2.resize(codes, size, interpolation=cv2.INTER_AREA))

    y = small(item.frame.y, info.tags.depth)
    pair = []
    for chroma in (_before(item, info, tags), (item.u, item.v)):
        u, v = (small(plane, tags.depth) for plane in chroma)
        pair.append(geometry.to_upright(color.planes_to_rgb(y, u, v, eight_bit)))
    cell = np.ascontiguousarray(np.vstack(pair))
    seconds = float(item.frame.pts * info.time_base - info.start_time)
    label = f"{item.frame.index}  {seconds:.2f} s"
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.45
    (width, height), below = cv2.getTextSize(label, font, scale, 1)
    cell[: height + below + 6, : width + 10] //= 3
    cv2.putText(cell, label, (5, height + 3), font, scale, (255, 255, 255), 1)
    return cell


def _sheet(cells: list[np.ndarray]) -> np.ndarray:
    rows = [cells[i : i + _COLUMNS] for i in range(0, len(cells), _COLUMNS)]
    blank = np.zeros_like(cells[0])
    return np.vstack([np.hstack(r + [blank] * (min(_COLUMNS, len(cells)) - len(r))) for r in rows])
