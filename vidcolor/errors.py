"""What can go wrong, told to a person: one line, a way out, an exit status."""

from __future__ import annotations


class VidcolorError(Exception):
    """An error the user can act on.

    Attributes:
        hint: the way out, one line, or None.
        exit_status: status the command line ends with.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        # libraries speak in paragraphs, and file names may hold line breaks
        super().__init__(" ".join(message.splitlines()))
        self.hint = None if hint is None else " ".join(hint.splitlines())


class ConfigError(VidcolorError):
    """Settings that contradict themselves or cannot be met (exit status 2)."""

    exit_status = 2


class MediaError(VidcolorError):
    """A file that cannot be read or written as asked (exit status 3)."""

    exit_status = 3


class WeightsError(VidcolorError):
    """Weights that are missing, damaged or not what they claim to be (exit status 4)."""

    exit_status = 4


class PluginError(VidcolorError):
    """An unknown name, or a plug-in that does not load (exit status 5)."""

    exit_status = 5


class MemoryLimitError(VidcolorError):
    """Not enough memory, not even for the smallest settings (exit status 8)."""

    exit_status = 8


class StoppedError(VidcolorError):
    """A run that was asked to stop, and did where it can be taken up again (exit status 130)."""

    exit_status = 130


class VerifyError(VidcolorError):
    """A finished film that is not what its source was but for color (exit status 7)."""

    exit_status = 7


class ResumeError(VidcolorError):
    """Unfinished work that was begun with other settings (exit status 6)."""

    exit_status = 6
