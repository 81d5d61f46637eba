"""One of the other tracks before and after."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .packets import TrackPackets


class TrackPair:
    """A copied or converted track in the source and in the film.

    Args:
        label: its name in messages.
        source, film: its packets before and after.
        step: seconds by which times of the source are later than the film's.
    """

    def __init__(
        self, label: str, source: TrackPackets, film: TrackPackets, step: Fraction
    ) -> None:
        self._label, self._source, self._film, self._step = label, source, film, step

    def emptiness(self, *, is_part: bool) -> list[str]:
        """Whether nothing is left of it."""
        if self._film.marks or is_part or not self._source.marks:
            return []
        return [f"{self._label} is empty"]

    def problems(self, slack: Fraction, *, is_part: bool, comparable: bool) -> list[str]:
        """What is missing, changed or out of step.

        Args:
            slack: seconds of drift that rounding explains.
            is_part: the film holds a range of the source.
            comparable: packets are the same bytes; headers come and go with transport streams.
        """
        if not self._film.marks or not self._source.marks:
            return self.emptiness(is_part=is_part)
        if self._source.is_pcm and self._film.is_pcm:
            return self._pcm_problems(slack, is_part=is_part, comparable=comparable)
        label, source, film = self._label, self._source.marks, self._film.marks
        where = 0
        if is_part:
            if not comparable:
                return []
            # silence is the same packet again and again: the one at the right time counts
            same = [number for number, mark in enumerate(source) if mark == film[0]]
            if not same:
                return [f"{label} is not the source's"]
            where = min(same, key=lambda number: abs(self._drifts(number, number + 1)[0]))
        elif len(film) != len(source):
            return [f"{label} has {len(film)} packets, not {len(source)}"]
        if comparable and source[where : where + len(film)] != film:
            return [f"{label} is not the source's to the bit"]
        return self._step_problems(where, len(film), slack)

    def _pcm_problems(self, slack: Fraction, *, is_part: bool, comparable: bool) -> list[str]:
        """PCM is one stream of samples: muxers group them as they like."""
        source, film = self._source, self._film
        if not is_part and comparable:
            if sum(source.sizes) != sum(film.sizes):
                return [f"{self._label} has {sum(film.sizes)} bytes, not {sum(source.sizes)}"]
            if source.samples.digest() != film.samples.digest():
                return [f"{self._label} is not the source's to the bit"]
        if source.restarts or is_part:
            return []
        worst = self._sample_drift()
        if abs(worst) > slack:
            return [f"{self._label} is {1000 * worst:.0f} ms out of step with the video"]
        return []

    def _sample_drift(self) -> float:
        """Seconds by which a sample is later than in the source, of the sample that is most so."""
        source, film = self._source, self._film
        starts = np.cumsum([0, *source.sizes[:-1]])
        firsts = np.cumsum([0, *film.sizes[:-1]])
        if source.byte_rate is None:
            firsts = firsts[:1]
        packet = np.searchsorted(starts, firsts, side="right") - 1
        wanted = np.asarray(source.ticks)[packet] * float(source.base)
        wanted = wanted + (firsts - starts[packet]) / (source.byte_rate or 1)
        there = np.asarray(film.ticks)[: len(firsts)] * float(film.base)
        drifts = there - wanted + float(self._step)
        return float(drifts[np.abs(drifts).argmax()])

    def _step_problems(self, where: int, count: int, slack: Fraction) -> list[str]:
        # joined recordings are moved one by one, and a lone packet may lie half before the film,
        # where MP4 cannot begin
        if self._source.restarts or len(self._film.marks) == 1:
            return []
        drifts = self._drifts(where, where + count)
        # a time behind an earlier one cannot be written
        times = np.asarray(self._source.ticks[where : where + count])
        drifts = drifts[times >= np.maximum.accumulate(times)]
        worst = drifts[np.abs(drifts).argmax()]
        if abs(worst) > slack:
            return [f"{self._label} is {1000 * worst:.0f} ms out of step with the video"]
        return []

    def _drifts(self, begin: int, end: int) -> np.ndarray:
        """Seconds by which the film's packets are later than those of the source from `begin`."""
        source = np.asarray(self._source.ticks[begin:end]) * float(self._source.base)
        film = np.asarray(self._film.ticks[: end - begin]) * float(self._film.base)
        return film - source + float(self._step)
