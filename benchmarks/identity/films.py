"""Films cut from scenes: separated shots of each, changed, among shots of the others.

Every shot of a scene but its first is cropped, and some are mirrored, lighter or darker, and
grainy, so that no two of them are the same to a network; the truth goes the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from vidcolor.color import rgb_to_lab
from vidcolor.stages.grid import color_grid

from ..flow.scenes import read_picture

WIDTH, HEIGHT = 336, 192
_LENGTH = 8
_SEED = 16


@dataclass(frozen=True)
class Scene:
    """Pictures of one place, in order.

    Attributes:
        name: of it.
        rgb: uint8 `(192, 336, 3)` each.
        masks: bool `(192, 336)` each, the thing that moves there; none where it is not known.
    """

    name: str
    rgb: list[np.ndarray]
    masks: list[np.ndarray]


@dataclass(frozen=True)
class Change:
    """What is done to the pictures of a shot.

    Attributes:
        start: number of its first picture in the scene.
        box: what is left of the image: left, top, right and bottom in pixels.
        mirrored: left is right.
        gamma, gain: of the luma.
        grain: standard deviation, in codes.
    """

    start: int
    box: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)
    mirrored: bool = False
    gamma: float = 1.0
    gain: float = 1.0
    grain: float = 0.0

    def moved(self, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """An image of the scene, of any size, as it lies in the shot, at `(width, height)`."""
        h, w = image.shape[:2]
        left, top, right, bottom = self.box
        rows = slice(round(top * h / HEIGHT), round(bottom * h / HEIGHT))
        columns = slice(round(left * w / WIDTH), round(right * w / WIDTH))
        part = image[rows, columns]
        part = part[:, ::-1] if self.mirrored else part
        return np.asarray(
            cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA)
        )


@dataclass(frozen=True)
class CutShot:
    """A shot of the film.

    Attributes:
        scene: number of the scene.
        change: what was done.
        first: number of its first frame in the film.
    """

    scene: int
    change: Change
    first: int


@dataclass(frozen=True)
class CutFilm:
    """A film and its truth.

    Attributes:
        path: the file, gray, without loss.
        scenes: what it was cut from.
        shots: all of them, in order, each of the same length.
        L: float32 `(192, 336)` of each frame, as in the film.
        ab: float32 `(2, 96, 168)` of each frame, the truth on the color grid.
        masks: bool `(96, 168)` of each frame; none where they are not known.
    """

    path: Path
    scenes: list[Scene]
    shots: list[CutShot]
    L: list[np.ndarray]
    ab: list[np.ndarray]
    masks: list[np.ndarray]

    def frames(self, shot: CutShot) -> range:
        """Numbers of a shot's frames."""
        return range(shot.first, shot.first + _LENGTH)


def fitted(rgb: np.ndarray) -> np.ndarray:
    """The middle of an image in the films' shape and size."""
    h, w = rgb.shape[:2]
    scale = min(h / HEIGHT, w / WIDTH)
    height, width = round(HEIGHT * scale), round(WIDTH * scale)
    top, left = (h - height) // 2, (w - width) // 2
    part = rgb[top : top + height, left : left + width]
    shrink = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (WIDTH, HEIGHT), interpolation=shrink))


def davis_scene(root: Path, name: str) -> Scene:
    """A sequence of DAVIS with its masks.

    Raises:
        SystemExit: pictures or masks are missing.
    """
    files = sorted((root / "JPEGImages" / "480p" / name).glob("*.jpg"))
    masks = [root / "Annotations" / "480p" / name / f"{f.stem}.png" for f in files]
    if not files or not all(m.is_file() for m in masks):
        raise SystemExit(f"{root}: pictures or masks of {name} are missing; see --root")
    rgb = [fitted(read_picture(f)[..., ::-1]) for f in files]
    inside = [fitted(read_picture(m))[..., 0] > 127 for m in masks]
    return Scene(name, rgb, inside)


def clip_scene(path: Path) -> Scene:
    """A clip, without masks."""
    with av.open(str(path)) as clip:
        clip.streams.video[0].thread_count = 1
        rgb = [fitted(f.to_ndarray(format="rgb24")) for f in clip.decode(video=0)]
    return Scene(path.stem, rgb, [])


def changes(scene: Scene, count: int, rng: np.random.Generator) -> list[Change]:
    """Shots of a scene: evenly over it, the first as it is."""
    last = len(scene.rgb) - _LENGTH
    starts = [round(last * k / max(1, count - 1)) for k in range(count)]
    found = [Change(starts[0])]
    for number, start in enumerate(starts[1:], start=1):
        share = rng.uniform(0.7, 0.9)
        width, height = round(WIDTH * share), round(HEIGHT * share)
        left, top = (int(rng.integers(n + 1)) for n in (WIDTH - width, HEIGHT - height))
        found.append(
            Change(
                start,
                (left, top, left + width, top + height),
                mirrored=number % 2 == 0,
                gamma=float(rng.uniform(0.8, 1.25)),
                gain=float(rng.uniform(0.85, 1.0)),
                grain=float(rng.uniform(0, 6)),
            )
        )
    return found


def make_film(path: Path, scenes: list[Scene], shots_each: int) -> CutFilm:
    """Cuts scenes into shots, mixes them and writes the film."""
    rng = np.random.default_rng(_SEED)
    every = [changes(scene, shots_each, rng) for scene in scenes]
    cut: list[CutShot] = []
    for number in range(shots_each):
        order = rng.permutation(len(scenes))
        if cut and len(scenes) > 1 and order[0] == cut[-1].scene:
            order = np.roll(order, 1)
        cut += [
            CutShot(int(s), every[s][number], _LENGTH * (len(cut) + k)) for k, s in enumerate(order)
        ]
    grid = color_grid((HEIGHT, WIDTH))
    lumas, light, true, masks = [], [], [], []
    for shot in cut:
        scene, change = scenes[shot.scene], shot.change
        for k in range(change.start, change.start + _LENGTH):
            rgb = change.moved(scene.rgb[k], (WIDTH, HEIGHT))
            luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) / 255
            luma = 255 * change.gain * luma**change.gamma
            luma = luma + rng.normal(0, 1, luma.shape) * change.grain
            lumas.append(np.clip(np.round(luma), 0, 255).astype(np.uint8))
            gray = torch.from_numpy(lumas[-1]).float()[None, None].expand(1, 3, -1, -1) / 255
            light.append(rgb_to_lab(gray)[0][0, 0].numpy())
            ab = rgb_to_lab(torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255)[1][0]
            true.append(small(ab.numpy(), grid))
            if scene.masks:
                inside = change.moved(scene.masks[k].astype(np.float32), grid[::-1])
                masks.append(inside > 0.5)
    _write(path, lumas)
    return CutFilm(path, scenes, cut, light, true, masks)


def small(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Planes `(C, h, w)` at a smaller size."""
    return np.stack([cv2.resize(p, size[::-1], interpolation=cv2.INTER_AREA) for p in planes])


def _write(path: Path, lumas: list[np.ndarray]) -> None:
    with av.open(str(path), "w") as film:
        track = film.add_stream("ffv1", rate=Fraction(24))
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "gray"
        for packet in _packets(track, lumas):
            film.mux(packet)


def _packets(track: av.VideoStream, lumas: list[np.ndarray]) -> Iterator[av.Packet]:
    for number, luma in enumerate(lumas):
        frame = av.VideoFrame.from_ndarray(luma, format="gray")
        frame.pts, frame.time_base = number, Fraction(1, 24)
        yield from track.encode(frame)
    yield from track.encode(None)
