"""What other film measures: the distributions a film's numbers are compared with.

`reference.json` was written by `python -m benchmarks reference`: clips in true color as they are,
and the same clips colored by this tool, frame by frame and refined. Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

TRUE, PLAIN, STEADIED = "true color", "frame by frame", "steadied"


@dataclass(frozen=True, slots=True)
class Reference:
    """Distributions over clips.

    Attributes:
        clips: how many there were.
        frames: how many frames of each were measured.
        values: by measure and kind, sorted, one value a clip.
    """

    clips: int
    frames: int
    values: Mapping[str, Mapping[str, Sequence[float]]]

    def quantile(self, key: str, kind: str, share: float) -> float:
        """The value below which that share of the clips lies, interpolated."""
        values = self.values[key][kind]
        place = share * (len(values) - 1)
        low = int(place)
        high = min(low + 1, len(values) - 1)
        return values[low] + (place - low) * (values[high] - values[low])

    def band(self, key: str, kind: str) -> tuple[float, float]:
        """Between which values eight clips of ten lie."""
        return self.quantile(key, kind, 0.1), self.quantile(key, kind, 0.9)


@lru_cache(maxsize=1)
def load_reference() -> Reference:
    """The distributions that come with vidcolor."""
    found = json.loads(files(__package__).joinpath("reference.json").read_text())
    return Reference(found["clips"], found["frames"], found["values"])
