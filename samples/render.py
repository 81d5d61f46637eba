"""Makes the sample films of this folder from photographs that are free to use.

    pip install "vidcolor[samples]"
    python samples/render.py

Writes every film twice beside this file: NAME.color.mp4 and, with its color thrown away, NAME.mp4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage import data

WIDTH, HEIGHT, RATE = 480, 270, 24
SAMPLE_RATE = 48000
FOLDER = Path(__file__).resolve().parent
_BT601, _LIMITED = 6, 1

# fmt: off
ASTRONAUT = np.array([
    (18, 511), (20, 420), (22, 380), (28, 330), (38, 290), (50, 265), (70, 243), (100, 222),
    (113, 205), (118, 192), (122, 175), (135, 160), (155, 151), (183, 149), (181, 133),
    (172, 130), (165, 117), (156, 104), (153, 85), (154, 65), (162, 52), (180, 42), (195, 28),
    (215, 17), (237, 15), (258, 19), (275, 32), (290, 50), (299, 70), (301, 90), (296, 108),
    (285, 122), (275, 130), (268, 137), (262, 155), (256, 174), (275, 183), (293, 205),
    (303, 225), (305, 234), (318, 242), (335, 258), (345, 275), (352, 295), (358, 320),
    (361, 345), (375, 346), (400, 343), (425, 348), (450, 360), (475, 390), (490, 425),
    (496, 455), (508, 460), (511, 470), (511, 511),
])
# fmt: on
"""Outline of the person in `skimage.data.astronaut`, x and y in pixels."""


@dataclass(frozen=True)
class View:
    """What the camera sees: center in pixels of the photograph, width seen, angle in degrees."""

    x: float
    y: float
    width: float
    angle: float = 0.0

    def towards(self, other: View, share: float) -> View:
        """The view at `share` of the way; zooms by equal factors in equal times."""
        return View(
            self.x + share * (other.x - self.x),
            self.y + share * (other.y - self.y),
            self.width * (other.width / self.width) ** share,
            self.angle + share * (other.angle - self.angle),
        )

    def look(self, picture: np.ndarray) -> np.ndarray:
        """Float32 `(HEIGHT, WIDTH, channels)` of the picture, sub-pixel exact."""
        # drawn twice as large and averaged, so that small things do not flicker
        scale = 2 * WIDTH / self.width
        matrix = cv2.getRotationMatrix2D((self.x, self.y), self.angle, scale)
        matrix[:, 2] += (WIDTH - self.x, HEIGHT - self.y)
        large = cv2.warpAffine(
            picture.astype(np.float32), matrix, (2 * WIDTH, 2 * HEIGHT),
            flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101,
        )  # fmt: skip
        return cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def pan(picture: np.ndarray, start: View, end: View, frames: int) -> Iterator[np.ndarray]:
    """A photograph under a moving camera."""
    for share in _ease(frames):
        yield start.towards(end, share).look(picture)


def cut_out(picture: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """What lies inside an outline drawn by hand, as float32 RGBA with soft edges.

    The outline need only be right within a few pixels: the edge itself is found by GrabCut.
    """
    inside = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(inside, [outline.astype(np.int32)], 1)
    band = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    mask = np.where(inside == 1, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[cv2.erode(inside, band, borderValue=1) == 1] = cv2.GC_FGD
    mask[cv2.dilate(inside, band) == 0] = cv2.GC_BGD
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    solid = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    solid = cv2.medianBlur(solid, 5)
    solid = cv2.erode(solid, np.ones((3, 3), np.uint8), borderValue=1)
    alpha = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.0)
    return np.dstack([picture.astype(np.float32), alpha])


def in_front(
    person: np.ndarray,
    background: np.ndarray,
    person_views: tuple[View, View],
    background_views: tuple[View, View],
    frames: int,
) -> Iterator[np.ndarray]:
    """A cut-out that moves in its own way before a background that moves in its."""
    clear = np.zeros((512, 512, 4), np.float32)
    stage = np.hstack([clear, person, clear])  # so that nothing is mirrored at its edges
    for number, share in enumerate(_ease(frames)):
        behind = background_views[0].towards(background_views[1], share).look(background)
        view = person_views[0].towards(person_views[1], share)
        sway = 2.5 * np.sin(2 * np.pi * number / 20)  # a step
        view = View(view.x + 512, view.y + abs(sway), view.width, view.angle + 0.3 * sway)
        drawn = view.look(stage)
        alpha = np.clip(drawn[..., 3:], 0, 1)
        yield drawn[..., :3] * alpha + behind * (1 - alpha)


def launch() -> Iterator[np.ndarray]:
    """A portrait; cut; the same person walks past a rocket at dusk."""
    astronaut, rocket = data.astronaut(), data.rocket()
    yield from pan(astronaut, View(228, 110, 330), View(256, 150, 500), 50)
    person = cut_out(astronaut, ASTRONAUT)
    yield from in_front(
        person, rocket,
        (View(470, 254, 900), View(120, 258, 880)), (View(270, 285, 460), View(380, 295, 400)), 58,
    )  # fmt: skip


def cat_and_cup() -> Iterator[np.ndarray]:
    """A cat; cut; a cup of coffee; cut; the cat again, closer."""
    cat, coffee = data.chelsea(), data.coffee()
    yield from pan(cat, View(215, 165, 420), View(235, 130, 300, 3), 40)
    yield from pan(coffee, View(260, 200, 480, -2), View(350, 210, 360, 4), 40)
    yield from pan(cat, View(150, 110, 190), View(270, 120, 210), 28)


def chord(seconds: float) -> np.ndarray:
    """A soft slow chord, float32 stereo `(2, samples)`."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros((2, len(t)))
    for number, hertz in enumerate((220.0, 277.18, 329.63, 440.0, 554.37)):
        begin = 0.35 * number
        swell = np.clip(t - begin, 0, None)
        envelope = (1 - np.exp(-4 * swell)) * np.exp(-0.45 * swell)
        tone = np.sin(2 * np.pi * hertz * t) + 0.25 * np.sin(4 * np.pi * hertz * t)
        side = number / 4
        sound += 0.06 * envelope * tone * np.array([[1.2 - side], [0.2 + side]])
    fade = np.clip((seconds - t) / 0.4, 0, 1)
    return (sound * fade).astype(np.float32)


def write(path: Path, pictures: list[np.ndarray], title: str, *, in_color: bool) -> None:
    """Encodes pictures and sound; both versions of a film have the same luma before encoding."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as out:
        out.metadata.update(title=title, comment="public domain and CC0, see samples/README.md")
        options = {"crf": "20", "preset": "veryslow"}
        video = out.add_stream("libx264", rate=RATE, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = video.codec_context
        context.time_base = Fraction(1, RATE)
        context.colorspace = context.color_primaries = context.color_trc = _BT601
        context.color_range = _LIMITED
        audio = out.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", bit_rate=64000)
        packets = []
        for number, picture in enumerate(pictures):
            rgb = np.clip(np.round(picture), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=5, dst_color_range=_LIMITED
            )
            if not in_color:
                for plane in frame.planes[1:]:
                    plane.update(bytes([128]) * plane.buffer_size)
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            packets += video.encode(frame)
        packets += video.encode(None)
        sound = av.AudioFrame.from_ndarray(chord(len(pictures) / RATE), "fltp", "stereo")
        sound.sample_rate, sound.pts = SAMPLE_RATE, 0
        sound.time_base = Fraction(1, SAMPLE_RATE)
        packets += audio.encode(sound) + audio.encode(None)
        packets.sort(key=lambda packet: packet.dts * packet.time_base)
        out.mux(packets)


FILMS: dict[str, tuple[Callable[[], Iterator[np.ndarray]], str]] = {
    "launch": (launch, "Launch"),
    "cat": (cat_and_cup, "Cat and cup"),
}


def main() -> None:
    """Renders all films of this folder."""
    for name, (film, title) in FILMS.items():
        pictures = list(film())
        write(FOLDER / f"{name}.color.mp4", pictures, title, in_color=True)
        write(FOLDER / f"{name}.mp4", pictures, title, in_color=False)


def _ease(frames: int) -> np.ndarray:
    """From 0 to 1, beginning and ending gently."""
    t = np.linspace(0, 1, frames)
    return 0.5 * t + 0.5 * t * t * (3 - 2 * t)


if __name__ == "__main__":
    main()
