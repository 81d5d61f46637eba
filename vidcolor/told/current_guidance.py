"""What is said of a film's colors at the moment: edits count from the next unit on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import ConfigError, EntriesError
from ..guidance.guidance import Guidance, Lock, check_guidance
from .told_colors import ToldColors, color_files

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..config import RunConfig
    from ..film import Film
    from ..guidance.wide import Wide
    from ..identity.agreement import Agreement
    from ..units import Span


class Told(Protocol):
    """Where it comes from."""

    @property
    def notes(self) -> Sequence[str]:
        """What was found, one line each; complete after `guidance`."""
        ...

    @property
    def wide(self) -> Sequence[Wide]:
        """What is said on key frames and counts in other shots too; after `guidance`."""
        ...

    def check(self, analysis: FilmAnalysis | None = None) -> None:
        """Raises `EntriesError` where `guidance` would, as far as that is known before it."""
        ...

    def guidance(
        self, analysis: FilmAnalysis, key_frames: Collection[int] = frozenset()
    ) -> Guidance:
        """Everything that is said of the frames of an analysis.

        What is said on `key_frames` counts in its own shot alone: what it says of others is left
        to `wide`.
        """
        ...

    def has_changed(self) -> bool:
        """Whether `guidance` would give another answer than the last time."""
        ...


class ToldInPython:
    """Values that a caller made, in the place of files."""

    notes = ()
    wide = ()

    def __init__(self, guidance: Guidance) -> None:
        self._guidance = guidance

    def check(self, analysis: FilmAnalysis | None = None) -> None:
        """Values were checked when they were made."""

    def guidance(
        self, analysis: FilmAnalysis, key_frames: Collection[int] = frozenset()
    ) -> Guidance:
        """What concerns the frames of an analysis."""
        return self._guidance.part(analysis.first_frame, analysis.end)

    def has_changed(self) -> bool:
        """Never."""
        return False


def what_is_told(
    film: Film,
    config: RunConfig,
    colors: Sequence[Path | str],
    guidance: Guidance | None = None,
    analysis: FilmAnalysis | None = None,
) -> Told:
    """Where that comes from what is said of a film's colors, read once to find what is wrong.

    Args:
        film, config, colors, guidance: see `run.colorize_video`.
        analysis: of the film, where it is known already: numbers of shots are looked at too.

    Raises:
        ConfigError: a file is missing. EntriesError: entries cannot be used; a line for each.
    """
    check_guidance(guidance)
    if guidance is not None:
        return ToldInPython(guidance)
    if isinstance(colors, str | Path):
        raise ConfigError(f"colors is {colors!r}: a list of files and folders is needed")
    told = ToldColors(color_files(film.path, [Path(c) for c in colors]), film, config.work_size)
    told.check(analysis)
    return told


class CurrentGuidance:
    """The last good state of what is said of a film's colors.

    Args:
        told: where it comes from.
        analysis: of the film.
        agreement: what the film's shots agree on; None = each is colored by itself.

    Attributes:
        warnings: edits that could not be used, a line for each bad entry.

    Raises:
        EntriesError: entries are bad at the beginning.
    """

    def __init__(
        self, told: Told, analysis: FilmAnalysis, agreement: Agreement | None = None
    ) -> None:
        self.warnings: list[str] = []
        self._agreement = agreement
        self._told, self._analysis = told, analysis
        self._last = self._read()

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return bool(self._last)

    @property
    def all(self) -> Guidance:
        """What concerns all frames."""
        return self._last

    @property
    def locks(self) -> Sequence[Lock]:
        """Places that must have a color."""
        return self._last.locks

    @property
    def notes(self) -> Sequence[str]:
        """What was found, one line each."""
        return self._told.notes

    def refresh(self) -> None:
        """Reads again what has changed; of a bad edit the state before it stays."""
        if not self._told.has_changed():
            return
        try:
            self._last = self._read()
        except EntriesError as err:
            lines = (f"edited during the run and not used: {line}" for line in err.lines)
            self.warnings += [line for line in lines if line not in self.warnings]

    def of(self, span: Span) -> Guidance:
        """What concerns the shots of a unit: all their frames, for colors travel through shots."""
        part = self._analysis.part(span.start, span.end)
        return self._last.part(part.first_frame, part.end)

    def _read(self) -> Guidance:
        if self._agreement is None:
            return self._told.guidance(self._analysis)
        key_frames = frozenset(self._agreement.bank.frames.tolist())
        said = self._told.guidance(self._analysis, key_frames)
        return replace(said, agreed=self._agreement.colors(self._told.wide))
