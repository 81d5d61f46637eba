"""`python -m train colorizer`: a colorizer from photographs, from nothing.

`--system base` is the bundled one: small pictures first and many of them, then bigger ones up to
the working size, since a network trained at one size alone loses its colors at another. The
systems of the literature are trained on the same photographs, each with its own loss.
"""

from __future__ import annotations

import argparse
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from vidcolor.color import lab_to_rgb
from vidcolor.colorizers import efficientnet_lite
from vidcolor.types import Colorizer
from vidcolor.weights import files as weights

from .. import checkpoint, curves
from . import systems
from .old_film import film_lightness
from .photos import draw_crops, load_train_photos, load_val_photos, split_lab, to_lab
from .samples import write_samples
from .systems.system import Batch, System

_SAVE_SECONDS = 180
_SAMPLES = 8


def validate(
    colorizer: Colorizer, photos: list[np.ndarray], size: int, device: str = "cpu"
) -> dict[str, float]:
    """PSNR above gray in dB, ab RMSE and the colorfulness ratio on validation photographs."""
    gains, errors, chroma = [], [], np.zeros(2)
    for photo in photos:
        scale = size / min(photo.shape[:2])
        w, h = (max(16, round(n * scale / 16) * 16) for n in photo.shape[1::-1])
        lab = to_lab(cv2.resize(photo, (w, h), interpolation=cv2.INTER_AREA))
        L, ab = split_lab(lab[None])
        small = colorizer.colorize(L.to(device)).ab.cpu()
        guess = F.interpolate(small, size=(h, w), mode="bilinear")
        truth = lab_to_rgb(L, ab)
        mse = [
            (lab_to_rgb(L, x) - truth).square().mean().clamp(min=1e-5).item()
            for x in (guess, torch.zeros_like(ab))
        ]
        gains.append(10 * math.log10(mse[1] / mse[0]))
        errors.append((guess - ab).square().mean().item())
        chroma += [guess.norm(dim=1).mean().item(), ab.norm(dim=1).mean().item()]
    return {
        "gain_db": float(np.mean(gains)),
        "ab_rmse": float(np.mean(errors)) ** 0.5,
        "chroma_ratio": float(chroma[0] / chroma[1]),
    }


def learning_rate(progress: float, peak: float, last: float = 0.0) -> float:
    """Short warm-up, then a cosine down to `last` of the peak; `progress` in [0, 1] of the work."""
    if progress < 0.02:
        return peak * max(progress, 1e-4) / 0.02
    return peak * (last + (1 - last) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, progress))))


@dataclass
class Spent:
    """What a training has used so far.

    Attributes:
        cost: pixels seen.
        seconds: by the clock.
        busy: seconds of one processor core, or by the clock on an accelerator.
        pictures: seen.
    """

    cost: int = 0
    seconds: float = 0.0
    busy: float = 0.0
    pictures: int = 0

    @classmethod
    def of(cls, saved: dict[str, Any]) -> Spent:
        """What a saved training has used; trainings of old did not count all of it."""
        seconds = saved["seconds"]
        busy, pictures = saved.get("busy", seconds), saved.get("pictures", 0)
        return cls(saved["cost"], seconds, busy, pictures)


@dataclass(frozen=True)
class Budget:
    """When a training is done: after its pictures, or after its minutes if there are any.

    Attributes:
        stages: size and number of pictures of each.
        minutes: of work (see `Spent.busy`); the stages then only say how it is shared out.
    """

    stages: list[tuple[int, int]]
    minutes: float | None = None

    @property
    def cost(self) -> int:
        """Pixels of all stages."""
        return sum(size**2 * pictures for size, pictures in self.stages)

    def progress(self, spent: Spent) -> float:
        """Share of the work that is done; 1 and more = all."""
        if self.minutes is not None:
            return spent.busy / 60 / self.minutes
        return spent.cost / self.cost

    def size(self, progress: float) -> int:
        """Side of the pictures at that point."""
        reached = 0
        for size, pictures in self.stages:
            reached += size**2 * pictures
            if progress * self.cost < reached:
                return size
        return self.stages[-1][0]


def _options(args: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train colorizer", description=__doc__)
    data = Path("../shared/data")
    parser.add_argument("--system", choices=systems.NAMES, default="base")
    parser.add_argument(
        "--photos",
        type=Path,
        nargs="+",
        default=[data / "photos"],
        help="folders of shards with an index; the first has the validation photographs",
    )
    parser.add_argument("--work", type=Path, help="default: runs/colorizer, or runs/NAME")
    parser.add_argument("--cache", type=Path, help="decoded photographs (default: beside --work)")
    parser.add_argument(
        "--schedule",
        default="64:160000,96:42000,128:12000",
        help="size:pictures of each stage, comma-separated; the last size is the one to run at",
    )
    parser.add_argument("--size", type=int, help="one size for the whole training")
    parser.add_argument("--pictures", type=int, default=200_000, help="with --size")
    parser.add_argument("--batch", type=int, default=64, help="at 64 pixels; fewer where bigger")
    parser.add_argument("--minutes", type=float, help="end after these minutes of one core's work")
    parser.add_argument(
        "--start", type=Path, help="exported weights to start from; with --export, counted as seen"
    )
    parser.add_argument(
        "--encoder", choices=efficientnet_lite.NAMES, default="efficientnet-lite0", help="(base)"
    )
    parser.add_argument("--imagenet", action="store_true", help="encoder from published weights")
    parser.add_argument("--vgg", type=Path, help="encoder up to conv3_3 (vgg16-residual)")
    parser.add_argument("--lr", type=float, help="highest learning rate (default: the system's)")
    parser.add_argument(
        "--last-lr", type=float, default=0.0, help="learning rate at the end, share of the highest"
    )
    parser.add_argument("--average", type=float, default=0.999, help="decay of the mean weights")
    parser.add_argument(
        "--zoom", type=float, default=0.4, help="share of a photograph that is seen at least"
    )
    parser.add_argument("--rebalance", type=float, help="exponent (default: the system's)")
    parser.add_argument("--temperature", type=float, default=0.4, help="of decoding (base)")
    parser.add_argument("--saturation", type=float, default=0.85, help="of decoding (base)")
    parser.add_argument(
        "--decoded-weight", type=float, default=0.15, help="of decoded colors (base)"
    )
    parser.add_argument(
        "--decoded-from", type=float, default=0.65, help="share done by then (base)"
    )
    parser.add_argument(
        "--pale-weight", type=float, default=0.1, help="of chroma that decoded colors lack (base)"
    )
    parser.add_argument(
        "--hinted", type=float, default=0.5, help="share of the photographs with hints (base)"
    )
    parser.add_argument("--neighbors", type=int, default=5, help="of soft encoding (zhang, zhao)")
    parser.add_argument("--class-weight", type=float, default=1.0, help="(fusion)")
    parser.add_argument("--l1", type=float, default=1e-8, help="penalty (vgg16-residual)")
    parser.add_argument("--l2", type=float, default=1e-6, help="penalty (vgg16-residual)")
    parser.add_argument("--segmentation-weight", type=float, default=1.0, help="(zhao2018)")
    parser.add_argument("--camvid", type=Path, default=data / "camvid", help="(zhao2018)")
    parser.add_argument("--voc", type=Path, help="VOCdevkit/VOC2012, instead of CamVid (zhao2018)")
    parser.add_argument(
        "--beside", type=Path, help="state of another training to meet half-way at every save"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--validate", action="store_true", help="measure the average and end")
    parser.add_argument("--export", type=Path, help="write the average as weights and end")
    parser.add_argument(
        "--states", type=Path, nargs="+", help="measure or export the mean of these (copied) states"
    )
    options = parser.parse_args(args)
    kind = systems.find(options.system)
    folder = "colorizer" if options.system == "base" else options.system
    options.work = options.work or Path("runs") / folder
    options.cache = options.cache or options.work.parent / "cache"
    options.lr = kind.lr if options.lr is None else options.lr
    options.rebalance = kind.rebalance if options.rebalance is None else options.rebalance
    return options


def _budget(options: argparse.Namespace) -> Budget:
    text = f"{options.size}:{options.pictures}" if options.size else options.schedule
    stages = [(int(a), int(b)) for a, b in (s.split(":") for s in text.split(","))]
    return Budget(stages, options.minutes)


def _finish(options: argparse.Namespace, system: System, saved: dict[str, Any]) -> None:
    """Measures or exports what a training has reached."""
    net, last_size = system.network(), _budget(options).stages[-1][0]
    average: dict[str, Tensor] = saved["average"]
    if options.states:
        average = _mean([_state(path) for path in options.states])
    if options.export:
        config = system.config(net, last_size) | {"seed": options.seed}
        config["trained"] = _trained(options.start, Spent.of(saved))
        checkpoint.export(options.export, average, config)
        return
    net.load_state_dict(average)
    photos = load_val_photos(options.photos[0])
    for size in (64, 96, 128):
        row = validate(system.colorizer(net, size), photos, size)
        print(f"{len(photos)} photographs at {size} px: {row}")


def _trained(start: Path | None, spent: Spent) -> dict[str, float]:
    """Pictures and minutes of a core, those of the weights that a training began with too."""
    earlier = weights.read(start)[1].get("trained", {}) if start else {}
    return {
        "pictures": earlier.get("pictures", 0) + spent.pictures,
        "core_minutes": round(earlier.get("core_minutes", 0) + spent.busy / 60, 1),
    }


def _state(path: Path) -> dict[str, Any]:
    state = checkpoint.load(path)
    if state is None:
        raise SystemExit(f"no training found in {path}")
    return state


def _mean(states: list[dict[str, Any]]) -> dict[str, Tensor]:
    """Late states, overfitted each in its own way, are better together (Izmailov et al. 2018)."""
    averages = [state["average"] for state in states]
    return {
        name: torch.stack([x[name].float() for x in averages]).mean(0).to(value.dtype)
        for name, value in averages[0].items()
    }


def _step(
    system: System, net: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, rate: float
) -> float:
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss = system.loss(net, batch)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return loss.item()


def _train(options: argparse.Namespace, system: System, saved: dict[str, Any] | None) -> None:
    budget, device = _budget(options), options.device
    photos = load_train_photos(options.photos, options.cache)
    val_photos = load_val_photos(options.photos[0])[::3]
    system.prepare(photos)
    net = system.network().to(device, memory_format=torch.channels_last).train()
    if options.start:
        system.begin(net, {k: v.float() for k, v in load_file(options.start).items()})
    optimizer = system.optimizer(net)
    average = checkpoint.Average(net, options.average)
    step, spent = 0, Spent()
    if saved is not None:
        checkpoint.restore(saved, net, optimizer, average)
        step, spent = saved["step"], Spent.of(saved)
    log = checkpoint.Log(options.work / "log.csv")
    # The disk is read while the processor learns from the batch before.
    reader = ThreadPoolExecutor(1)
    ahead: Future[tuple[np.ndarray, Tensor, np.random.Generator]] | None = None

    def draw(step: int, count: int, size: int) -> tuple[np.ndarray, Tensor, np.random.Generator]:
        rng = np.random.default_rng((options.seed, step))
        return *draw_crops(photos, count, size, rng, options.zoom), rng

    probe = system.network().to(device)
    clock = time.process_time if device == "cpu" and options.threads == 1 else time.monotonic
    begun, saved_at = clock(), time.monotonic()
    losses: list[float] = []
    while (progress := budget.progress(spent)) < 1:
        size = budget.size(progress)
        count = max(min(16, options.batch), round(options.batch * (64 / size) ** 2))
        ahead = ahead if ahead is not None else reader.submit(draw, step, count, size)
        crops, labels, rng = ahead.result()
        if len(crops) != count or crops.shape[1] != size:
            crops, labels, rng = draw(step, count, size)
        ahead = reader.submit(draw, step + 1, count, size)
        L, ab = film_lightness(crops, rng), split_lab(to_lab(crops))[1]
        batch = Batch(L, ab.to(device), labels.to(device), rng, device, progress)
        rate = learning_rate(progress, options.lr, options.last_lr)
        losses.append(_step(system, net, optimizer, batch, rate))
        average.update(net, step)
        step += 1
        spent.cost += count * size**2
        spent.pictures += count
        spent.busy, begun = spent.busy + clock() - begun, clock()
        if time.monotonic() - saved_at > _SAVE_SECONDS or budget.progress(spent) >= 1:
            spent.seconds += time.monotonic() - saved_at
            saved_at = time.monotonic()
            probe.load_state_dict(average.values)
            colorizer = system.colorizer(probe, size)
            row: dict[str, Any] = {
                "step": step,
                "share": budget.progress(spent),
                "size": size,
                "minutes": spent.seconds / 60,
                "loss": float(np.mean(losses)),
            }
            row |= validate(colorizer, val_photos, size, device)
            log.write(row)
            losses.clear()
            state = checkpoint.snapshot(net, optimizer, average)
            checkpoint.save(options.work / "last.pt", state | {"step": step} | vars(spent))
            if options.beside:
                checkpoint.meet(options.beside, net, average)
            curves.draw(options.work / "log.csv")
            write_samples(colorizer, val_photos[:_SAMPLES], size, options.work, step, device)
            # Measuring is no part of the training's work.
            begun = clock()


def main(args: list[str]) -> None:
    """Trains, saves every few minutes, and goes on where a killed run stopped."""
    options = _options(args)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    system = systems.find(options.system)(options)
    options.work.mkdir(parents=True, exist_ok=True)
    last = options.work / "last.pt"
    if options.export or options.validate:
        _finish(options, system, _state(last))
    else:
        _train(options, system, checkpoint.load(last))
