"""`python -m train refiner --system blind2018|favc2019`: published refiners, trained on the
same clips, colors and flicker as `recurrent`, with the losses of their papers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from vidcolor import metrics
from vidcolor.color import rgb_to_lab
from vidcolor.refiners.favc2019 import RefinementNet

from .. import checkpoint
from . import blind2018, favc2019
from .clips import Window
from .perceptual import Vgg16
from .rgb_clips import RgbClip, to_rgb
from .training import blended, draw, learning_rate, load_windows

SYSTEMS = ("blind2018", "favc2019")
# Half of the paper's, so that it can be trained in a quarter of an hour on one core.
_FAVC_WIDTH = 16
_VGG = Path("../shared/data/weights/vgg16_caffe_to_conv3_3.pth")


@torch.inference_mode()
def validate(
    net: nn.Module, unroll: Callable[[Any, RgbClip], list[Tensor]], windows: list[Window]
) -> dict[str, float]:
    """Ratios of refined to frame by frame on held-out shots, without added flicker."""
    rng = np.random.default_rng(1)
    sums: dict[tuple[str, str], list[float]] = {}
    for window in windows:
        plain = draw([window], 1, len(window.L), 128, rng, disturb=False)
        clip = to_rgb(plain)
        refined = [rgb_to_lab(x.clamp(0, 1))[1] for x in unroll(net, clip)]
        for key, colors in (("new", refined), ("old", list(plain["ab"]))):
            for t in range(1, len(colors)):
                change = metrics.chroma_warp_error(
                    colors[t], colors[t - 1], clip.flow[t - 1], clip.visible[t - 1]
                )
                found = {
                    "warp": float(change.nan_to_num()),
                    "rmse": float(metrics.ab_rmse(colors[t], plain["truth"][t])),
                    "chroma": float(colors[t].norm(dim=1).mean()),
                }
                for name, value in found.items():
                    sums.setdefault((key, name), []).append(value)
    names = ("warp", "rmse", "chroma")
    return {n: float(np.sum(sums["new", n]) / np.sum(sums["old", n])) for n in names}


def main(args: list[str]) -> None:
    """Trains, with a checkpoint every few minutes; resumes from the last one."""
    parser = argparse.ArgumentParser(prog="python -m train refiner", description=__doc__)
    parser.add_argument("--system", choices=SYSTEMS, required=True)
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"))
    parser.add_argument("--windows", type=Path, default=Path("runs/refiner/windows"))
    parser.add_argument("--work", type=Path, help="[default: runs/refiner-SYSTEM]")
    parser.add_argument("--vgg", type=Path, default=_VGG, help="for blind2018's loss")
    parser.add_argument(
        "--flows", default="dis,dis,dis,raft+dis", help="for windows that are not prepared yet"
    )
    parser.add_argument(
        "--short-side", type=int, default=192, help="for windows that are not prepared yet"
    )
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--length", type=int, default=6, help="frames unrolled")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--crop", type=int, default=112)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", type=Path, help="write the averaged weights and exit")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    work = options.work or Path(f"runs/refiner-{options.system}")
    work.mkdir(parents=True, exist_ok=True)
    saved = checkpoint.load(work / "last.pt")
    net, probe = _untrained(options.system), _untrained(options.system)
    if options.export:
        if saved is None:
            raise SystemExit(f"no training found in {work}")
        checkpoint.export(options.export, saved["average"], net.config)
        return
    unroll: Any = favc2019.unroll
    losses: Any = favc2019.losses
    if options.system == "blind2018":
        unroll, losses = blind2018.unroll, partial(blind2018.losses, vgg=Vgg16(options.vgg))
    flows = options.flows.split(",")
    train, held = load_windows(options.clips, options.windows, flows, options.short_side)
    print(f"{len(train)} windows, {len(held)} held out", flush=True)
    optimizer = torch.optim.Adam(net.parameters(), lr=options.lr)
    average = checkpoint.Average(net, 0.995)
    step, seconds = 0, 0.0
    if saved is not None:
        checkpoint.restore(saved, net, optimizer, average)
        step, seconds = saved["step"], saved["seconds"]
    log = checkpoint.Log(work / "log.csv")
    # Process time, not wall-clock time: the machine may be shared.
    begun, last_save = time.process_time(), time.monotonic()
    running: dict[str, float] = {}
    while step < options.steps:
        rng = np.random.default_rng((options.seed, step))
        clip = to_rgb(draw(train, options.batch, options.length, options.crop, rng))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps, options.lr, warm_up=50)
        parts = losses(unroll(net, clip), clip)
        optimizer.zero_grad(set_to_none=True)
        sum(parts.values(), torch.zeros(())).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update(net, step)
        running = blended(running, parts)
        step += 1
        if time.monotonic() - last_save > 240 or step == options.steps:
            seconds += time.process_time() - begun
            probe.load_state_dict(average.values)
            row = {"step": step, "minutes": seconds / 60} | running
            log.write(row | {f"ratio_{k}": v for k, v in validate(probe, unroll, held).items()})
            state = checkpoint.snapshot(net, optimizer, average)
            checkpoint.save(work / "last.pt", state | {"step": step, "seconds": seconds})
            begun, last_save = time.process_time(), time.monotonic()


def _untrained(system: str) -> Any:
    net = blind2018.untrained() if system == "blind2018" else RefinementNet(_FAVC_WIDTH)
    return net.to(memory_format=torch.channels_last)
