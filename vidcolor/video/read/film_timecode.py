"""The time code of a film: of its picture track, of the track of time codes, of the file."""

from __future__ import annotations

from av.container import InputContainer
from av.stream import Stream

from ...timecode import Timecode
from .containers import readable

KEY, REEL = "timecode", "reel_name"


def film_timecode(container: InputContainer, video: Stream) -> Timecode | None:
    """The time code of the first frame, None where the file has none."""
    others = [s for s in container.streams if s.type == "data"]
    for tags in (video.metadata, *(s.metadata for s in others), container.metadata):
        said = {key.lower(): value for key, value in readable(tags).items()}.get(KEY)
        if said is not None and (code := Timecode.parse(_plain(said))) is not None:
            return code
    return None


def film_reel(container: InputContainer, video: Stream) -> str | None:
    """The name of the reel or tape that the time code counts, None where nothing is said."""
    others = [s for s in container.streams if s.type == "data"]
    for tags in (video.metadata, *(s.metadata for s in others), container.metadata):
        said = {key.lower(): value for key, value in readable(tags).items()}.get(REEL)
        if said:
            return said
    return None


def is_timecode_track(stream: Stream) -> bool:
    """Whether a data track holds nothing but time codes, which libav writes anew from the tag."""
    tags = readable(stream.metadata)
    return stream.type == "data" and (KEY in tags or "TimeCode" in tags.get("handler_name", ""))


def _plain(text: str) -> str:
    """Some writers set a point or a comma for the semicolon of drop-frame codes."""
    text = text.strip()
    return f"{text[:8]};{text[9:]}" if text[8:9] in (".", ",") else text
