"""`python -m benchmarks shots`: cuts, dissolves and fades found where they are known.

Films are joined of real shots (`benchmarks/shots/films.py`), half of them clean but for flashes,
half aged and damaged. The detector was tuned on the films of one half of all scenes (`--tuning`
shows them); the figures are of the other half. PySceneDetect's detectors see the same films if it
is installed. With `--resets` it is also measured where in a dissolve a refiner is best reset.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidcolor.shots.detector import Shot, ShotDetector, list_shots, mark_shots
from vidcolor.types import Frame

from ..machine import machine
from .films import ShotFilm, Transition, clips_of, make_film
from .peers import PEERS, find_with, is_installed
from .resets import RESETS, compare_resets

KINDS = ("cut", "dissolve", "fade")
# Frames after its end within which a transition counts as found.
_LATE = {"cut": 0, "dissolve": 12, "fade": 0}


def find_shots(film: ShotFilm) -> tuple[list[Shot], float]:
    """The shots that are found, and milliseconds a frame."""
    detector = ShotDetector()
    frames = (Frame(i, i, p) for i, p in enumerate(film.pictures))
    begun = time.process_time()
    shots = list_shots(mark_shots(frames, detector, detector.start()))
    return shots, 1000 * (time.process_time() - begun) / len(film.pictures)


def judge(film: ShotFilm, shots: list[Shot]) -> Counter[str]:
    """Counts of what is there, what was found as what, and where false shots begin.

    Each transition can be found once; a second shot in it is false. Keys: "true KIND",
    "KIND found as KIND", "false KIND", "false in accident", "frames late", "frames".
    """
    counts = Counter({f"true {t.kind}": 0 for t in film.transitions})
    counts["frames"] = len(film.pictures)
    for transition in film.transitions:
        counts[f"true {transition.kind}"] += 1
    left = list(film.transitions)
    for shot in shots[1:]:
        hit = next((t for t in left if _holds(t, shot.start)), None)
        if hit is not None:
            left.remove(hit)
            counts[f"{hit.kind} found as {shot.opening}"] += 1
            if hit.kind == shot.opening == "dissolve":
                counts["frames late"] += shot.start - hit.end
        else:
            counts[f"false {shot.opening}"] += 1
            counts["false in accident"] += any(abs(shot.start - a) <= 1 for a in film.accidents)
    return counts


def _holds(transition: Transition, start: int) -> bool:
    return transition.start <= start <= transition.end + _LATE[transition.kind]


def summary(counts: Counter[str]) -> dict[str, float]:
    """Precision and recall of every kind, and of new shots of any kind."""
    found: dict[str, float] = {}
    right = wrong = true = 0
    for kind in KINDS:
        hits = counts[f"{kind} found as {kind}"]
        called = sum(counts[f"{k} found as {kind}"] for k in KINDS) + counts[f"false {kind}"]
        found[f"{kind} precision"] = hits / max(called, 1)
        found[f"{kind} recall"] = hits / max(counts[f"true {kind}"], 1)
        right += sum(counts[f"{kind} found as {k}"] for k in KINDS)
        wrong += counts[f"false {kind}"]
        true += counts[f"true {kind}"]
    found["any precision"] = right / max(right + wrong, 1)
    found["any recall"] = right / max(true, 1)
    hits = counts["dissolve found as dissolve"]
    found["dissolve frames late"] = counts["frames late"] / max(hits, 1)
    return found


def table(results: dict[str, Any]) -> str:
    """Both kinds of film and all detectors, as Markdown tables."""
    lines = [
        "| films | frames | kind | there are | precision | recall |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for name, row in results["films"].items():
        counts, figures = Counter(row["counts"]), row["figures"]
        for kind in (*KINDS, "any"):
            there = sum(counts[f"true {k}"] for k in (KINDS if kind == "any" else (kind,)))
            lines.append(
                f"| {name} | {counts['frames']} | {kind} | {there} "
                f"| {figures[f'{kind} precision']:.3f} | {figures[f'{kind} recall']:.3f} |"
            )
    lines += [
        "",
        "Any: a new shot in a transition, whatever it was called. A cut must be found at its very "
        "frame, a dissolve between its first frame and 12 frames after its last, a fade within "
        "it; what is found twice is false once.",
        "",
        *_peer_lines(results),
    ]
    if results.get("resets"):
        lines += [
            "",
            "| state of the refiner is reset | error in the dissolve | 8 frames after | later |",
            "|---|--:|--:|--:|",
        ]
        for name in RESETS:
            row = results["resets"][name]
            lines.append(
                f"| {name} | {row['inside']:.3f} | {row['after']:.3f} | {row['later']:.3f} |"
            )
        lines += ["", "Squared distance to the true ab, over that of colors frame by frame."]
    return "\n".join(lines) + "\n"


def _peer_lines(results: dict[str, Any]) -> list[str]:
    """Any new shot, by every detector."""
    if not results.get("peers"):
        return ["PySceneDetect was not installed: not compared."]
    names = list(results["films"])
    lines = [
        "| detector | films | precision | recall | cuts found | false in accidents | ms a frame |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    own = {"films": results["films"], "milliseconds_a_frame": results["milliseconds_a_frame"]}
    for detector, row in {"vidcolor": own, **results["peers"]}.items():
        for name in names:
            counts, figures = Counter(row["films"][name]["counts"]), row["films"][name]["figures"]
            lines.append(
                f"| {detector} | {name} | {figures['any precision']:.3f} "
                f"| {figures['any recall']:.3f} "
                f"| {counts['cut found as cut']}/{counts['true cut']} "
                f"| {counts['false in accident']} | {row['milliseconds_a_frame']:.2f} |"
            )
    return [
        *lines,
        "",
        "Any new shot. PySceneDetect with its own thresholds on luma, and the same least length "
        "of a shot; each detector in one thread on images of 192x144.",
    ]


def _rows(totals: dict[str, Counter[str]]) -> dict[str, dict[str, Any]]:
    """Counts and figures of each kind of film."""
    return {n: {"counts": dict(c), "figures": summary(c)} for n, c in totals.items()}


def main(args: list[str]) -> None:
    """Makes the films, finds their shots, prints the table and writes it with its JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks shots", description=__doc__)
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"))
    parser.add_argument("--films", type=int, default=6, help="half of them aged")
    parser.add_argument("--shots", type=int, default=50, help="in a film")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuning", action="store_true", help="the other half; nothing is written")
    parser.add_argument("--resets", type=int, default=0, help="dissolves to color, minutes")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args(args)
    cv2.setNumThreads(1)
    half = 0 if options.tuning else 1
    clips = clips_of(options.clips, half)
    peers = list(PEERS) if is_installed() else []
    names = ("vidcolor", *peers)
    totals = {n: {kind: Counter[str]() for kind in ("clean", "aged and damaged")} for n in names}
    cost: dict[str, list[float]] = {name: [] for name in names}
    for number in range(options.films):
        aged = number % 2 == 1
        rng = np.random.default_rng((options.seed, half, number))
        film = make_film(clips, options.shots, rng, aged=aged)
        for name in names:
            shots, milliseconds = find_shots(film) if name == "vidcolor" else find_with(name, film)
            totals[name]["aged and damaged" if aged else "clean"].update(judge(film, shots))
            cost[name].append(milliseconds)
    results: dict[str, Any] = {
        "machine": machine(),
        "seed": options.seed,
        "milliseconds_a_frame": float(np.median(cost["vidcolor"])),
        "films": _rows(totals["vidcolor"]),
        "peers": {
            name: {
                "milliseconds_a_frame": float(np.median(cost[name])),
                "films": _rows(totals[name]),
            }
            for name in peers
        },
    }
    if options.resets:
        results["resets"] = compare_resets(clips, options.resets, options.seed)
    print(table(results))
    if not options.tuning:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "shots.json").write_text(json.dumps(results, indent=1) + "\n")
        (options.out / "shots.md").write_text(table(results))
