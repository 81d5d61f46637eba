"""Kills runs of a film again and again, in processes forked from one that has torch loaded.

    python -m tests.killing FILM OUTPUT SEED KILLS CONFIG

A run is killed (SIGKILL) at the k-th call that its main thread makes within `vidcolor/video`, in
writing segments, putting the film together, checking it and tidying up: at a random k, the same
in every test run. Prints one line of JSON: exit statuses and what lay in the folder after each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType

from vidcolor import RunConfig
from vidcolor.run import colorize_video

_WATCHED = str(Path("vidcolor") / "video")
_LIVES = ((40, 1000), (1000, 3600))
"""Calls after which runs are killed, half of them in colouring, half after it: that is done after
about 1,000, putting the film together after 2,400, and all of it after 3,600."""


def run(film: Path, output: Path, config: RunConfig, kill_at: int | None) -> int:
    """One run in a forked process; its exit status, negative for the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        calls = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            if event in ("call", "c_call") and _WATCHED in frame.f_code.co_filename:
                calls += 1
                if calls == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        colorize_video(film, output, config)
        status = 0
    finally:
        sys.setprofile(None)
        os._exit(status)


def main(film: Path, output: Path, seed: int, kills: int, config: RunConfig) -> None:
    """Kills runs `kills` times, whenever one comes through begins anew, and ends with a film."""
    rng = random.Random(seed)
    finished, stages = 0, []
    while len(stages) < kills:
        status = run(film, output, config, rng.randrange(*rng.choice(_LIVES)))
        if status == 0:
            finished += 1
            output.rename(output.with_name(f"{finished}{output.suffix}"))
        elif status == -signal.SIGKILL:
            work = output.with_name(output.name + ".vidcolor")
            stages.append(sorted(p.name for p in work.glob("*")) + [output.name] * output.exists())
        else:
            raise SystemExit(f"run ended with {status}")
    if run(film, output, config, None) != 0:
        raise SystemExit("the last run failed")
    print(json.dumps({"finished": finished, "stages": stages}))


if __name__ == "__main__":
    source, target, seed, kills, settings = sys.argv[1:]
    main(Path(source), Path(target), int(seed), int(kills), RunConfig(**json.loads(settings)))
