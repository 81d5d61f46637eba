"""`python -m train refiner`: trains the bundled refiner on real shots with flickering colors.

The input is the colors of a colorizer, frame by frame, with or without added flicker. The network
learns to stabilize them along the flow, close to the true colors and without loss of saturation.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from flow.warp import backward_warp, inside
from vidcolor.components import load_colorizer, load_flow
from vidcolor.precision import fast
from vidcolor.refiners.recurrent import RecurrentNet, first_state, refine_step
from vidcolor.types import Coloring, Motion

from .. import checkpoint
from .clips import Window, is_held_out, make_window
from .flicker import flicker

_WINDOW = 24
_WEIGHTS = {"short": 0.5, "long": 0.12, "fidelity": 1.0, "pale": 1.0}
_KEPT = 0.98
_FAR = 8


def load_windows(
    clips: Path, cache: Path, flows: list[str], short_side: int
) -> tuple[list[Window], list[Window]]:
    """Windows for training and those of held-out scenes, prepared in the first call."""
    cache.mkdir(parents=True, exist_ok=True)
    colorizer = load_colorizer("base")
    estimators = [load_flow(name) for name in flows]
    train: list[Window] = []
    held: list[Window] = []
    rng = np.random.default_rng(0)
    for number, path in enumerate(sorted(clips.glob("*.mp4"))):
        # Static cameras are many and similar: one in four is enough.
        if path.name.startswith("cctv") and number % 4:
            continue
        file = cache / f"{path.stem}.pt"
        if not file.exists():
            start = int(rng.integers(0, 40))
            window = make_window(
                path, start, _WINDOW, short_side, colorizer, estimators[number % len(estimators)]
            )
            torch.save(asdict(window), file)
        window = Window(**torch.load(file, weights_only=True, mmap=True))
        (held if is_held_out(path.stem) else train).append(window)
    return train, held


def draw(
    windows: list[Window],
    batch: int,
    length: int,
    size: int,
    rng: np.random.Generator,
    *,
    disturb: bool = True,
) -> dict[str, Tensor]:
    """Random crops in space and time; `(T, B, C, s, s)` each, float32.

    With `disturb`, colors are varied and flicker is added; else they are those of the colorizer.
    """
    samples: list[dict[str, Tensor]] = []
    while len(samples) < batch:
        w = windows[int(rng.integers(len(windows)))]
        if len(w.L) < length:
            continue
        t = int(rng.integers(len(w.L) - length + 1))
        h, wd = w.L.shape[-2:]
        top, left = (int(rng.integers(0, (n - size) // 2 + 1)) * 2 for n in (h, wd))

        def crop(x: Tensor, first: int, last: int, top: int = top, left: int = left) -> Tensor:
            return x[first:last, :, top : top + size, left : left + size].float()

        def enlarge(x: Tensor, full: tuple[int, int] = (h, wd)) -> Tensor:
            return F.interpolate(x.float(), size=full, mode="bilinear", align_corners=False)

        truth = crop(enlarge(w.truth[t : t + length]), 0, length)
        ab = crop(enlarge(w.ab[t : t + length]), 0, length)
        confidence = crop(enlarge(w.confidence[t : t + length]), 0, length)
        if disturb and rng.random() < 0.55:
            # The colors of the colorizer, more or less vivid.
            ab = ab * float(rng.uniform(0.7, 1.6))
        elif disturb:
            # Simulates another colorizer: nearly right, with a constant bias.
            share = float(rng.uniform(0, 0.5))
            bias = torch.from_numpy(rng.normal(0, 6, (1, 2, 1, 1)).astype(np.float32))
            truth = truth * (1 - share) + ab * share + bias
            ab = truth.clone()
            confidence = torch.full_like(confidence, float(rng.uniform(0.1, 0.8)))
        if disturb and rng.random() < 0.8:
            ab = flicker(ab, rng)
        sample = {
            "L": crop(w.L, t, t + length) / 2.55,
            "truth": truth,
            "ab": ab,
            "confidence": confidence,
            "flow": crop(w.flow, t, t + length - 1),
            "trust": crop(w.trust, t, t + length - 1) / 255,
            "visible": crop(w.visible, t, t + length - 1) / 255,
        }
        if disturb and rng.random() < 0.5:
            sample = {k: x.flip(-1) for k, x in sample.items()}
            sample["flow"] = sample["flow"] * torch.tensor([-1.0, 1.0]).view(1, 2, 1, 1)
        samples.append(sample)
    return {k: torch.stack([s[k] for s in samples], dim=1) for k in samples[0]}


def unroll(net: RecurrentNet, clip: dict[str, Tensor]) -> list[Tensor]:
    """Refined ab of every frame of a clip, as in a run."""
    refined = [clip["ab"][0]]
    state = first_state(net, clip["L"][0], refined[0])
    for t in range(1, len(clip["L"])):
        flow = clip["flow"][t - 1]
        motion = Motion(flow, clip["trust"][t - 1] * inside(flow))
        coloring = Coloring(clip["ab"][t], clip["confidence"][t])
        with fast("cpu"):
            ab, state = refine_step(net, state, clip["L"][t], coloring, motion)
        refined.append(ab)
    return refined


def vividness(ab: Tensor) -> Tensor:
    """Spread and mean of ab, `(B, 2, h, w)` -> `(B,)`, Lab units.

    Like the colorfulness of Hasler and Suesstrunk (2003), with a* and b* as opponent channels.
    """
    flat = ab.flatten(2)
    spread = (flat.var(2, unbiased=False).sum(1) + 1e-3).sqrt()
    return spread + 0.3 * (flat.mean(2).square().sum(1) + 1e-3).sqrt()


def losses(refined: list[Tensor], clip: dict[str, Tensor]) -> dict[str, Tensor]:
    """Change along the flow over one frame and from the first frame, distance to the true color
    (root mean square), and lost vividness; all in Lab units."""
    short, long, fidelity, pale = [], [], [], []
    anchor, seen = refined[0], torch.ones_like(clip["L"][0])
    for t, ab in enumerate(refined):
        fidelity.append((ab - clip["truth"][t]).square().mean((1, 2, 3)).add(1e-3).sqrt().mean())
        # Artificial gray frames are not a target.
        want = torch.minimum(vividness(clip["ab"][t]), 1.1 * vividness(clip["truth"][t]))
        pale.append(F.relu(_KEPT * want - vividness(ab)).mean())
        if t == 0:
            continue
        flow = clip["flow"][t - 1]
        visible = clip["visible"][t - 1] * inside(flow)
        short.append(((ab - backward_warp(refined[t - 1], flow)).abs() * visible).mean())
        anchor = backward_warp(anchor, flow)
        seen = backward_warp(seen, flow) * visible
        long.append(((ab - anchor).abs() * seen).mean())
    return {
        "short": torch.stack(short).mean(),
        "long": torch.stack(long).mean(),
        "fidelity": torch.stack(fidelity).mean(),
        "pale": torch.stack(pale).mean(),
    }


def far_change(colors: list[Tensor], clip: dict[str, Tensor]) -> float:
    """Mean squared change of color along the flow over eight frames, where all are visible."""
    found = []
    for t in range(_FAR, len(colors)):
        old, seen = colors[t - _FAR], torch.ones_like(clip["L"][0])
        for k in range(t - _FAR, t):
            flow = clip["flow"][k]
            old = backward_warp(old, flow)
            seen = backward_warp(seen, flow) * clip["visible"][k] * inside(flow)
        change = (colors[t] - old).square().sum(1, keepdim=True)
        found.append(float((change * seen).sum() / seen.sum().clamp(min=1)))
    return float(np.mean(found))


@torch.inference_mode()
def validate(net: RecurrentNet, windows: list[Window]) -> dict[str, float]:
    """Ratios of refined to frame by frame on held-out shots, without added flicker."""
    rng = np.random.default_rng(1)
    sums: dict[str, list[float]] = {}
    for window in windows:
        plain = draw([window], 1, len(window.L), 176, rng, disturb=False)
        for key, value in (("new", unroll(net, plain)), ("old", list(plain["ab"]))):
            for name, loss in losses(value, plain).items():
                sums.setdefault(f"{key}_{name}", []).append(float(loss))
            vivid = torch.stack([vividness(ab) for ab in value]).mean()
            sums.setdefault(f"{key}_vivid", []).append(float(vivid))
            sums.setdefault(f"{key}_far", []).append(far_change(value, plain))
    names = ("short", "long", "far", "fidelity", "vivid")
    return {n: float(np.sum(sums[f"new_{n}"]) / np.sum(sums[f"old_{n}"])) for n in names}


def learning_rate(step: int, steps: int, peak: float, warm_up: int) -> float:
    """Linear warm-up over `warm_up` steps, then cosine decay to zero."""
    return peak * min(1.0, (step + 1) / warm_up) * (0.5 + 0.5 * math.cos(math.pi * step / steps))


def blended(running: dict[str, float], parts: dict[str, Tensor]) -> dict[str, float]:
    """Running means of the losses, for the log."""
    new = {name: float(value.detach()) for name, value in parts.items()}
    return {name: 0.98 * running.get(name, value) + 0.02 * value for name, value in new.items()}


def main(args: list[str]) -> None:
    """Trains, with a checkpoint every few minutes; resumes from the last one."""
    parser = argparse.ArgumentParser(prog="python -m train refiner", description=__doc__)
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"))
    parser.add_argument("--work", type=Path, default=Path("runs/refiner"))
    parser.add_argument(
        "--flows", default="dis,dis,dis,raft+dis", help="used in turn for the clips"
    )
    parser.add_argument("--short-side", type=int, default=192)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--length", type=int, default=8, help="frames unrolled")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--crop", type=int, default=128)
    parser.add_argument("--start", type=Path, help="exported weights to start from")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--export", type=Path, help="write the averaged weights and exit")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    net = RecurrentNet()
    saved = checkpoint.load(options.work / "last.pt")
    if options.export:
        if saved is None:
            raise SystemExit(f"no training found in {options.work}")
        checkpoint.export(options.export, saved["average"], net.config)
        return
    train, held = load_windows(
        options.clips, options.work / "windows", options.flows.split(","), options.short_side
    )
    print(f"{len(train)} windows, {len(held)} held out", flush=True)
    if options.start:
        net.load_state_dict(load_file(options.start))
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.lr, weight_decay=1e-4)
    average = checkpoint.Average(net, 0.998)
    step, seconds = 0, 0.0
    if saved is not None:
        checkpoint.restore(saved, net, optimizer, average)
        step, seconds = saved["step"], saved["seconds"]
    log = checkpoint.Log(options.work / "log.csv")
    probe = RecurrentNet()
    begun = last_save = time.monotonic()
    running: dict[str, float] = {}
    while step < options.steps:
        rng = np.random.default_rng((options.seed, step))
        # Short clips first: they are cheap and teach the weight; long ones teach stability.
        stage = step / options.steps
        length = 4 if stage < 0.2 else options.length if stage < 0.75 else 2 * options.length
        batch = options.batch if length <= options.length else max(1, options.batch // 2)
        clip = draw(train, batch, length, options.crop, rng)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps, options.lr, warm_up=100)
        parts = losses(unroll(net, clip), clip)
        loss = sum((weight * parts[name] for name, weight in _WEIGHTS.items()), torch.zeros(()))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update(net, step)
        running = blended(running, parts)
        step += 1
        if time.monotonic() - last_save > 180 or step == options.steps:
            seconds += time.monotonic() - begun
            begun = last_save = time.monotonic()
            probe.load_state_dict(average.values)
            row = {"step": step, "minutes": seconds / 60} | running
            log.write(row | {f"ratio_{k}": v for k, v in validate(probe, held).items()})
            state = checkpoint.snapshot(net, optimizer, average)
            checkpoint.save(options.work / "last.pt", state | {"step": step, "seconds": seconds})
