"""How much a mean over few sequences may be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_RESAMPLES = 2000
_LEAST_SEQUENCES = 3

Number = dict[str, float | None]


class Bootstrap:
    """Percentile intervals of 95 % over sequences (Efron 1979), all from the same resamples.

    Args:
        count: sequences there are; below three, intervals are left out.
    """

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(0)
        self._picks = rng.integers(count, size=(_RESAMPLES, count))
        self._enough = count >= _LEAST_SEQUENCES

    def mean(self, values: Sequence[float | None]) -> Number:
        """Mean over sequences with its interval; None where undefined."""
        array = _array(values)
        return self._number(_mean(array), _mean(array[self._picks]))

    def ratio(self, values: Sequence[float | None], base: Sequence[float | None]) -> Number:
        """Mean of `values` over the mean of `base`, sequences resampled together."""
        top, bottom = _array(values), _array(base)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = _mean(top[self._picks]) / _mean(bottom[self._picks])
            return self._number(_mean(top) / _mean(bottom), drawn)

    def _number(self, value: Any, drawn: np.ndarray) -> Number:
        found: Number = {"mean": float(value) if np.isfinite(value) else None}
        if self._enough and np.isfinite(drawn).all():
            low, high = np.percentile(drawn, (2.5, 97.5))
            found |= {"low": float(low), "high": float(high)}
        return found


def _array(values: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the last dimension, sequences without a value left out."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0).sum(-1) / known.sum(-1)
