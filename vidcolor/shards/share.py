"""Which units are whose: every worker finds the same answer without asking the others."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigError

if TYPE_CHECKING:
    from ..units import Span

_TEXT = re.compile(r"(\d+)/(\d+)")
_MOST_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several workers.

    Attributes:
        number: from 1.
        count: of all workers.
    """

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ConfigError(f"--shard {self}: there are shards 1 to {self.count}")

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From `2/8`.

        Raises:
            ConfigError: it is not so written, or there is no such shard.
        """
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise ConfigError(f"--shard {text}: not of the form 2/8")
        if len(match[2]) > _MOST_DIGITS:
            raise ConfigError(f"--shard {text}: too many")
        return cls(int(match[1]), int(match[2]))

    def units(self, spans: Sequence[Span]) -> list[Span]:
        """Units of this shard: consecutive ones of about as many frames as the others have.

        Units that continue a shot stay with the one that begins it.
        """
        chains: list[list[Span]] = []
        for span in spans:
            if span.continues and chains:
                chains[-1].append(span)
            else:
                chains.append([span])
        frames = sum(span.end - span.start for span in spans)
        mine: list[Span] = []
        before = 0
        for chain in chains:
            length = chain[-1].end - chain[0].start
            # the shard in whose part of the film the middle of the chain lies
            if (2 * before + length) * self.count // (2 * frames) == self.number - 1:
                mine += chain
            before += length
        return mine


def divide(sizes: Mapping[str, int], count: int) -> tuple[set[str], dict[str, int]]:
    """Divides films among workers.

    Args:
        sizes: of all films, in any unit, by name.
        count: of workers.

    Returns:
        Films that are larger than the fair share of one worker, whose units are to be divided, and
        for each of the others the number of the worker, from 1, that does the whole of it.
    """
    fair = sum(sizes.values()) / count
    large = {name for name, size in sizes.items() if size > fair and count > 1}
    loads = [0] * count
    owner: dict[str, int] = {}
    # the largest first, each to the one that has the least
    for name in sorted(sizes.keys() - large, key=lambda n: (-sizes[n], n)):
        least = min(range(count), key=lambda n: (loads[n], n))
        loads[least] += max(sizes[name], 1)
        owner[name] = least + 1
    return large, owner
