"""Films joined of real shots, whose cuts, dissolves, fades and accidents are known.

A film is a list of small luma pictures, uint8 `(144, 192)`; color says nothing of shots here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 192, 144
_SHORTEST, _LONGEST = 24, 90


@dataclass(frozen=True)
class Transition:
    """How one shot gives way to the next.

    Attributes:
        kind: "cut", "dissolve", or "fade" (to black and up again).
        start: number of the first frame that is not of the old shot alone.
        end: number of the first frame that is of the new shot alone; equal to `start` for a cut.
    """

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class ShotFilm:
    """A film and what is in it.

    Attributes:
        pictures: uint8 `(144, 192)` each.
        transitions: in order.
        accidents: numbers of frames with a flash or a damage of the whole picture.
        aged: has grain, flicker, weave, scratches and dust.
    """

    pictures: list[np.ndarray]
    transitions: list[Transition]
    accidents: list[int]
    aged: bool


def scene_of(path: Path) -> str:
    """What shots of the same scene have in common."""
    return path.stem.rsplit("-", 1)[0]


def clips_of(folder: Path, half: int) -> list[Path]:
    """The clips of one `half` (0 or 1) of all scenes; no scene is in both."""
    paths = sorted(folder.glob("*.mp4"))
    return [p for p in paths if zlib.crc32(scene_of(p).encode()) % 2 == half]


def read_luma(path: Path) -> list[np.ndarray]:
    """Luma of all frames, `(144, 192)` each."""
    found = []
    with av.open(str(path)) as clip:
        clip.streams.video[0].thread_count = 1
        for frame in clip.decode(video=0):
            plane = frame.planes[0]
            lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            picture = lines[: frame.height, : frame.width]
            found.append(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    return found


def make_film(clips: list[Path], shots: int, rng: np.random.Generator, *, aged: bool) -> ShotFilm:
    """Joins `shots` randomly chosen `clips`: half by cuts, 35 % by dissolves of 8 to 24 frames,
    15 % by fades; about every second shot has a flash or, if `aged`, a damaged frame."""
    pictures: list[np.ndarray] = []
    transitions: list[Transition] = []
    accidents: list[int] = []
    scene = ""
    overlap = 0  # frames of the film's end that the next shot is mixed into
    kind = "cut"
    for number in range(shots):
        while True:
            path = clips[int(rng.integers(len(clips)))]
            shot = (
                [p.astype(np.float32) for p in read_luma(path)] if scene_of(path) != scene else []
            )
            length = min(len(shot), int(rng.integers(_SHORTEST, _LONGEST)))
            if length >= max(24, 2 * overlap + 8):
                break
        scene = scene_of(path)
        first = int(rng.integers(len(shot) - length + 1))
        shot = shot[first : first + length]
        start = len(pictures) - overlap
        if number:
            end = _join(pictures, shot, kind, overlap, rng)
            transitions.append(Transition(kind, start, end))
        else:
            pictures.extend(shot)
        kind = str(rng.choice(["cut", "dissolve", "fade"], p=[0.5, 0.35, 0.15]))
        longest = min(24, length // 2 - 4)
        overlap = int(rng.integers(8, longest + 1)) if kind != "cut" else 0
        if rng.random() < 0.5:
            # in the quiet middle of the shot: an accident in a transition has no right answer
            at = len(pictures) - max(overlap, 1) - int(rng.integers(4, 10))
            accidents += _accident(pictures, at, rng, aged=aged)
    if aged:
        pictures = _age(pictures, rng)
    whole = [np.clip(p, 0, 255).astype(np.uint8) for p in pictures]
    return ShotFilm(whole, transitions, accidents, aged)


def _join(
    pictures: list[np.ndarray],
    shot: list[np.ndarray],
    kind: str,
    overlap: int,
    rng: np.random.Generator,
) -> int:
    """Puts `shot` behind `pictures`; returns the number of the first frame of `shot` alone."""
    if kind == "fade":
        for i in range(overlap):
            pictures[-overlap + i] = 16 + (pictures[-overlap + i] - 16) * (1 - (i + 1) / overlap)
        black = int(rng.integers(0, 8))
        pictures.extend(np.full((HEIGHT, WIDTH), 16, np.float32) for _ in range(black))
        rise = [16 + (p - 16) * (i + 1) / (overlap + 1) for i, p in enumerate(shot[:overlap])]
        pictures.extend(rise)
    else:
        for i in range(overlap):
            share = (i + 1) / (overlap + 1)
            pictures[-overlap + i] = (1 - share) * pictures[-overlap + i] + share * shot[i]
    end = len(pictures)
    pictures.extend(shot[overlap:])
    return end


def _accident(
    pictures: list[np.ndarray], at: int, rng: np.random.Generator, *, aged: bool
) -> list[int]:
    """A flash of one to three frames or, on aged film, a frame that is torn, blotched or lost."""
    kind = str(rng.choice(["flash", "torn", "blotch", "lost"])) if aged else "flash"
    frames = [at + i for i in range(int(rng.integers(1, 4)) if kind == "flash" else 1)]
    for i in frames:
        if kind == "flash":
            pictures[i] = pictures[i] * rng.uniform(1, 1.6) + rng.uniform(40, 160)
        elif kind == "torn":
            line = int(rng.integers(HEIGHT // 4, 3 * HEIGHT // 4))
            lower = np.roll(pictures[i][line:], int(rng.integers(20, 90)), axis=1)
            pictures[i] = np.concatenate([pictures[i][:line], lower])
        elif kind == "blotch":
            cells = rng.normal(size=(4, 5)).astype(np.float32)
            field = cv2.resize(cells, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
            pictures[i] = np.where(field > 0.2, rng.uniform(0, 255), pictures[i])
        else:
            noise = rng.normal(128, 50, (HEIGHT // 4, WIDTH // 4)).astype(np.float32)
            pictures[i] = cv2.resize(noise, (WIDTH, HEIGHT))
    return frames


def _age(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Grain, flicker of brightness and contrast, weave, scratches and dust."""
    grain, flicker, weave = rng.uniform(2, 8), rng.uniform(1, 8), rng.uniform(0.2, 1.2)
    found = []
    for picture in pictures:
        dx, dy = rng.normal(0, weave, 2)
        moved = cv2.warpAffine(
            picture,
            np.array([[1, 0, dx], [0, 1, dy]]),
            (WIDTH, HEIGHT),
            borderMode=cv2.BORDER_REPLICATE,
        )
        aged = (moved - 128) * (1 + rng.normal(0, flicker / 100)) + 128 + rng.normal(0, flicker)
        for x in rng.integers(0, WIDTH, int(rng.integers(0, 3))):
            aged[:, x] += rng.uniform(-60, 90)
        for _ in range(int(rng.poisson(2))):
            x, y, size = rng.integers(0, WIDTH), rng.integers(0, HEIGHT), rng.integers(1, 6)
            cv2.circle(aged, (int(x), int(y)), int(size), float(rng.choice([10, 245])), -1)
        found.append(aged + rng.normal(0, grain, aged.shape).astype(np.float32))
    return found
