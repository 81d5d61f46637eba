"""Trains the bundled RAFT small from nothing: synthetic pairs, and a published RAFT as teacher.

`python -m train flow`. The published network is asked what it sees, never copied: the student
starts from random weights. For the first steps each part of the student learns its counterpart's
outputs (encoders; single updates from the teacher's own states). Then the whole student is trained
end to end, on exact flow where pairs are synthetic and on the teacher's flow where they are real,
with two hints for its encoder that fade: find the true match, and correlate as the teacher does.
The student sees aged pictures, the teacher clean ones.
"""

from __future__ import annotations

import argparse
import copy
import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.models.optical_flow import raft_small

from .flow_batches import Batch, draw_batch, held_out_pairs
from .flow_data import load_clips, load_photos, read_photos
from .flow_trace import (
    feature_loss,
    match_loss,
    sequence_loss,
    trace,
    update_loss,
    volume,
    volume_loss,
)

_CLIP = 1.0
_EMA = 0.995


def _arguments(args: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train flow", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--teacher", type=Path, help="RAFT small in torchvision's keys")
    parser.add_argument("--runs", type=Path, default=Path("runs/flow"), help="checkpoints, log")
    parser.add_argument("--export", type=Path, help="write the averaged weights here and stop")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--apart", type=int, default=750, help="steps the parts learn apart")
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--size", type=int, nargs=2, default=(128, 160), metavar=("H", "W"))
    parser.add_argument("--rate", type=float, default=8e-4, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(args)


def learning_rate(progress: float, highest: float) -> float:
    """One cycle: up during the first twentieth, then straight down to nearly nothing."""
    if progress < 0.05:
        return highest * (0.04 + 0.96 * progress / 0.05)
    return highest * max(1 - (progress - 0.05) / 0.95, 1e-3)


def _teacher_weight(batch: Batch, flow: Tensor) -> Tensor:
    """How far the teacher's flow is believed: it must explain the picture, and stay inside."""
    h, w = flow.shape[-2:]
    ys, xs = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    x, y = (xs + flow[:, 0]) * 2 / (w - 1) - 1, (ys + flow[:, 1]) * 2 / (h - 1) - 1
    warped = F.grid_sample(
        batch.clean_prev[batch.exact :], torch.stack([x, y], -1), align_corners=True
    )
    inside = ((x.abs() <= 1) & (y.abs() <= 1))[:, None]
    trust = torch.exp(-50 * (warped - batch.clean_cur[batch.exact :]) ** 2)
    return torch.where(inside, trust, 0.3)


@torch.no_grad()
def _targets(teacher: Any, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Flow, weight and the teacher's correlation; it looks for motion in real pairs only."""
    n = batch.exact
    real = trace(teacher, batch.clean_cur[n:], batch.clean_prev[n:], 8)
    seen = real.predictions[-1]
    flow, weight = batch.flow.clone(), batch.weight.clone()
    flow[n:], weight[n:] = seen, _teacher_weight(batch, seen)
    pictures = torch.cat([batch.clean_cur[:n], batch.clean_prev[:n]])
    with torch.autocast("cpu", torch.bfloat16):
        made = teacher.feature_encoder(pictures.expand(-1, 3, -1, -1) * 2 - 1).float()
    return flow, weight, torch.cat([volume(made), volume(real.features)])


def batch_loss(
    net: nn.Module, teacher: nn.Module, batch: Batch, apart: bool, hint: float
) -> Tensor:
    """The loss of one step; `hint` in [0, 1] is how much the encoder is helped."""
    if apart:
        with torch.no_grad():
            shown = trace(teacher, batch.clean_cur, batch.clean_prev, 6)
        return feature_loss(trace(net, batch.cur, batch.prev, 1), shown) + update_loss(net, shown)
    flow, weight, correlation = _targets(teacher, batch)
    student = trace(net, batch.cur, batch.prev, 5)
    found = volume(student.features)
    matched = 3 * match_loss(found, flow, weight) + 2 * volume_loss(found, correlation)
    return sequence_loss(student.predictions, flow, weight) + hint * matched


@torch.no_grad()
def end_point_error(net: nn.Module, batch: Batch, updates: int = 8) -> float:
    """Mean distance in px to the true flow where it can be seen."""
    found = torch.cat(
        [
            trace(net, cur, prev, updates).predictions[-1]
            for cur, prev in zip(batch.cur.split(4), batch.prev.split(4), strict=True)
        ]
    )
    distance = torch.linalg.vector_norm(found - batch.flow, dim=1, keepdim=True)
    return float((distance * batch.weight).sum() / batch.weight.sum())


def _average(mean: nn.Module, net: nn.Module, step: int) -> None:
    keep = min(_EMA, (1 + step) / (10 + step))
    with torch.no_grad():
        for slow, fast in zip(mean.parameters(), net.parameters(), strict=True):
            slow.lerp_(fast, 1 - keep)


def export(checkpoint: Path, target: Path) -> None:
    """Writes a checkpoint's averaged weights as float16 safetensors with their origin."""
    state = torch.load(checkpoint, weights_only=True)
    weights = {name: t.half().contiguous() for name, t in state["mean"].items()}
    about = {
        "architecture": "raft_small",
        "steps": str(state["step"]),
        "seed": str(state["seed"]),
        "recipe": "python -m train flow",
        "licence": "MIT",
    }
    save_file(weights, target, metadata=about)
    # safetensors writes for the owner's eyes only.
    target.chmod(0o644)


def _log(path: Path, **values: float) -> None:
    new = not path.exists()
    with path.open("a", newline="") as lines:
        writer = csv.writer(lines)
        if new:
            writer.writerow(values)
        writer.writerow([f"{value:.5g}" for value in values.values()])


@dataclass(slots=True)
class Training:
    """All that a training must keep to go on after it was stopped.

    Attributes:
        net: the student.
        mean: the running mean of its weights, which is what gets exported.
        optimizer: with its moments.
        step, seconds: steps done, and the time they took.
    """

    net: nn.Module
    mean: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def begin(cls, seed: int, rate: float) -> Training:
        """A student with random weights."""
        torch.manual_seed(seed)
        net = raft_small()
        optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-5)
        return cls(net, copy.deepcopy(net), optimizer)

    def load(self, path: Path) -> None:
        """Goes back to what `save` wrote."""
        state = torch.load(path, weights_only=True)
        for name in ("net", "mean", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self, path: Path, seed: int) -> None:
        """Writes a checkpoint; a kill meanwhile leaves the old one whole."""
        state = {name: getattr(self, name).state_dict() for name in ("net", "mean", "optimizer")}
        part = path.with_suffix(".part")
        torch.save(state | {"step": self.step, "seconds": self.seconds, "seed": seed}, part)
        part.replace(path)

    def learn(self, loss: Tensor, rate: float) -> None:
        """One step against the gradient of `loss`."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), _CLIP)
        self.optimizer.step()
        _average(self.mean, self.net, self.step)
        self.step += 1


def _teacher(path: Path) -> nn.Module:
    net = raft_small().eval()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net


def main(args: list[str] | None = None) -> None:
    """Trains, going on from the last checkpoint where there is one, or exports it."""
    options = _arguments(args)
    checkpoint, data, runs = options.runs / "checkpoint.pt", options.data, options.runs
    if options.export:
        export(checkpoint, options.export)
        return
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    photos = load_photos(data / "photos", runs / "photos")
    clips = load_clips(data / "clips", runs / "clips")
    unseen = held_out_pairs(read_photos(data / "photos" / "val.zip"), 16, (160, 224))
    teacher = _teacher(options.teacher or data / "weights" / "raft_small_C_T_V1.pth")
    training = Training.begin(options.seed, options.rate)
    if checkpoint.exists():
        training.load(checkpoint)
    began, losses = time.monotonic() - training.seconds, []
    while training.step < options.steps:
        progress, apart = training.step / options.steps, training.step < options.apart
        # Each step has a generator of its own, so a resumed training sees the same pairs.
        rng = np.random.default_rng([options.seed, training.step])
        batch = draw_batch(photos, clips, rng, count=options.batch, size=tuple(options.size))
        loss = batch_loss(training.net, teacher, batch, apart, max(1 - 1.5 * progress, 0))
        training.learn(loss, learning_rate(progress, options.rate))
        losses.append(loss.item())
        if training.step % 250 == 0 or training.step == options.steps:
            training.seconds = time.monotonic() - began
            training.save(checkpoint, options.seed)
            _log(
                runs / "log.csv",
                step=training.step,
                seconds=training.seconds,
                loss=float(np.mean(losses)),
                epe=end_point_error(training.mean, unseen),
            )
            losses.clear()
