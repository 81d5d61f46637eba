"""The header of the colored video track against the plan."""

from __future__ import annotations

import struct
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.buffer import Buffer
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ...geometry import Size
from ..plan.plan import OutputPlan
from ..read.containers import open_input
from ..read.film_timecode import film_timecode

_BT601_625, _BT601_525 = 5, 6


def header_problems(plan: OutputPlan, film: InputContainer, colored: VideoStream) -> list[str]:
    """Fields of the header that are not as planned.

    Args:
        plan: what was to be written.
        film: the finished film.
        colored: its colored video track.
    """
    problems: list[str] = []
    context = colored.codec_context
    aspect = Fraction(colored.sample_aspect_ratio or 1)
    planned = plan.sample_aspect_ratio or Fraction(1)
    if aspect != planned:
        problems.append(f"pixel aspect is {aspect}, planned {planned}")
    size, wanted = Size(context.width, context.height), Size(plan.width, plan.height)
    if size != wanted:
        problems.append(
            f"frame size is {size.width}x{size.height}, planned {wanted.width}x{wanted.height}"
        )
    written = (int(context.colorspace), int(context.color_range))
    said = plan.held_color or (plan.tags.colorspace, 2 if plan.tags.full_range else 1)
    # both codes of BT.601, for 525 and 625 lines, are the same matrix
    alike = tuple(code if code != _BT601_625 else _BT601_525 for code in (written[0], said[0]))
    if not plan.encoding.is_rgb and (alike[0] != alike[1] or written[1] != said[1]):
        problems.append(f"color tags (matrix, range) are {written}, planned {said}")
    code = film_timecode(film, colored)
    if plan.timecode is not None and str(code) != plan.timecode:
        problems.append(f"the time code is {code or 'missing'}, planned {plan.timecode}")
    covers = sum(bool(s.disposition & Disposition.attached_pic) for s in film.streams.video)
    kinds = Counter(t.kind for t in plan.tracks)
    if covers != kinds["cover"]:
        problems.append(f"{covers} covers, planned {kinds['cover']}")
    return problems


def rotation_problems(plan: OutputPlan, output: Path, index: int) -> list[str]:
    """A rotation that is missing or changed; PyAV reads it from decoded frames only.

    Args:
        plan: what was to be written.
        output: the finished film.
        index: of its colored video track.

    Raises:
        MediaError: the film cannot be read.
    """
    if plan.container == "mpegts":
        return []
    with open_input(output) as film:
        frame = next(film.decode(film.streams[index]), None)
    matrix = None if frame is None else frame.side_data.get("DISPLAYMATRIX")
    there = struct.unpack("=9i", bytes(cast("Buffer", matrix))) if matrix else None
    return [] if there == plan.display_matrix else ["the rotation is missing or changed"]
