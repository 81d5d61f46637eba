"""Kills a batch again and again, in processes forked from one that has the networks loaded.

    python -m tests.batch.killing INPUT OUTPUT SEED KILLS CONFIG

A batch is killed (SIGKILL) at a call of a function that handles files, after a random share of the
films that were left: in the middle of a film, or between two of them. Prints one line of JSON: how
many films were there after every kill, and what became of each at the end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from vidcolor.batch.batch import BatchOptions, color_batch
from vidcolor.batch.board import Board
from vidcolor.batch.films import BatchFilm, find_films
from vidcolor.batch.journal import DONE, FOLDER, Journal, read_records
from vidcolor.config import RunConfig
from vidcolor.workers.here import Here

_ROOMS = tuple(str(Path("vidcolor") / room) for room in ("batch", "video", "files.py"))


def main(source: Path, output: Path, seed: int, kills: int, config: RunConfig) -> None:
    """Kills batches `kills` times and ends with one that comes through."""
    rng = random.Random(seed)
    films = find_films([source], output, config)
    workers = Here()
    workers.facts(config)
    after = []
    for number in range(kills):
        left = len(films) - (after[-1] if after else 0)
        _fork(films, output, workers, rng, left // (kills + 1 - number))
        records = read_records(output / FOLDER)
        after.append(sum(record.state == DONE for record in records.values()))
    status = _fork(films, output, workers, rng, None)
    if status != 0:
        raise SystemExit(f"a batch failed: {status}")
    states = {name: record.state for name, record in read_records(output / FOLDER).items()}
    print(json.dumps({"after": after, "states": states}))


def _fork(
    films: list[BatchFilm], output: Path, workers: Here, rng: random.Random, after: int | None
) -> int:
    """One batch in a process of its own, killed some calls after so many films have ended."""
    calls = None if after is None else rng.randrange(20_000)
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        _batch(films, output, workers, after, calls)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _batch(
    films: list[BatchFilm], output: Path, workers: Here, after: int | None, calls: int | None
) -> None:
    board = Board({film.name: 1 for film in films})
    seen = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal seen
        if event == "call" and any(room in frame.f_code.co_filename for room in _ROOMS):
            seen += 1
            if calls is not None and seen > calls:
                os.kill(os.getpid(), signal.SIGKILL)

    def ended(outcome: object) -> None:
        if after is not None and len(board.finished) - before == after:
            sys.setprofile(count)

    with Journal.open(output) as journal:
        before = sum(record.state == DONE for record in journal.records())
        color_batch(films, output, journal, workers, board, BatchOptions(), None, ended)


if __name__ == "__main__":
    inputs, folder, number, times, settings = sys.argv[1:]
    config = RunConfig(**json.loads(settings))
    main(Path(inputs), Path(folder), int(number), int(times), config)
