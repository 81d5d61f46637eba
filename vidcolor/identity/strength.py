"""How much shots give way to each other. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Strength:
    """One of the settings.

    Attributes:
        pull: weight of a sure link between regions, against their own confidence.
        weight: how far colors move to those that were agreed on, where that is sure.
    """

    pull: float
    weight: float


STRENGTHS = {"off": None, "normal": Strength(16.0, 1.0), "strong": Strength(64.0, 1.0)}
"""By the name of the setting `identity`; None = every shot by itself."""
