"""Errors for users: a one-line message, a hint, and an exit status."""

from __future__ import annotations

from collections.abc import Sequence

SEE_WHERE = "VIDCOLOR_DEBUG=1 shows where in its code"
"""Hint on an error in somebody else's code."""


class VidcolorError(Exception):
    """An error the user can act on.

    Attributes:
        lines: the message; one line, more where several things are wrong at once.
        hint: what to do about it, one line, or None.
        exit_status: exit status of the command line.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        # messages of libraries span several lines, and file names may contain line breaks
        line = " ".join(message.splitlines())
        super().__init__(line)
        self.lines: tuple[str, ...] = (line,)
        self.hint = None if hint is None else " ".join(hint.splitlines())


class ConfigError(VidcolorError):
    """Settings that are invalid, contradictory or not available here (exit status 2)."""

    exit_status = 2


class EntriesError(ConfigError):
    """Entries of files that cannot be used, all of them at once (exit status 2).

    Args:
        lines: one for each entry: file, entry, reason.
    """

    def __init__(self, lines: Sequence[str], hint: str | None = None) -> None:
        super().__init__("; ".join(lines), hint)
        self.lines = tuple(" ".join(line.splitlines()) for line in lines)


class MediaError(VidcolorError):
    """A file that cannot be read, or not written as requested (exit status 3)."""

    exit_status = 3


class WeightsError(VidcolorError):
    """Weights that are missing, damaged or of another system (exit status 4)."""

    exit_status = 4


class PluginError(VidcolorError):
    """An unknown name, or a plug-in that cannot be loaded or fails (exit status 5)."""

    exit_status = 5


class MemoryLimitError(VidcolorError):
    """Not enough memory even with the smallest settings (exit status 8)."""

    exit_status = 8


class StoppedError(VidcolorError):
    """A run stopped on request, at a point from which it can resume (exit status 130)."""

    exit_status = 130


class VerifyError(VidcolorError):
    """A finished film that differs from its source in more than color (exit status 7)."""

    exit_status = 7


class ResumeError(VidcolorError):
    """Unfinished work that was started with other settings (exit status 6)."""

    exit_status = 6


class BusyError(ResumeError):
    """Work that another process is doing at the moment (exit status 6)."""


class UnfinishedError(VidcolorError):
    """A film that cannot be put together yet, for units of it are missing (exit status 6)."""

    exit_status = 6


def class_and_text(err: BaseException) -> str:
    """What an exception of somebody else's code says, with the name of its class."""
    return f"{type(err).__name__}: {err}" if str(err) else type(err).__name__
