"""`python -m benchmarks photos`: colorizers picture by picture, no refiner.

Validation photographs (never trained on) at their own size, and frames of the DAVIS sequences at
the working size. Each colorizer sees the picture at the size it asks for; its ab come back to the
picture's size, with the true L beside them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor import metrics, registry
from vidcolor.color import lab_to_rgb
from vidcolor.components import load_colorizer
from vidcolor.errors import VidcolorError
from vidcolor.files import sha256_of
from vidcolor.stages.lightness import resize
from vidcolor.types import Colorizer, HintedColorizer
from vidcolor.weights import files as weights

from ..code_hash import code_hash
from ..intervals import Bootstrap
from ..learned import left_out as measures_left_out
from ..learned import lpips, why_no_lpips
from ..machine import machine
from ..own_weights import Own, add_option, own_weights
from ..speed.cost import milliseconds, parameters
from ..store import RUNS, Arrays, digest, kept, write_json
from ..systems import others_here, weight_file
from . import grid as picture_grid
from . import tables as photos_tables
from .aged import aged
from .confidence import plot as plot_confidence
from .confidence import reliability
from .curve import curve
from .curve import plot as plot_curves
from .data import Picture, davis_frames, photographs
from .hints import measure as measure_hints

PER_PICTURE = (
    "psnr",
    "ssim",
    "ab_rmse",
    "ciede2000",
    "share_within_10",
    "area",
    "colorfulness",
    "stray_spots",
)
_CODE = (
    "vidcolor.colorizers",
    "vidcolor.metrics",
    "vidcolor.color",
    "benchmarks.photos.photos",
    "benchmarks.photos.aged",
)
_LEAST_PIXELS = 500
# Hints, curves and confidence look at one picture in so many.
_FEW = 4
# A 16:9 film at the working size, for the milliseconds.
_FILM = (192, 336)


class Gray:
    """No color at all."""

    name, size = "gray", 64

    def ab(self, picture: Picture) -> Tensor:
        return torch.zeros_like(picture.ab)


class Mean:
    """The mean color of the very pictures that are measured: the best of all constant tints."""

    name, size = "mean color", 64

    def __init__(self, pictures: list[Picture]) -> None:
        self._tint = torch.stack([p.ab.mean((0, 2, 3)) for p in pictures]).mean(0).view(1, 2, 1, 1)

    def ab(self, picture: Picture) -> Tensor:
        return self._tint.expand_as(picture.ab)


class Half:
    """The truth, paler."""

    name, size = "truth, half saturation", 64

    def ab(self, picture: Picture) -> Tensor:
        return picture.ab / 2


class Model:
    """A registered colorizer.

    Attributes:
        name: its row's.
        colorizer: built, with weights.
        about: hashes and configuration of its weights, parameters.
    """

    def __init__(self, label: str, name: str, file: Path | None) -> None:
        """Loads it.

        Raises:
            VidcolorError: unknown, or its weights are not here.
        """
        self.name = label
        self.colorizer = load_colorizer(name, "cpu", file)
        path = file or weight_file("colorizer", name)
        self.about: dict[str, Any] = {
            "colorizer": name,
            "size": self.colorizer.size,
            "parameters": parameters(self.colorizer),
        }
        if path is not None:
            self.about["weights"] = sha256_of(path)
            if path.suffix == ".safetensors":
                self.about["trained"] = weights.read(path)[1]

    def ab(self, picture: Picture) -> Tensor:
        coloring = self.colorizer.colorize(resize(picture.seen, self.colorizer.size))
        return F.interpolate(
            coloring.ab, picture.L.shape[-2:], mode="bilinear", align_corners=False
        )


Row = Gray | Mean | Half | Model


def judge(row: Row, pictures: list[Picture]) -> Arrays:
    """Every measure of every picture `(n,)`, and the class sums `(2, 313)`."""
    found: dict[str, list[float]] = {name: [] for name in PER_PICTURE}
    absolute: list[float] = []
    classes = torch.zeros(2, 313, dtype=torch.float64)
    for picture in pictures:
        ab = row.ab(picture)
        distance = metrics.ab_distance(ab, picture.ab)
        rgb, true = lab_to_rgb(picture.L, ab), lab_to_rgb(picture.L, picture.ab)
        lab = torch.cat((picture.L, ab), 1), torch.cat((picture.L, picture.ab), 1)
        values = {
            "psnr": metrics.psnr(rgb, true),
            "ssim": metrics.ssim(rgb, true),
            "ab_rmse": metrics.ab_rmse(ab, picture.ab),
            "ciede2000": metrics.ciede2000(*lab).mean(),
            "share_within_10": metrics.share_within(distance),
            "area": metrics.accuracy_area(distance),
            "colorfulness": metrics.colorfulness(rgb),
            "stray_spots": metrics.stray_spots(picture.L, ab),
        }
        if (perceptual := lpips()) is not None:
            values["lpips"] = perceptual(rgb, true)
        for name, value in values.items():
            found.setdefault(name, []).append(float(value))
        absolute.append(float(metrics.colorfulness_absolute(rgb)))
        classes += metrics.class_errors(distance, picture.ab)
    return {name: np.array(v) for name, v in found.items()} | {
        "colorfulness_absolute": np.array(absolute),
        "classes": classes.numpy(),
    }


def summary(arrays: Arrays, gray: Arrays, truth: list[float]) -> dict[str, Any]:
    """Means with intervals, and what compares a row with gray and with the truth.

    Args:
        arrays: of the row.
        gray: of gray.
        truth: colorfulness of the true pictures.
    """
    draw = Bootstrap(len(truth))
    found: dict[str, Any] = {name: draw.mean(list(arrays[name])) for name in PER_PICTURE}
    if "lpips" in arrays:
        found["lpips"] = draw.mean(list(arrays["lpips"]))
    found["colorfulness_absolute"] = draw.mean(list(arrays["colorfulness_absolute"]))
    found["class_balanced"] = {
        "mean": float(metrics.class_mean(torch.from_numpy(arrays["classes"]), least=_LEAST_PIXELS))
    }
    found["psnr_over_gray"] = draw.mean(list(arrays["psnr"] - gray["psnr"]))
    found["ciede2000@gray"] = draw.ratio(list(arrays["ciede2000"]), list(gray["ciede2000"]))
    found["class_balanced@gray"] = {
        "mean": found["class_balanced"]["mean"]
        / float(metrics.class_mean(torch.from_numpy(gray["classes"]), least=_LEAST_PIXELS))
    }
    found["colorfulness@truth"] = draw.ratio(list(arrays["colorfulness"]), truth)
    off = np.abs(arrays["colorfulness"] - np.array(truth))
    found["colorfulness_off"] = draw.mean(list(off))
    # DDColor's: the difference of the means, not the mean of the differences.
    found["colorfulness_means_apart"] = {
        "mean": abs(float(np.mean(arrays["colorfulness"]) - np.mean(truth)))
    }
    return found


def models(own: list[Own]) -> tuple[list[Model], dict[str, str]]:
    """Colorizers that can run here, and why the others given cannot."""
    found, left_out = [], {}
    wanted = [("base", "base", None), *others_here(), *((o.label, o.name, o.file) for o in own)]
    for label, name, file in wanted:
        try:
            found.append(Model(label, name, file))
        except VidcolorError as err:
            left_out[label] = str(err)
            print(f"left out: {label}: {err}", flush=True)
    return found, left_out


def measure_set(name: str, pictures: list[Picture], rows: list[Row]) -> dict[str, dict[str, Any]]:
    """All rows on a set of pictures."""
    shown = [[p.name, list(p.L.shape)] for p in pictures]
    true = [float(metrics.colorfulness(lab_to_rgb(p.L, p.ab))) for p in pictures]
    every: list[Row] = [Gray(), Mean(pictures), Half(), *rows]
    made: dict[str, Arrays] = {}
    for row in every:
        about = getattr(row, "about", row.name)
        key = digest([about, shown, why_no_lpips(), code_hash(*_CODE)])
        path = (
            RUNS / "photos" / name / f"{''.join(c if c.isalnum() else '_' for c in row.name)}.npz"
        )
        made[row.name] = kept(path, key, lambda row=row: judge(row, pictures))  # type: ignore[misc]
        print(f"{name}: {row.name}", flush=True)
    return {row: summary(arrays, made["gray"], true) for row, arrays in made.items()}


def main(args: list[str]) -> None:
    """Measures, prints the tables and writes them with their JSON; pictures go under runs/."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks photos", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--every", type=int, default=10, help="one DAVIS frame in so many")
    parser.add_argument("--quick", action="store_true", help="40 photographs, few frames")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    add_option(parser)
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    archive = options.data / "photos" / "val.zip"
    if not archive.is_file():
        raise SystemExit(f"no validation photographs: {archive} wanted, see --data")
    found, left_out = models(own_weights(options))
    pictures = [*photographs(archive)]
    if options.quick:
        pictures = pictures[:: len(pictures) // 40]
    sets = {"photographs": pictures, "aged photographs": aged(pictures)}
    films = options.data / "photos" / "val2.zip"
    if films.is_file():
        everyday = [*photographs(films)]
        sets["everyday photographs"] = (
            everyday[:: len(everyday) // 20] if options.quick else everyday
        )
    else:
        left_out["everyday photographs"] = f"no {films}"
    if (options.data / "DAVIS").is_dir():
        every = 40 if options.quick else options.every
        sets["DAVIS frames"] = [*davis_frames(options.data / "DAVIS", every)]
    else:
        left_out["DAVIS frames"] = f"no {options.data / 'DAVIS'}"
    rows: list[Row] = [*found]
    bases = [m for m in found if m.about["colorizer"] == "base"]
    few = {name: members[::_FEW] for name, members in sets.items()}
    results = {
        "machine": machine(),
        "settings": {name: len(members) for name, members in sets.items()},
        "rows": {m.name: m.about | {"ms": film_milliseconds(m.colorizer)} for m in found},
        "sets": {name: measure_set(name, members, rows) for name, members in sets.items()},
        "hints": {m.name: hint_rows(m, pictures[::_FEW]) for m in found if takes_hints(m)},
        "curves": {
            name: {m.name: curve([m.ab(p) for p in some], some) for m in bases}
            for name, some in few.items()
        },
        "confidence": {
            name: {m.name: reliability(m.colorizer, some) for m in bases}
            for name, some in few.items()
        },
        "left_out": left_out | measures_left_out(),
    }
    out = options.out or (RUNS / "results" if options.quick else Path("benchmarks/results"))
    if (out / "photos.json").is_file() and not options.quick:
        keep_rows(results, json.loads((out / "photos.json").read_text()))
    write_json(out / "photos.json", results)
    plot_curves(out / "photos_curve.svg", results["curves"])
    plot_confidence(out / "photos_confidence.svg", results["confidence"])
    page = photos_tables.page(results)
    (out / "photos.md").write_text(page)
    print(page)
    for path in picture_grid.write(RUNS / "results", pictures, options.data / "archival", found):
        print(f"pictures: {path}")


def keep_rows(results: dict[str, Any], last: dict[str, Any]) -> None:
    """Takes over rows of the last results whose weights are not here, on sets that are the same."""
    for row, about in last["rows"].items():
        if row in results["rows"]:
            continue
        results["rows"][row] = about
        for name, rows in results["sets"].items():
            is_same = last["settings"].get(name) == results["settings"][name]
            if is_same and row in last["sets"][name]:
                rows[row] = last["sets"][name][row]


def hint_rows(model: Model, pictures: list[Picture]) -> list[dict[str, Any]]:
    """See `benchmarks.photos.hints.measure`."""
    return measure_hints(cast(HintedColorizer, model.colorizer), pictures)


def takes_hints(model: Model) -> bool:
    """Whether the colorizer of a row can be told colors."""
    return registry.find("colorizer", model.about["colorizer"]).takes_hints


def film_milliseconds(colorizer: Colorizer) -> float:
    """Of one frame of a 16:9 film at the size that the colorizer asks for, on one thread."""
    L = torch.rand(1, 1, *_FILM, generator=torch.Generator().manual_seed(0)) * 100
    seen = resize(L, colorizer.size)
    return milliseconds(lambda: colorizer.colorize(seen))
