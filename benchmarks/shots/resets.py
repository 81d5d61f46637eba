"""Where in a dissolve a refiner is best started anew: colors against the true ones."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from flow.consistency import soft_confidence
from vidcolor.color import rgb_to_lab
from vidcolor.components import load_colorizer, load_flow, load_refiner
from vidcolor.stages.lightness import resize
from vidcolor.types import Coloring, Motion, ShotRefiner

_SIZE = (128, 224)
_BEFORE, _AFTER = 12, 16
_LENGTHS = (8, 16, 24)
RESETS = {"never": None, "in its middle": 0.5, "at three quarters": 0.75, "at its end": 1.0}


def _read(path: Path, count: int) -> Tensor | None:
    """RGB `(count, 3, h, w)` in [0, 1], None where the clip is shorter."""
    with av.open(str(path)) as film:
        film.streams.video[0].thread_count = 1
        decoded = islice(film.decode(video=0), count)
        frames = [frame.to_ndarray(format="rgb24") for frame in decoded]
    if len(frames) < count:
        return None
    small = [cv2.resize(f, _SIZE[::-1], interpolation=cv2.INTER_AREA) for f in frames]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255


def _dissolve(one: Tensor, other: Tensor, length: int) -> Tensor:
    share = torch.arange(1, length + 1).view(-1, 1, 1, 1) / (length + 1)
    mixed = one[-length:] * (1 - share) + other[:length] * share
    return torch.cat((one[:-length], mixed, other[length:]))


@torch.inference_mode()
def compare_resets(clips: list[Path], count: int, seed: int) -> dict[str, dict[str, float]]:
    """Mean squared error of `recurrent` over that of colors frame by frame, for every one of
    `RESETS`: inside the dissolve, in the 8 frames after it, and later."""
    rng = np.random.default_rng((seed, 2))
    torch.set_num_threads(1)
    colorizer, flow, refiner = load_colorizer("base"), load_flow("dis"), load_refiner("recurrent")
    assert not isinstance(refiner, ShotRefiner)
    sums = {name: np.zeros((2, 3)) for name in RESETS}
    done = 0
    while done < count:
        length = _LENGTHS[done % len(_LENGTHS)]
        first, second = (clips[i] for i in rng.choice(len(clips), 2, replace=False))
        one, other = _read(first, _BEFORE + length), _read(second, length + _AFTER)
        if one is None or other is None:
            continue
        done += 1
        truth = _dissolve(one, other, length)
        gray = (truth * truth.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, True)
        L, ab = rgb_to_lab(gray.expand_as(truth))[0], rgb_to_lab(truth)[1]
        colorings, motions = [], [Motion(L.new_zeros(1, 2, *_SIZE), L.new_zeros(1, 1, *_SIZE))]
        features = [flow.encode(x[None] / 100) for x in L]
        for t, x in enumerate(L):
            said = colorizer.colorize(resize(x[None], colorizer.size))
            full = (F.interpolate(v, _SIZE, mode="bilinear") for v in (said.ab, said.confidence))
            colorings.append(Coloring(*full))
            if t:
                back, forth = flow.flows(features[t], features[t - 1])
                trust = soft_confidence(x[None] / 100, L[t - 1 : t] / 100, back, forth)
                motions.append(Motion(back, trust))
        over = _BEFORE + length
        parts = (slice(_BEFORE, over), slice(over, over + 8), slice(over + 8, None))
        plain = [float((c.ab - x).square().mean()) for c, x in zip(colorings, ab, strict=True)]
        for name, where in RESETS.items():
            at = None if where is None else _BEFORE + round(where * length)
            errors, state = [], None
            for t, coloring in enumerate(colorings):
                if state is None or t == at:
                    refined, state = refiner.start(L[t : t + 1], coloring)
                else:
                    refined, state = refiner.step(state, L[t : t + 1], coloring, motions[t])
                errors.append(float((refined - ab[t]).square().mean()))
            for i, part in enumerate(parts):
                sums[name][:, i] += np.mean(errors[part]), np.mean(plain[part])
    names = ("inside", "after", "later")
    return {n: dict(zip(names, (s[0] / s[1]).tolist(), strict=True)) for n, s in sums.items()}
