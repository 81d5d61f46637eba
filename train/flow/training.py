"""Trains the bundled RAFT small: synthetic pairs with exact flow, real pairs with a teacher's.

`python -m train flow`. The outputs of the published network are used, its weights are not copied:
the student starts from random weights, or from those of an earlier student (`--start`). In the
first steps each part of a random student learns the outputs of its counterpart (encoders; single
updates from the states of the teacher). Then the student is trained end to end, with two auxiliary
losses for its encoder that fade out: true matches, and the teacher's correlation. The student gets
aged images, the teacher clean ones.

train/README.md has the command lines, for CPU and GPU.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models.optical_flow import raft_small

from flow import Raft
from vidcolor.precision import fast_dtype

from .. import checkpoint
from ..muon import Muon
from .batches import Batch, Source, batches
from .data import load_clips, load_photos, read_teacher
from .labels import load_labels, teacher
from .measure import held_out, measure
from .pack import write_pack
from .trace import (
    encode,
    feature_loss,
    match_loss,
    sequence_loss,
    trace,
    update_loss,
    volume,
    volume_loss,
)

_CLIP = 1.0
_MEASURED_UPDATES = 8


def _arguments(args: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m train flow",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder or pack")
    parser.add_argument("--pack", type=Path, help="write the data as one file and exit")
    parser.add_argument("--mib", type=float, default=48, help="size of the pack")
    parser.add_argument("--runs", type=Path, default=Path("runs/flow"), help="checkpoints, log")
    parser.add_argument("--start", type=Path, help="weights to start from, safetensors")
    parser.add_argument(
        "--export", type=Path, help="write the averaged weights to this file and exit"
    )
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument(
        "--apart",
        type=int,
        default=1000,
        help="first steps, in which the parts are trained separately",
    )
    parser.add_argument(
        "--labels", type=int, default=1500, help="real pairs labeled by the teacher"
    )
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--size", type=int, nargs=2, default=(128, 160), metavar=("H", "W"))
    parser.add_argument("--updates", type=int, default=5)
    parser.add_argument("--rate", type=float, default=8e-4, help="highest learning rate")
    parser.add_argument("--mean", type=float, default=0.998, help="decay of the weights' average")
    parser.add_argument("--every", type=int, default=250, help="steps between checkpoints")
    parser.add_argument("--unseen", type=int, default=16, help="synthetic pairs for validation")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="end this call after so many minutes"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that generate pairs")
    return parser.parse_args(args)


def learning_rate(progress: float, highest: float) -> float:
    """One cycle: linear warm-up over the first twentieth, then linear decay to nearly zero."""
    if progress < 0.05:
        return highest * (0.04 + 0.96 * progress / 0.05)
    return highest * max(1 - (progress - 0.05) / 0.95, 1e-3)


def batch_loss(
    net: nn.Module, teacher: nn.Module, batch: Batch, *, apart: bool, hint: float, updates: int
) -> Tensor:
    """The loss of one step.

    Args:
        net, teacher: torchvision's RAFT small.
        batch: on their device.
        apart: train the parts separately on the outputs of their counterparts, without flow.
        hint: weight of the auxiliary encoder losses, in [0, 1].
        updates: number of updates.
    """
    if apart:
        with torch.no_grad():
            shown = trace(teacher, batch.clean_cur, batch.clean_prev, 6)
        return feature_loss(trace(net, batch.cur, batch.prev, 1), shown) + update_loss(net, shown)
    student = trace(net, batch.cur, batch.prev, updates)
    loss = sequence_loss(student.after, batch.flow, batch.weight)
    if hint == 0:
        return loss
    with torch.no_grad():
        wanted = volume(encode(teacher, batch.clean_cur, batch.clean_prev))
    found = volume(student.features)
    matched = 3 * match_loss(found, batch.flow, batch.weight) + 2 * volume_loss(found, wanted)
    return loss + hint * matched


@dataclass(slots=True)
class Training:
    """The state of a training, as stored in a checkpoint.

    Attributes:
        net: the student.
        mean: the running mean of its weights, which is validated and exported.
        optimizer: with its moments.
        step, seconds: number of steps done, and their duration.
    """

    net: nn.Module
    mean: checkpoint.Average
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def begin(cls, options: argparse.Namespace) -> Training:
        """A student with random weights, or with those of `--start`."""
        torch.manual_seed(options.seed)
        net = raft_small()
        if options.start:
            net.load_state_dict({k: v.float() for k, v in load_file(options.start).items()})
        net.to(options.device)
        optimizer = Muon(net, weight_decay=1e-5)
        return cls(net, checkpoint.Average(net, options.mean), optimizer)

    def load(self, state: dict[str, Any]) -> None:
        """Restores a checkpoint."""
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        for name, value in state["mean"].items():
            self.mean.values[name].copy_(value)
        self.step, self.seconds = state["step"], state["seconds"]

    def save(self, path: Path, seed: int) -> None:
        """Writes a checkpoint; a kill meanwhile leaves the old one intact."""
        state: dict[str, Any] = {"net": self.net.state_dict(), "mean": self.mean.values}
        state |= {"optimizer": self.optimizer.state_dict(), "step": self.step}
        checkpoint.save(path, state | {"seconds": self.seconds, "seed": seed})

    def learn(self, loss: Tensor, rate: float) -> None:
        """One optimizer step on `loss`."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), _CLIP)
        self.optimizer.step()
        self.mean.update(self.net, self.step)
        self.step += 1

    def estimator(self, device: str) -> Raft:
        """The averaged student as a flow estimator."""
        return Raft(
            self.mean.values, iterations=_MEASURED_UPDATES, device=device, dtype=fast_dtype(device)
        )


def export(runs: Path, target: Path) -> None:
    """Writes a checkpoint's averaged weights as float16 safetensors with their origin.

    Raises:
        FileNotFoundError: there is no checkpoint.
    """
    state = checkpoint.load(runs / "checkpoint.pt")
    if state is None:
        raise FileNotFoundError(f"no checkpoint in {runs}")
    about = {key: state[key] for key in ("step", "seed")}
    about |= {"architecture": "raft_small", "recipe": "python -m train flow", "license": "MIT"}
    checkpoint.export(target, state["mean"], about)


def _train(options: argparse.Namespace) -> None:
    data, runs, device = options.data, options.runs, options.device
    runs.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    published = read_teacher(data)
    asked = teacher(published, device)
    shown = raft_small().eval().requires_grad_(False).to(device)
    shown.load_state_dict(published)
    clips = load_clips(data, runs / "clips")
    labels = load_labels(clips, asked, runs / "labels", options.labels, device=device)
    photos = load_photos(data, runs / "photos")
    unseen = held_out(data, runs, asked, made=options.unseen, device=device)
    source = Source(photos, clips, labels, options.batch, tuple(options.size), options.seed)
    training, saved = Training.begin(options), checkpoint.load(runs / "checkpoint.pt")
    log = checkpoint.Log(runs / "log.csv")
    if saved:
        training.load(saved)
    else:
        zeros = dict(step=0, seconds=0.0, loss=0.0)
        log.write(zeros | measure(training.estimator(device), unseen, device))
    apart = 0 if options.start else options.apart
    losses = []
    passed = time.monotonic()
    for batch in batches(source, training.step, options.steps, options.workers):
        progress = training.step / options.steps
        loss = batch_loss(
            training.net,
            shown,
            batch.to(torch.device(device)),
            apart=training.step < apart,
            hint=max(1 - 1.5 * progress, 0),
            updates=options.updates,
        )
        training.learn(loss, learning_rate(progress, options.rate))
        losses.append(loss.detach())
        late = time.monotonic() - began > 60 * options.minutes
        if late or training.step % options.every == 0 or training.step == options.steps:
            mean = float(torch.stack(losses).mean())
            training.seconds += time.monotonic() - passed
            training.save(runs / "checkpoint.pt", options.seed)
            row = dict(step=training.step, seconds=training.seconds, loss=mean)
            log.write(row | measure(training.estimator(device), unseen, device))
            losses.clear()
            passed = time.monotonic()
        if late:
            return


def main(args: list[str] | None = None) -> None:
    """Trains, from the last checkpoint if there is one; or packs data; or exports weights."""
    options = _arguments(args)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    if options.pack:
        write_pack(options.pack, options.data, options.mib)
    elif options.export:
        export(options.runs, options.export)
    else:
        _train(options)
