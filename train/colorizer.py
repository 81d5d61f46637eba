"""`python -m train colorizer`: the bundled colorizer from photographs, from nothing.

Small pictures first and many of them, then bigger ones up to the working size: a network trained
at one size alone loses its colours at another.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from vidcolor.color import lab_to_rgb
from vidcolor.colorizers import ab_bins
from vidcolor.colorizers.base import BaseNet

from . import checkpoint
from .old_film import age
from .photos import PhotoSet, draw_batch, load_train_photos, load_val_photos, split_lab, to_lab

_SAVE_SECONDS = 300


def bin_weights(photos: PhotoSet, rng: np.random.Generator, strength: float) -> Tensor:
    """How much each of the 313 bins counts in the loss: rare colours more.

    Class rebalancing of Zhang et al. 2016, section 2.2 (lambda 0.5), tempered by an exponent.

    Args:
        photos: where colours are counted.
        rng: source of randomness.
        strength: exponent; 0 = all bins alike, 1 = as in the paper.

    Returns:
        float32 `(313,)`; the mean over the photographs' colours is 1.
    """
    counts = torch.zeros(len(ab_bins.bin_centres()))
    for _ in range(32):
        index, weight = ab_bins.soft_encode(draw_batch(photos, 64, 32, rng)[1])
        counts += torch.bincount(index.flatten(), weight.flatten(), minlength=len(counts))
    prior = counts / counts.sum()
    weights = (0.5 * prior + 0.5 / len(prior)) ** -strength
    return weights / (prior * weights).sum()


def colour_loss(logits: Tensor, ab: Tensor, weights: Tensor) -> Tensor:
    """Soft cross-entropy (Zhang et al. 2016, eq. 2); logits `(B, 313, h, w)`, ab `(B, 2, h, w)`."""
    index, share = ab_bins.soft_encode(ab)
    nearest = weights[index[:, 0]]
    log_p = torch.log_softmax(logits.float(), dim=1)
    return -((log_p.gather(1, index) * share).sum(1) * nearest).mean()


@torch.inference_mode()
def validate(
    net: BaseNet,
    photos: list[np.ndarray],
    size: int,
    temperature: float,
    saturation: float = 1.0,
) -> dict[str, float]:
    """PSNR above gray in dB, ab RMSE and the colourfulness ratio on validation photographs."""
    net.eval()
    gains, errors, chroma = [], [], np.zeros(2)
    for photo in photos:
        scale = size / min(photo.shape[:2])
        w, h = (max(16, round(n * scale / 16) * 16) for n in photo.shape[1::-1])
        lab = to_lab(cv2.resize(photo, (w, h), interpolation=cv2.INTER_AREA))
        L, ab = split_lab(lab[None])
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(L.contiguous(memory_format=torch.channels_last))
        small = ab_bins.decode(logits, temperature)[0] * saturation
        guess = F.interpolate(small, size=(h, w), mode="bilinear")
        truth = lab_to_rgb(L, ab)
        mse = [
            (lab_to_rgb(L, x) - truth).square().mean().clamp(min=1e-5).item()
            for x in (guess, torch.zeros_like(ab))
        ]
        gains.append(10 * math.log10(mse[1] / mse[0]))
        errors.append((guess - ab).square().mean().item())
        chroma += [guess.norm(dim=1).mean().item(), ab.norm(dim=1).mean().item()]
    net.train()
    return {
        "gain_db": float(np.mean(gains)),
        "ab_rmse": float(np.mean(errors)) ** 0.5,
        "chroma_ratio": float(chroma[0] / chroma[1]),
    }


def learning_rate(progress: float, peak: float) -> float:
    """Short warm-up, then a cosine down to zero; `progress` in [0, 1] of the whole work."""
    if progress < 0.02:
        return peak * max(progress, 1e-4) / 0.02
    return peak * (0.5 + 0.5 * math.cos(math.pi * min(1.0, progress)))


_WIDTHS, _BLOCKS = (32, 64, 160, 320), (1, 1, 2, 2)


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train colorizer", description=__doc__)
    parser.add_argument("--photos", type=Path, default=Path("../shared/data/photos"))
    parser.add_argument("--work", type=Path, default=Path("runs/colorizer"))
    parser.add_argument(
        "--schedule",
        default="64:160000,96:42000,128:12000",
        help="size:pictures of each stage, comma-separated; the last size is the one to run at",
    )
    parser.add_argument("--start", type=Path, help="bundled weights to start from, not nothing")
    parser.add_argument("--lr", type=float, default=1.5e-3)
    parser.add_argument("--rebalance", type=float, default=0.4)
    parser.add_argument("--temperature", type=float, default=0.4, help="of decoding")
    parser.add_argument("--saturation", type=float, default=0.85, help="of decoding")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--validate", action="store_true", help="measure the average and end")
    parser.add_argument("--export", type=Path, help="write the average as bundled weights and end")
    return parser.parse_args(args)


def _finish(options: argparse.Namespace, average: dict[str, Tensor]) -> None:
    """Measures or exports what a training has reached."""
    net = BaseNet(_WIDTHS, _BLOCKS)
    if options.export:
        config = net.config | {
            "size": int(options.schedule.split(",")[-1].split(":")[0]),
            "temperature": options.temperature,
            "saturation": options.saturation,
        }
        checkpoint.export(options.export, average, config)
        return
    net.load_state_dict(average)
    net = net.to(memory_format=torch.channels_last)
    photos = load_val_photos(options.photos)
    for size in (64, 96, 128):
        row = validate(net, photos, size, options.temperature, options.saturation)
        print(f"{len(photos)} photographs at {size} px: {row}")


def _train(options: argparse.Namespace, saved: dict[str, Any] | None) -> None:
    stages = [(int(a), int(b)) for a, b in (s.split(":") for s in options.schedule.split(","))]
    total_cost = sum(size**2 * pictures for size, pictures in stages)
    photos = load_train_photos(options.photos, options.work.parent / "cache")
    val_photos = load_val_photos(options.photos)[::3]
    weights = bin_weights(photos, np.random.default_rng(options.seed), options.rebalance)
    net = BaseNet(_WIDTHS, _BLOCKS).to(memory_format=torch.channels_last).train()
    if options.start:
        # The counters of BatchNorm are not stored.
        net.load_state_dict(load_file(options.start), strict=False)
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.lr, weight_decay=0.02)
    average = checkpoint.Average(net, 0.999)
    step, cost, seconds = 0, 0, 0.0
    if saved is not None:
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        average.values = saved["average"]
        step, cost, seconds = saved["step"], saved["cost"], saved["seconds"]
    log = checkpoint.Log(options.work / "log.csv")
    probe = BaseNet(_WIDTHS, _BLOCKS).to(memory_format=torch.channels_last)
    begun = time.monotonic()
    losses: list[float] = []
    while cost < total_cost:
        size = _stage_size(stages, cost)
        batch = max(16, round(64 * (64 / size) ** 2))
        rng = np.random.default_rng((options.seed, step))
        L, ab = draw_batch(photos, batch, size, rng)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(cost / total_cost, options.lr)
        # Neighbouring pixels say much the same, and 313 logits a pixel cost as much as the rest of
        # the network: one pixel in four is asked, a different one at every step.
        down, right = rng.integers(2, size=2)
        with torch.autocast("cpu", torch.bfloat16):
            seen = net.features(age(L, rng).contiguous(memory_format=torch.channels_last))
            logits = net.head(seen[:, :, down::2, right::2])
        target = F.interpolate(ab, size=seen.shape[-2:], mode="area")
        loss = colour_loss(logits, target[:, :, down::2, right::2], weights)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update(net, step)
        losses.append(loss.item())
        step += 1
        cost += batch * size**2
        if time.monotonic() - begun > _SAVE_SECONDS or cost >= total_cost:
            seconds += time.monotonic() - begun
            begun = time.monotonic()
            probe.load_state_dict(average.values)
            row: dict[str, Any] = {
                "step": step,
                "share": cost / total_cost,
                "size": size,
                "minutes": seconds / 60,
            }
            row |= {"loss": float(np.mean(losses))}
            row |= validate(probe, val_photos, size, options.temperature, options.saturation)
            log.write(row)
            losses.clear()
            state: dict[str, Any] = {"net": net.state_dict(), "optimizer": optimizer.state_dict()}
            state |= {"average": average.values, "step": step, "cost": cost, "seconds": seconds}
            checkpoint.save(options.work / "last.pt", state)


def _stage_size(stages: list[tuple[int, int]], cost: int) -> int:
    """Size of the pictures after `cost` pixels have been seen."""
    reached = 0
    for size, pictures in stages:
        reached += size**2 * pictures
        if cost < reached:
            return size
    return stages[-1][0]


def main(args: list[str]) -> None:
    """Trains, saves every few minutes, and goes on where a killed run stopped."""
    options = _options(args)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    saved = checkpoint.load(options.work / "last.pt")
    if not (options.export or options.validate):
        _train(options, saved)
    elif saved is None:
        raise SystemExit(f"no training found in {options.work}")
    else:
        _finish(options, saved["average"])
