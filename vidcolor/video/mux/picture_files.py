"""The finished film as numbered pictures in a folder, or its only frame as one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import av.error

from ...errors import MediaError
from ...files import remove, sync_file
from ...types import VideoInfo
from ..plan.output_plan import OutputPlan
from ..plan.place import PICTURE
from ..read.containers import libav_name, open_input
from ..read.folder import find_pictures, is_intact_png, is_picture_folder
from ..segments.segment import Segment
from .scan_header import with_header_of


class PictureNames:
    """Names of the pictures, and the source's pictures that they are made of.

    Args:
        info: the film that was read.
        plan: what is written.
    """

    def __init__(self, info: VideoInfo, plan: OutputPlan) -> None:
        self._plan = plan
        self._sources: tuple[Path, ...] = ()
        if is_picture_folder(info.path):
            self._sources = find_pictures(info.path).pictures
        elif plan.container == PICTURE:
            self._sources = (info.path,)

    def path(self, folder: Path, frame: int) -> Path:
        """The picture of a frame, in `folder` where there are several."""
        if self._plan.container == PICTURE:
            return folder
        if self._plan.names is not None:
            return folder / (self._plan.names % frame)
        return folder / f"{self._sources[frame].stem}{self._plan.ending}"

    def source(self, frame: int) -> Path | None:
        """The source's picture of a frame, None where it is no picture file."""
        return self._sources[frame] if frame < len(self._sources) else None


def write_pictures(
    info: VideoInfo, plan: OutputPlan, segments: Sequence[Segment], part: Path
) -> None:
    """Writes a folder of pictures, or one.

    Args:
        info: the film that was read.
        plan: what is to be written.
        segments: coded pictures.
        part: the folder or file to write; what a killed run has left there is removed.

    Raises:
        MediaError: a damaged segment.
        OSError: a full disk.
    """
    remove(part)
    if plan.container != PICTURE:
        part.mkdir()
    names = PictureNames(info, plan)
    for frame, picture in _coded(segments):
        path = names.path(part, frame)
        path.write_bytes(with_header_of(names.source(frame), picture, plan.ending))
        sync_file(path)


def check_pictures(info: VideoInfo, plan: OutputPlan, segments: Sequence[Segment]) -> list[str]:
    """What is missing in the folder or damaged, a line each."""
    names = PictureNames(info, plan)
    wanted = [
        names.path(plan.output, segment.first_frame + n)
        for segment in segments
        for n in range(segment.frames)
    ]
    problems = []
    if plan.container != PICTURE:
        count = sum(1 for _ in plan.output.iterdir())
        if count != len(wanted):
            problems.append(f"{count} pictures, expected {len(wanted)}")
    wrong = [path for path in wanted if not _is_intact(path)]
    if wrong:
        problems.append(f"{wrong[0].name} is missing or damaged")
    return problems


def _is_intact(path: Path) -> bool:
    if not path.is_file():
        return False
    if path.suffix.lower() == ".png":
        return is_intact_png(path)
    try:
        with av.open(libav_name(path), container_options={"pattern_type": "none"}) as picture:
            return next(picture.decode(video=0), None) is not None
    except (av.error.FFmpegError, OSError, IndexError):
        return False


def _coded(segments: Sequence[Segment]) -> Iterator[tuple[int, bytes]]:
    """(number of the frame, file of the picture) of all segments."""
    for segment in segments:
        count = 0
        with open_input(segment.path) as file:
            for packet in file.demux(video=0):
                if packet.size:
                    yield segment.first_frame + count, bytes(packet)
                    count += 1
        if count != segment.frames:
            raise MediaError(
                f"{segment.path}: {count} of {segment.frames} pictures can be read",
                hint="run the same command again: damaged parts are done again",
            )
