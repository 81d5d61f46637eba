"""All numbers of one row on one sequence."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vidcolor import metrics
from vidcolor.color import lab_to_rgb

from ..learned import lpips
from .data import Sequence
from .judge import FAR, TrueMotion, batches

# Measures of structure say little where luma is copied and cost much: one frame in so many.
_STRUCTURE_EVERY = 8
# Classes of color with fewer pixels in a sequence do not count: a few pixels are noise.
_LEAST_PIXELS = 100

Values = dict[str, float]


def measure(sequence: Sequence, motion: TrueMotion, ab: Tensor) -> Values:
    """Means over the frames of a sequence of colors `ab (T, 2, h, w)`; NaN where undefined."""
    rgb = torch.cat([lab_to_rgb(sequence.L[s], ab[s]) for s in batches(len(ab))])
    still = _stillness(ab, rgb, motion)
    values = _fidelity(sequence, ab, rgb) | _vividness(sequence, ab, rgb) | still
    values |= _smear(sequence, ab, motion)
    contrast = values["contrast"]
    near = float("nan") if contrast < 1e-3 else 1 / contrast
    values["relative_flicker"] = values["flicker"] * near
    for t in (1, FAR):
        values[f"relative_change_{t}"] = math.sqrt(values[f"warp_{t}"]) * near
    return values


def _fidelity(sequence: Sequence, ab: Tensor, rgb: Tensor) -> Values:
    found: dict[str, list[Tensor]] = {
        n: [] for n in ("psnr", "ab_rmse", "ciede2000", "share_within_10", "area")
    }
    classes = torch.zeros(2, 313, dtype=torch.float64)
    for s in batches(len(ab)):
        L, true = sequence.L[s], sequence.ab[s]
        distance = metrics.ab_distance(ab[s], true)
        difference = metrics.ciede2000(torch.cat((L, ab[s]), 1), torch.cat((L, true), 1))
        found["psnr"].append(metrics.psnr(rgb[s], sequence.rgb[s]))
        found["ab_rmse"].append(metrics.ab_rmse(ab[s], true))
        found["ciede2000"].append(difference.mean((1, 2, 3)))
        found["share_within_10"].append(metrics.share_within(distance))
        found["area"].append(metrics.accuracy_area(distance))
        classes += metrics.class_errors(distance, true)
    values = {name: torch.cat(parts) for name, parts in found.items()}
    every = slice(None, None, _STRUCTURE_EVERY)
    means = {name: float(v.mean()) for name, v in values.items()}
    if (perceptual := lpips()) is not None:
        means["lpips"] = float(perceptual(rgb[every], sequence.rgb[every]).mean())
    return means | {
        "psnr_without_first": float(values["psnr"][1:].mean()),
        "ssim": float(metrics.ssim(rgb[every], sequence.rgb[every]).mean()),
        "class_balanced": float(metrics.class_mean(classes, least=_LEAST_PIXELS)),
    }


def _vividness(sequence: Sequence, ab: Tensor, rgb: Tensor) -> Values:
    colorful = metrics.colorfulness(rgb)
    true = metrics.colorfulness(sequence.rgb)
    return {
        "colorfulness": float(colorful.mean()),
        "colorfulness_spread": float(colorful.std(unbiased=False)),
        "colorfulness_absolute": float(metrics.colorfulness_absolute(rgb).mean()),
        "colorfulness_off": float((colorful - true).abs().mean()),
        "contrast": float(metrics.ab_contrast(ab).mean()),
    }


def _stillness(ab: Tensor, rgb: Tensor, motion: TrueMotion) -> Values:
    found: dict[str, list[Tensor]] = {
        n: [] for n in ("warp_1", "rgb_warp_1", f"warp_{FAR}", f"rgb_warp_{FAR}", "flicker")
    }
    count = len(ab)
    for s in batches(count - 1):
        after = slice(s.start + 1, s.stop + 1)
        link = motion.back[s], motion.seen_back[s]
        found["warp_1"].append(metrics.chroma_warp_error(ab[after], ab[s], *link))
        found["rgb_warp_1"].append(metrics.rgb_warp_error(rgb[after], rgb[s], *link))
    for s in batches(count - 2):
        middle, newest = (slice(s.start + k, s.stop + k) for k in (1, 2))
        found["flicker"].append(
            metrics.chroma_flicker(
                [ab[s], ab[middle], ab[newest]],
                [motion.back[s], motion.forth[middle]],
                [motion.seen_back[s], motion.seen_forth[middle]],
            )
        )
    for s in batches(len(motion.far)):
        t = motion.far[s]
        link = motion.far_back[s], motion.seen_far[s]
        found[f"warp_{FAR}"].append(metrics.chroma_warp_error(ab[t], ab[t - FAR], *link))
        found[f"rgb_warp_{FAR}"].append(metrics.rgb_warp_error(rgb[t], rgb[t - FAR], *link))
    hists = metrics.histograms(rgb)
    return {
        **{n: float(torch.cat(v).nanmean()) if v else float("nan") for n, v in found.items()},
        "cdc": float(metrics.cdc(hists)),
        **{f"cdc_{t}": float(metrics.cdc_at(hists, t)) for t in metrics.CDC_DISTANCES},
        "kept_1": float(motion.seen_back.mean()),
        f"kept_{FAR}": float(motion.seen_far.mean()),
    }


def _smear(sequence: Sequence, ab: Tensor, motion: TrueMotion) -> Values:
    """Distance from the truth where color smears, and elsewhere; regions do not overlap."""
    sums = torch.zeros(3, dtype=torch.float64)
    pixels = torch.zeros(3, dtype=torch.float64)
    for s in batches(len(ab) - 1):
        after = slice(s.start + 1, s.stop + 1)
        distance = metrics.ab_distance(ab[after], sequence.ab[after])
        new = motion.covered[s]
        edge = metrics.edge_band(motion.back[s]) * (1 - new)
        for i, region in enumerate((edge, new, 1 - edge - new)):
            sums[i] += (distance * region).sum().double()
            pixels[i] += region.sum().double()
    names = ("edges", "uncovered", "rest")
    return {f"error_{n}": float(v) for n, v in zip(names, sums / pixels, strict=True)} | {
        f"share_{n}": float(v) for n, v in zip(names, pixels / pixels.sum(), strict=True)
    }
