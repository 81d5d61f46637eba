"""A worker that meets another one in the middle of a unit: both color the same one.

    python -m tests.shards.twin FILM OUTPUT MINE OTHER CONFIG

At the third frame it makes the file MINE and waits for OTHER. Prints what came of it: "film" or
"share".
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from vidcolor.config import RunConfig
from vidcolor.run import RunResult
from vidcolor.shards.color_share import color_share
from vidcolor.shards.share import Shard
from vidcolor.workers.here import Here

_FRAME = 3


def main(film: Path, output: Path, mine: Path, other: Path, config: RunConfig) -> None:
    """Colors the whole film as its only shard, and meets the twin on the way."""

    def meet(done: int, total: int | None) -> None:
        if done == _FRAME:
            mine.touch()
            deadline = time.monotonic() + 100
            while not other.exists():
                if time.monotonic() > deadline:
                    raise SystemExit("the other one did not come")
                time.sleep(0.02)

    result = color_share(film, output, config, Shard(1, 1), Here(), progress=meet)
    print("film" if isinstance(result, RunResult) else "share")


if __name__ == "__main__":
    *paths, settings = sys.argv[1:]
    source, target, me, you = map(Path, paths)
    main(source, target, me, you, RunConfig(**json.loads(settings)))
