"""A film's bank: found with unfinished work, or made before the first unit."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from ..errors import ConfigError, MediaError
from ..files import sha256_of, studio_folder, write_whole
from ..stopping import stoppable_progress
from ..weights import files as weights
from .bank import VERSION, Bank, bank_of_looks
from .key_frames import frames_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..analysis.film_analysis import FilmAnalysis
    from ..analysis.key_images import KeyImages
    from ..config import RunConfig
    from ..film import Film
    from ..stopping import ShouldStop
    from ..types import Progress

NAME = "identity.npz"


def bank_of(
    film: Film,
    analysis: FilmAnalysis,
    config: RunConfig,
    device: str,
    *,
    folder: Path | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    keep: bool = True,
    least_shots: int = 2,
    images: KeyImages | None = None,
) -> Bank | None:
    """The bank of a film; None where fewer of its shots are to be colored than asked for.

    One that the film's studio made serves too.

    Args:
        film, analysis, config: the film, and how it is colored.
        device: torch's name of the device that the run's networks are on.
        folder: of unfinished work, where it is kept; None = nowhere.
        progress: called after every key frame that is looked at.
        should_stop: asked after each.
        keep: write a bank that was made to `folder`.
        least_shots: that make a bank worth its time, at least 1.
        images: that the analysis kept of key frames, see `key_frames.images_at`.

    Raises:
        MediaError: the film cannot be read, or the bank not be written.
        StoppedError: `should_stop` said so.
    """
    wanted = frames_of(analysis)
    if len({shot for _, shot, _ in wanted}) < least_shots:
        return None
    mark = _mark(analysis, config, device, wanted)
    for place in (folder, studio_folder(film.path)):
        stored = None if place is None else _stored(place / NAME, mark)
        if stored is not None:
            return stored

    show = stoppable_progress(
        progress,
        should_stop,
        "the film's key frames were compared",
        hint="the same command begins there again",
    )
    bank = _made(film, analysis, config, device, mark, show, images)
    if folder is not None and keep:
        path = folder / NAME
        try:
            write_whole(path, bank.to_bytes(), shared=True)
        except OSError as err:
            raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
    return bank


def _made(
    film: Film,
    analysis: FilmAnalysis,
    config: RunConfig,
    device: str,
    mark: str,
    progress: Progress,
    images: KeyImages | None,
) -> Bank:
    from ..colorizers.base import load
    from ..components import choose_device, load_colorizer
    from .look import look_at_key_frames

    try:
        device = choose_device(device)
    except ConfigError:
        # the units are colored by other machines
        device = "cpu"
    network = load(device)
    colorizer = network if config.model == "base" else load_colorizer(config.model, device)
    looks = look_at_key_frames(film, analysis, config, network, colorizer, device, progress, images)
    return bank_of_looks(mark, list(looks))


def _mark(
    analysis: FilmAnalysis, config: RunConfig, device: str, wanted: list[tuple[int, int, float]]
) -> str:
    """Tells banks apart that were made of other frames or by other networks."""
    made_of = [
        VERSION,
        # a copy of the film has another date
        {name: value for name, value in analysis.source.items() if name != "mtime_ns"},
        analysis.settings,
        device,
        analysis.color_hash(),
        [(n, s) for n, s, _ in wanted],
        config.model,
        config.work_size,
        sha256_of(weights.require_file("base.safetensors")),
    ]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def _stored(path: Path, mark: str) -> Bank | None:
    try:
        bank = Bank.from_bytes(path.read_bytes())
    except (OSError, ConfigError):
        return None
    return bank if bank.mark == mark else None
