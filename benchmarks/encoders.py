"""`python -m benchmarks encoders`: what presets and CRF of x264 cost, in bytes and in time.

Archival films as they are, and enlarged to 1080 lines with the grain that the enlargement took
away; gray, with chroma as smooth as colors are. Each is coded as a run codes it; the luma that
comes out is compared with the film's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import log10
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import torch

from vidcolor.config import EncodeConfig
from vidcolor.film import open_film
from vidcolor.metrics.fidelity import ssim
from vidcolor.types import Frame
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.segments.sink import SegmentWriter

from .machine import machine
from .store import write_json

SETTINGS = (
    ("medium", 16, ""), ("faster", 16, ""), ("faster", 15, ""), ("veryfast", 16, ""),
    ("veryfast", 16, "trellis=1"), ("veryfast", 15, ""), ("veryfast", 14, ""),
)  # fmt: skip
"""Presets, CRF and further options; all are compared with the first."""
GROUPS = {"as they are": None, "1080 lines": 1080}
"""Lines that films are enlarged to."""
_GRAIN = 2.0
"""Standard deviation of the grain of enlarged films, in codes."""
_COMPARED_EVERY = 6


def main(args: list[str]) -> None:
    """Measures, prints the table and writes it with its JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks encoders", description=__doc__)
    parser.add_argument("--films", type=Path, default=Path("../shared/data/archival"))
    parser.add_argument("--frames", type=int, default=16, help="of each film")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args(args)
    films = sorted(options.films.glob("*.mp4"))
    if not films:
        raise SystemExit(f"no films in {options.films}; --films says where")
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    groups: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        for name, lines in GROUPS.items():
            groups[name] = {}
            for film in films:
                raw = enlarged(film, Path(folder) / "raw.y4m", lines, options.frames)
                groups[name][film.stem] = [measured(raw, *setting) for setting in SETTINGS]
                print(name, film.stem, "done", flush=True)
    results = {"machine": machine(), "frames": options.frames, "groups": groups}
    options.out.mkdir(parents=True, exist_ok=True)
    write_json(options.out / "encoders.json", results)
    (options.out / "encoders.md").write_text(table(results))
    print(table(results))


def enlarged(film: Path, target: Path, lines: int | None, count: int) -> Path:
    """Writes the first frames of a film, without loss.

    Args:
        film: to read.
        target: a `.y4m` file.
        lines: height to enlarge to, with grain; None = as it is.
        count: of frames.
    """
    rng = np.random.default_rng(0)
    with open_film(film) as opened, opened.frames() as source, target.open("wb") as file:
        for number, frame in enumerate(islice(source, count)):
            luma = np.ascontiguousarray(frame.y)
            if lines is not None:
                luma = _with_grain(_resized(luma, lines), rng)
            height, width = (side // 2 * 2 for side in luma.shape)
            if number == 0:
                head = f"YUV4MPEG2 W{width} H{height} F24:1 Ip A1:1 C420mpeg2\n"
                file.write(head.encode())
            gray = bytes([128]) * (width * height // 2)
            file.write(b"FRAME\n" + luma[:height, :width].tobytes() + gray)
    return target


def _resized(luma: np.ndarray, lines: int) -> np.ndarray:
    width = round(luma.shape[1] * lines / luma.shape[0])
    return cv2.resize(luma, (width, lines), interpolation=cv2.INTER_CUBIC)


def _with_grain(luma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Grain is a little larger than a pixel."""
    grain = cv2.GaussianBlur(rng.standard_normal(luma.shape, np.float32), (0, 0), 0.8)
    grain *= np.float32(_GRAIN) / grain.std()
    return np.asarray(np.clip(luma + grain + 0.5, 0, 255).astype(np.uint8))


def measured(raw: Path, preset: str, crf: int, more: str = "") -> dict[str, Any]:
    """Kilobytes and milliseconds of processor time a frame, SSIM and PSNR of the luma in dB."""
    coded = raw.with_suffix(".nut")
    with open_film(raw) as film, film.frames() as source:
        encode = EncodeConfig(codec="libx264", preset=preset, crf=crf)
        plan = plan_output(film.info, raw.with_suffix(".mkv"), encode)
        if more:
            chosen = dict(plan.encoding.options) | {"x264-params": more}
            plan = replace(plan, encoding=replace(plan.encoding, options=chosen))
        frames = list(source)
        chroma = [_chroma(frame.y) for frame in frames]
        began = time.process_time()
        with SegmentWriter(plan, coded) as writer:
            for frame, (u, v) in zip(frames, chroma, strict=True):
                writer.write(frame, u, v)
        seconds = time.process_time() - began
    errors, likeness = zip(*_compared(frames, coded), strict=True)
    return {
        "preset": preset,
        "crf": crf,
        "options": more,
        "kilobytes": coded.stat().st_size / len(frames) / 1000,
        "milliseconds": 1000 * seconds / len(frames),
        "psnr": 10 * log10(255**2 / (sum(errors) / len(errors))),
        "ssim": sum(likeness) / len(likeness),
    }


def _chroma(luma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    small = cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    smooth = cv2.blur(small, (9, 9))
    return 118 + smooth // 16, 150 - smooth // 12


def _compared(frames: Sequence[Frame], coded: Path) -> Iterator[tuple[float, float]]:
    """Mean squared error and SSIM of some frames."""
    with open_film(coded) as film, film.frames() as source:
        for number, frame in enumerate(source):
            if number % _COMPARED_EVERY == 0:
                pair = [torch.from_numpy(f.y.astype(np.float32)) for f in (frame, frames[number])]
                error = float((pair[0] - pair[1]).square().mean())
                yield error, float(ssim(*(x[None, None] / 255 for x in pair)))


def table(results: dict[str, Any]) -> str:
    """All settings beside the first: means over the films."""
    names = list(results["groups"])
    heads = [f"{name}: bytes | SSIM | PSNR, dB | time" for name in names]
    lines = [f"| preset, CRF | {' | '.join(heads)} |", "|---" + "|--:" * 4 * len(names) + "|"]
    for number, (preset, crf, more) in enumerate(SETTINGS):
        cells = []
        for films in results["groups"].values():
            pairs = [(rows[number], rows[0]) for rows in films.values()]
            size, took = (
                sum(here[key] / first[key] for here, first in pairs) / len(pairs)
                for key in ("kilobytes", "milliseconds")
            )
            like, psnr = (
                sum(here[key] - first[key] for here, first in pairs) / len(pairs)
                for key in ("ssim", "psnr")
            )
            cells += [f"x {size:.2f}", f"{like:+.4f}", f"{psnr:+.2f}", f"x {took:.2f}"]
        name = ", ".join(filter(None, (preset, more, str(crf))))
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
