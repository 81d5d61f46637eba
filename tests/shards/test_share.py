"""Who does what: every worker finds the same answer."""

from __future__ import annotations

import random

import pytest

from vidcolor.errors import ConfigError
from vidcolor.shards.share import Shard, divide
from vidcolor.units import Span


def spans(rng: random.Random, count: int) -> list[Span]:
    found, start = [], 7
    for number in range(count):
        end = start + rng.randint(1, 250)
        found.append(Span(number, start, end, continues=number > 0 and rng.random() < 0.3))
        start = end
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_unit_is_done_once_and_chains_stay_together(seed: int) -> None:
    rng = random.Random(seed)
    units = spans(rng, rng.randint(1, 60))
    count = rng.randint(1, 12)
    shares = [Shard(n, count).units(units) for n in range(1, count + 1)]
    assert [s.number for share in shares for s in share] == list(range(len(units)))
    for share in shares:
        assert not (share and share[0].continues and share[0].number)
    longest = max(sum(s.end - s.start for s in units[i:j]) for i, j in _chains(units))
    fair = sum(s.end - s.start for s in units) / count
    assert max(sum(s.end - s.start for s in share) for share in shares) <= fair + longest


def _chains(units: list[Span]) -> list[tuple[int, int]]:
    starts = [n for n, s in enumerate(units) if n == 0 or not s.continues]
    return list(zip(starts, [*starts[1:], len(units)], strict=True))


def test_films_are_divided_evenly_and_long_ones_by_units() -> None:
    sizes = {f"{n}": 10 for n in range(40)} | {"feature": 1000, "empty": 0}
    large, owner = divide(sizes, 4)
    assert large == {"feature"}
    assert set(owner) == sizes.keys() - large
    loads = [sum(sizes[n] for n, o in owner.items() if o == k) for k in range(1, 5)]
    assert max(loads) - min(loads) <= 10
    assert divide(dict(reversed(sizes.items())), 4) == (large, owner)
    assert divide(sizes, 1) == (set(), dict.fromkeys(sizes, 1))


@pytest.mark.parametrize(
    "text", ["", "2", "0/2", "3/2", "1/0", "1/2/3", "a/b", "-1/2", "1/100000000000"]
)
def test_wrong_shards(text: str) -> None:
    with pytest.raises(ConfigError, match="--shard"):
        Shard.parse(text)


def test_shards_are_written_as_they_are_read() -> None:
    assert str(Shard.parse(" 2/8 ")) == "2/8"
