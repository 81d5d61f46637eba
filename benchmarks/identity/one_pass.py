"""A process that compares the key frames of an analyzed film, and says what that takes.

python -m benchmarks.identity.one_pass FILM KNOWN RESULT, of which KNOWN is a pickle of the film's
analysis and of the images that it kept, and RESULT a JSON file to write.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.analysis.key_images import KeyImages
from vidcolor.colorizers.base import Base, load
from vidcolor.config import RunConfig
from vidcolor.film import Film, open_film
from vidcolor.identity.agreement import Agreement
from vidcolor.identity.bank import bank_of_looks
from vidcolor.identity.key_frames import frames_of, read_frames
from vidcolor.identity.look import Looked, look_at_key_frames
from vidcolor.identity.strength import STRENGTHS
from vidcolor.processors import available_cores, share_threads
from vidcolor.stages.lightness import resize, to_lightness

T = TypeVar("T")

_SAMPLE = 60
"""Key frames of which single steps are timed."""


class _Clock:
    """Seconds and processor time of steps, by their names."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[..., T], *args: Any) -> T:
        wall, processor = time.monotonic(), time.process_time()
        done = work(*args)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - wall
        self.processor[name] = self.processor.get(name, 0.0) + time.process_time() - processor
        return done


def measured(film_path: Path, known: Path) -> dict[str, Any]:
    """Times of the pass as a run makes it, and of single steps of some key frames."""
    analysis, images = pickle.loads(known.read_bytes())
    config, clock, steps = RunConfig(), _Clock(), _Clock()
    strength = STRENGTHS["normal"]
    assert strength is not None
    with open_film(film_path) as film:
        network = clock("loading", load, "cpu")
        looks = clock("looking", _looks, film, analysis, config, network, images)
        bank = clock("linking", bank_of_looks, "", looks)
        given = clock("agreeing", Agreement(bank, strength).colors)
        # single steps, one after the other
        numbers = [n for n, _, _ in frames_of(analysis)][: _SAMPLE + 1]
        info, size = film.info, film.info.geometry.working_size(config.work_size)
        read = read_frames(film, analysis, numbers, None)
        # the first opens the film
        next(read)
        for _ in numbers[1:]:
            steps("reading again", next, read)
        kept = read_frames(film, analysis, numbers, images)
        for item in islice(to_lightness(kept, info, analysis, size, "cpu"), 1, None):
            left, top, right, bottom = item.area
            L = resize(item.L[..., top:bottom, left:right].float(), network.size)
            _, logits = steps("network", network.encode_and_look, L)
            steps("colors", network.decoded, logits, L)
        read.close()
        kept.close()
    return {
        "cores": available_cores(),
        "key_frames": len(looks),
        "agreed": len(given),
        "links": len(bank.links),
        "seconds": clock.seconds,
        "processor": clock.processor,
        "steps_ms": {name: 1000 * s / (len(numbers) - 1) for name, s in steps.processor.items()},
    }


def _looks(
    film: Film, analysis: FilmAnalysis, config: RunConfig, network: Base, images: KeyImages
) -> list[Looked]:
    found = look_at_key_frames(film, analysis, config, network, network, "cpu", images=images)
    return list(found)


if __name__ == "__main__":
    share_threads()
    result = measured(Path(sys.argv[1]), Path(sys.argv[2]))
    Path(sys.argv[3]).write_text(json.dumps(result))
