"""The queue as files: order, pause and stop."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidcolor.files import lock_file
from vidcolor.studio.jobs import Queue, read_jobs, wants_stop, write_state

SPEC = {"kind": "film", "film": "a.mp4", "output": "b.mp4", "told": {}}


def test_a_paused_queue_begins_nothing(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "jobs")
    queue.pause(True)
    assert [queue.add(SPEC), queue.add(SPEC)] == [1, 2]
    view = queue.view()
    assert (view["paused"], view["working"]) == (True, False)
    assert [job["state"]["is"] for job in view["jobs"]] == ["waiting", "waiting"]
    queue.stop(1)
    queue.stop(2)
    assert [job.state["is"] for job in read_jobs(tmp_path / "jobs")] == ["stopped", "stopped"]
    with pytest.raises(ValueError, match="no job 1 to stop"):
        queue.stop(1)
    # nothing is left to do: no process is started
    queue.pause(False)
    assert not queue.view()["working"]


def test_a_process_of_an_earlier_server_is_found(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "jobs")
    with lock_file(tmp_path / "jobs" / "lock"):
        queue.add(SPEC)
        write_state(tmp_path / "jobs", 1, {"is": "running", "done": 3, "total": 9})
        view = queue.view()
        assert view["working"]
        assert view["jobs"][0]["state"]["done"] == 3
        queue.stop(1)
        assert wants_stop(tmp_path / "jobs", 1)
        assert queue.view()["jobs"][0]["state"]["is"] == "stopping"
    queue.pause(True)
    (tmp_path / "jobs" / "0001.json").write_text("{")
    assert queue.view()["jobs"] == []
