"""A film whose file must stay as it is while it is read again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import MediaError, StoppedError
from .video.segments.fingerprint import is_mark_of


@contextmanager
def unchanged(source: Path, mark: Mapping[str, Any], doing: str) -> Iterator[None]:
    """Refuses what was made of a film that became another one on the way: it is of both.

    Args:
        source: the film.
        mark: its `source_mark` at the beginning.
        doing: what went on, for the message.

    Raises:
        MediaError: the film has changed.
    """
    try:
        yield
    except (MediaError, StoppedError):
        raise
    except Exception as err:
        # frames that are not there any more, and whatever else follows from that
        _refuse_another(source, mark, doing, err)
        raise
    _refuse_another(source, mark, doing)


def _refuse_another(
    source: Path, mark: Mapping[str, Any], doing: str, cause: Exception | None = None
) -> None:
    try:
        is_same = is_mark_of(mark, source)
    except OSError:
        is_same = False
    if not is_same:
        raise MediaError(
            f"{source}: has changed while it was {doing}",
            hint="wait until nothing writes it any more, then use --restart",
        ) from cause
