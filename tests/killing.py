"""Kills runs of a film again and again, in processes forked from one that has torch loaded.

    python -m tests.killing FILM OUTPUT SEED KILLS CONFIG

A run is killed (SIGKILL) at the k-th call that its main thread makes in analyzing the film, or in
writing segments, putting the film together, checking it and tidying up, or that another thread
makes in the rehearsal: at a random k, the same in every test run. Prints one line of JSON: exit
statuses and what lay in the folder after each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import traceback
from pathlib import Path
from types import FrameType

from vidcolor import RunConfig
from vidcolor.run import colorize_video

_ROOMS = {
    "analysis": tuple(str(Path("vidcolor") / room) for room in ("analysis", "shots")),
    "video": (str(Path("vidcolor") / "video"),),
}
_REHEARSAL = "rehearsal"
"""What is called in the film's rooms by the thread of this name."""
_LIVES = (
    ("analysis", 0.01, 0.9),
    ("video", 0.26, 0.33),
    ("video", 0.34, 0.43),
    ("video", 0.42, 1.0),
    (_REHEARSAL, 0.05, 0.9),
)
"""Shares of an unbroken run's calls after which runs are killed, in turn: while the film is
analyzed, before the first segment is finished, while the film is colored, up to its end, and in the
rehearsal."""


def run(
    film: Path, output: Path, config: RunConfig, kill_at: tuple[str, int] | None
) -> tuple[int, dict[str, int]]:
    """One run in a forked process, killed at the k-th call in a room.

    Returns:
        Its exit status, negative for the signal that ended it, and the number of calls in each
        room where it was not killed.
    """
    ours, theirs = os.pipe()
    child = os.fork()
    if child:
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            calls = json.loads(pipe.read() or "{}")
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), calls
    status = 1
    try:
        calls = dict.fromkeys((*_ROOMS, _REHEARSAL), 0)

        def count(frame: FrameType, event: str, argument: object) -> None:
            if event not in ("call", "c_call"):
                return
            for room, places in _ROOMS.items():
                if any(place in frame.f_code.co_filename for place in places):
                    add(room)

        def count_there(frame: FrameType, event: str, argument: object) -> None:
            is_there = threading.current_thread().name.startswith(_REHEARSAL)
            if is_there and event == "call" and _ROOMS["video"][0] in frame.f_code.co_filename:
                add(_REHEARSAL)

        def add(room: str) -> None:
            calls[room] += 1
            if (room, calls[room]) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        threading.setprofile(count_there)
        sys.setprofile(count)
        colorize_video(film, output, config)
        sys.setprofile(None)
        os.write(theirs, json.dumps(calls).encode())
        status = 0
    except BaseException:
        sys.setprofile(None)
        traceback.print_exc()
    finally:
        os._exit(status)


def main(film: Path, output: Path, seed: int, kills: int, config: RunConfig) -> None:
    """Kills runs `kills` times, whenever one comes through begins anew, and ends with a film."""
    rng = random.Random(seed)
    first = output.with_name(f"0{output.suffix}")
    status, calls = run(film, first, config, None)
    finished, stages = 0, []
    while status == 0 and len(stages) < kills:
        room, low, high = _LIVES[len(stages) % len(_LIVES)]
        life = round(calls[room] * rng.uniform(low, high))
        status, _ = run(film, output, config, (room, life))
        if status == 0:
            finished += 1
            output.rename(output.with_name(f"{finished}{output.suffix}"))
        elif status == -signal.SIGKILL:
            work = output.with_name(output.name + ".vidcolor")
            status = 0
            stages.append(sorted(p.name for p in work.glob("*")) + [output.name] * output.exists())
            if output.exists() and not (work / "manifest.json").exists():
                # killed when all was done but, at most, the removal of an empty folder
                finished += 1
                output.rename(output.with_name(f"{finished}{output.suffix}"))
    if status != 0 or run(film, output, config, None)[0] != 0:
        raise SystemExit(f"a run failed: {status}")
    print(json.dumps({"finished": finished, "stages": stages}))


if __name__ == "__main__":
    source, target, seed, kills, settings = sys.argv[1:]
    main(Path(source), Path(target), int(seed), int(kills), RunConfig(**json.loads(settings)))
