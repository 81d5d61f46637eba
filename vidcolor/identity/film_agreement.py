"""What a film's shots agree on, as a run needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .agreement import Agreement
from .key_frames import images_at
from .stored import bank_of
from .strength import STRENGTHS

if TYPE_CHECKING:
    from pathlib import Path

    from ..analysis.film_analysis import FilmAnalysis
    from ..analysis.key_images import KeyImages
    from ..config import RunConfig
    from ..film import Film
    from ..stopping import ShouldStop
    from ..types import Progress
    from ..workers.workers import NetworkFacts


def images_for(film: Film, config: RunConfig) -> KeyImages | None:
    """Where an analysis keeps what `film_agreement` looks at; None where nothing is asked for."""
    return None if STRENGTHS[config.identity] is None else images_at(film, config.work_size)


def film_agreement(
    film: Film,
    analysis: FilmAnalysis,
    config: RunConfig,
    networks: NetworkFacts,
    folder: Path | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    *,
    keep: bool = True,
    images: KeyImages | None = None,
) -> Agreement | None:
    """What the shots agree on; None where nothing is asked for or fewer than two are colored.

    Args:
        film, analysis, config: the film, and how it is colored.
        networks: of the run; without a flow, colors could not follow what moves.
        folder, progress, should_stop, keep, images: see `stored.bank_of`; the images are let go
            of, for coloring needs the memory.
    """
    strength = STRENGTHS[config.identity]
    bank = None
    if strength is not None and networks.flow != "none":
        bank = bank_of(
            film,
            analysis,
            config,
            networks.device,
            folder=folder,
            progress=progress,
            should_stop=should_stop,
            keep=keep,
            images=images,
        )
    if images is not None:
        images.clear()
    return None if bank is None or strength is None else Agreement(bank, strength)
