"""Jumps inside a film that are checked picture by picture: libav's own land where they like."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from av.video.frame import VideoFrame

from .decoding import PictureDecoder
from .frame_index import FrameIndex

_STEPS_BACK_S = (0, 2, 20, 120)
"""Seconds before the target that are tried one after the other."""

_MAY_RESTART = 0x0200  # libav's AVFMT_TS_DISCONT: often several recordings in one file


def jump_to(decoder: PictureDecoder, index: FrameIndex, number: int) -> Iterator[VideoFrame] | None:
    """The film's pictures from picture `number` on.

    Args:
        decoder: stands anywhere, and is moved.
        index: timestamps of all pictures.
        number: the picture wanted first, less than `len(index)`.

    Returns:
        None where no jump ends before the picture on a key frame, or where the decoder gives
        other pictures on the way than the index has.
    """
    target = int(index.pts[number])
    for back_s in _STEPS_BACK_S:
        if not decoder.seek(target - int(back_s / index.time_base)):
            return None
        seen: list[int] = []  # timestamps only: the pictures of a long group would fill memory
        pictures = decoder.pictures()
        for picture in pictures:
            if picture.pts is None or picture.pts > target:
                break
            if not seen and not picture.key_frame:
                continue  # leans on pictures before the key frame, which were jumped over
            seen.append(picture.pts)
            if picture.pts == target:
                first = int(index.pts.searchsorted(seen[0]))
                if seen != index.pts[first : number + 1].tolist():
                    return None
                decoder.damaged.clear()
                return chain([picture], pictures)
    return None


def jump_behind(decoder: PictureDecoder, pts: int) -> Iterator[VideoFrame] | None:
    """The film's pictures later than `pts`, without an index.

    Returns:
        None where the file does not allow it: no timestamps, timestamps that may be there twice,
        or no jump that ends before `pts` on a key frame.
    """
    if int(decoder.container.format.flags) & _MAY_RESTART:
        return None
    for back_s in _STEPS_BACK_S:
        if not decoder.seek(pts - int(back_s / decoder.time_base)):
            return None
        is_before = False
        pictures = decoder.pictures()
        for picture in pictures:
            if picture.pts is None:
                return None
            is_before = is_before or (bool(picture.key_frame) and picture.pts <= pts)
            if picture.pts > pts:
                if not is_before:
                    break
                decoder.damaged.clear()
                return chain([picture], pictures)
        else:
            if is_before:
                return iter(())  # nothing comes after it
    return None
