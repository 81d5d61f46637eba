"""PySceneDetect's detectors on the same films, if it is installed: the extra `shots`.

With their own thresholds, on luma alone since the films are gray, and with the same least length
of a shot. They tell where shots begin, not how: everything they find is called a cut.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from itertools import pairwise

import cv2

from vidcolor.shots.detector import Shot, ShotDetector

from .films import ShotFilm

PEERS = {
    "PySceneDetect adaptive": "AdaptiveDetector",
    "PySceneDetect content": "ContentDetector",
}
_RATE = 25.0


def is_installed() -> bool:
    """Whether PySceneDetect is there."""
    return find_spec("scenedetect") is not None


def find_with(name: str, film: ShotFilm) -> tuple[list[Shot], float]:
    """The shots that one of `PEERS` finds, and milliseconds a frame.

    Its images are BGR; making them of luma is not counted.
    """
    from scenedetect import FrameTimecode, detectors

    least = ShotDetector().min_shot_frames
    detector = getattr(detectors, PEERS[name])(luma_only=True, min_scene_len=least)
    images = [cv2.cvtColor(p, cv2.COLOR_GRAY2BGR) for p in film.pictures]
    begun = time.process_time()
    cuts = []
    for number, image in enumerate(images):
        cuts += detector.process_frame(FrameTimecode(number, _RATE), image)
    cuts += detector.post_process(FrameTimecode(len(images), _RATE))
    milliseconds = 1000 * (time.process_time() - begun) / len(images)
    starts = [0, *sorted({c.frame_num for c in cuts} - {0}), len(images)]
    shots = [
        Shot(n, start, end, "cut" if n else "begin", 0)
        for n, (start, end) in enumerate(pairwise(starts))
    ]
    return shots, milliseconds
