"""Colors mutated films one after the other, and says what became of each.

    python -m tests.fuzzing FOLDER FIRST LAST

Film number i is one of `KINDS`, mutated with seed i: the same in every run. One line of JSON each.
"""

from __future__ import annotations

import json
import random
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import av
import torch

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, colorize_video, registry
from vidcolor.errors import VerifyError, VidcolorError
from vidcolor.types import Coloring
from vidcolor.workers.here import Here
from vidcolor.workers.workers import Workers

_SMALL = {"frames": 10, "width": 32, "height": 32, "gop": 4}
KINDS = {
    "a.mp4": FilmSpec(**_SMALL, b_frames=2, audio=("aac",)),
    "b.mkv": FilmSpec(**_SMALL, audio=("aac",), subtitles=("srt",), chapters=((0, 0.2, "one"),)),
    "c.ts": FilmSpec(**_SMALL, audio=("mp2",)),
    "d.avi": FilmSpec(**_SMALL, codec="mpeg4", audio=("mp2",)),
    "e.mpg": FilmSpec(**_SMALL, codec="mpeg2video", rate=25, b_frames=1),
    "f.gif": FilmSpec(**_SMALL, codec="gif", pix_fmt="rgb8"),
    "g.webm": FilmSpec(**_SMALL, codec="libvpx-vp9", options={"deadline": "realtime"}),
    "h.mov": FilmSpec(**_SMALL, codec="mjpeg", pix_fmt="yuvj420p", audio=("pcm_s16le",)),
    "i.png": FilmSpec(**_SMALL | {"frames": 1}, codec="png", pix_fmt="rgb24"),
    "j.wav": FilmSpec(**_SMALL),
}


class Flat:
    """One color everywhere: what is tested is everything around the networks."""

    name, size = "flat", 16

    def colorize(self, L: torch.Tensor) -> Coloring:
        return Coloring(torch.full_like(L, 20.0).repeat(1, 2, 1, 1), torch.ones_like(L))


def load(device: str) -> Flat:
    return Flat()


def make_sound(path: Path) -> None:
    """A second of noise in a WAV file."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=8000)
        frame.sample_rate, frame.pts = 8000, 0
        frame.planes[0].update(random.Random(0).randbytes(16000))
        out.mux(stream.encode(frame))


def originals(folder: Path) -> list[tuple[str, bytes]]:
    """Name and bytes of a sound film of every kind."""
    films = []
    for name, spec in KINDS.items():
        path = folder / f"original.{name}"
        if name.endswith("wav"):
            make_sound(path)
        else:
            make_film(path, spec, format="image2" if name.endswith("png") else None)
        films.append((name, path.read_bytes()))
        path.unlink()
    return films


def flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 4, 30))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def edit_header(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 10))):
        data[rng.randrange(min(len(data), 600))] = rng.choice((0, 1, 127, 128, 255))


def edit_end(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 10))):
        data[-rng.randrange(1, min(len(data), 1200))] = rng.choice((0, 1, 127, 128, 255))


def swap_blocks(data: bytearray, rng: random.Random) -> None:
    size = rng.randrange(1, max(2, len(data) // 6))
    a, b = sorted(rng.randrange(len(data) - size + 1) for _ in range(2))
    if b >= a + size:
        data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def zero_range(data: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(data))
    size = min(rng.randrange(1, 400), len(data) - begin)
    data[begin : begin + size] = bytes(size)


def double_range(data: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(data))
    part = data[begin : begin + rng.randrange(1, 2000)]
    data[begin:begin] = part


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flip_bits, cut, edit_header, edit_end, swap_blocks, zero_range, double_range,
)  # fmt: skip


def mutated(films: list[tuple[str, bytes]], number: int) -> tuple[str, bytes]:
    """Film `number`: its name and bytes."""
    rng = random.Random(number)
    name, data = films[number % len(films)]
    changed = bytearray(data)
    for mutate in rng.sample(MUTATIONS, rng.choice((1, 1, 2))):
        if len(changed) > 1:
            mutate(changed, rng)
    return name, bytes(changed)


def color(source: Path, output: Path, workers: Workers) -> str:
    """Colors a film; how that ended."""
    config = RunConfig(model="flat", refiner="none", work_size=128, preset="ultrafast")
    try:
        result = colorize_video(source, output, config, workers=workers)
    except VerifyError as err:
        return f"mismatch: {err}"
    except VidcolorError as err:
        text = str(err)
        if "\n" in text or not text:
            return f"not one line: {text!r}"
        return "left over" if len(list(source.parent.iterdir())) > 1 else f"refused: {text}"
    except BaseException:
        return f"traceback: {traceback.format_exc()}"
    left = sorted(path.name for path in source.parent.iterdir())
    if left != sorted((source.name, output.name)):
        return f"left over: {left}"
    return f"salvaged: {result.warnings[0]}" if result.warnings else "success"


def main(folder: Path, first: int, last: int) -> None:
    """Films `first` to `last`, the latter excluded."""
    torch.set_num_threads(1)
    registry.register(registry.Entry("colorizer", "flat", "tests.fuzzing:load", ""))
    films = originals(folder)
    # kept, for finding the network takes a third of the time
    workers = Here()
    for number in range(first, last):
        name, data = mutated(films, number)
        place = folder / str(number)
        place.mkdir()
        (place / name).write_bytes(data)
        output = place / ("out.mp4" if number % 3 else "out.mkv")
        said = color(place / name, output, workers)
        print(json.dumps({"number": number, "name": name, "said": said}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
