"""Images of one thing are linked, two of a kind are not."""

from __future__ import annotations

import numpy as np

from vidcolor.identity.links import Links, find_links
from vidcolor.identity.look import Looked

REGIONS = 12


def portraits(shots: list[int], own: float = 0.42) -> Links:
    """Links of key frames, one a shot, of the persons that `shots` names, and of other things.

    A person's image is of parts that all persons have, a share `own` of which is that person's.
    """
    rng = np.random.default_rng(1)

    def drawn() -> np.ndarray:
        return rng.normal(size=(REGIONS, 96))

    parts = drawn()
    persons = [drawn() for _ in range(1 + max(shots))]
    images = [(1 - own) * parts + own * persons[n] + 0.25 * drawn() for n in shots]
    images += [drawn() for _ in range(12)]
    looks = []
    for number, image in enumerate(images):
        means = np.full((REGIONS, 5), 0.5, np.float32)
        means[:, 4] = 1 / REGIONS
        looks.append(
            Looked(
                frame=10 * number,
                shot=number,
                seconds=1.0,
                box=(0, 0, 1, 1),
                labels=np.arange(REGIONS, dtype=np.uint8)[None],
                ab=np.zeros((2, 1, REGIONS), np.float16),
                levels=tuple(image.astype(np.float16) for _ in range(3)),
                means=means,
                unsure=np.full(REGIONS, 0.5, np.float32),
                likeliest=np.zeros((REGIONS, 5, 3), np.float32),
                places=np.zeros((REGIONS, 2), np.float32),
            )
        )
    return find_links(looks)


def linked(found: Links) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for a, b in found.links // REGIONS}


def test_two_portraits_are_not_one_where_each_is_seen_again() -> None:
    found = portraits([0, 1, 0, 1])
    assert linked(found) == {(0, 2), (1, 3)}
    groups = found.settings[:4].tolist()
    assert groups[0] == groups[2] != groups[1] == groups[3]
    # each part with itself
    assert all(a % REGIONS == b % REGIONS for a, b in found.links[found.sure > 0.5])


def test_a_portrait_that_is_seen_once_cannot_be_told_from_others() -> None:
    assert linked(portraits([0, 1])) == {(0, 1)}
    assert linked(portraits([0, 1, 0])) == {(0, 1), (0, 2), (1, 2)}
