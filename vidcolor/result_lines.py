"""What people are told of a finished film or a preview, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .identity.film_questions import question_text

if TYPE_CHECKING:
    from .run import RunResult
    from .told.lock_results import LockResult


def lock_lines(locks: Sequence[LockResult]) -> list[str]:
    """What each lock reached, and where it was lost."""
    return [lock.text() for lock in locks]


def report_lines(result: RunResult) -> list[str]:
    """What a report says of a run: its locks, and what is worth asking."""
    return [*lock_lines(result.locks), *(question_text(asked) for asked in result.questions)]


def summary_lines(
    locks: Sequence[LockResult],
    notes: Sequence[str],
    warnings: Sequence[str] = (),
    kept_work: Path | None = None,
) -> list[str]:
    """What the terminal says after the work.

    Args:
        locks, notes, warnings, kept_work: see `run.RunResult`.
    """
    lines = [*lock_lines(locks), *(f"note: {note}" for note in notes)]
    if kept_work is not None:
        size = sum(f.stat().st_size for f in kept_work.iterdir()) / 1e6
        lines.append(f"note: finished units kept in {kept_work} ({size:.0f} MB)")
    return [*lines, *(f"warning: {warning}" for warning in warnings)]
