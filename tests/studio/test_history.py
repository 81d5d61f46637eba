"""Undo and redo, what is outside of them, and kill -9 at any moment of a change."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

import pytest

from vidcolor.errors import ConfigError
from vidcolor.studio.history import OUTSIDE, History

_TOUCHES = ("write", "fsync", "replace", "rename")


def opened(folder: Path) -> History:
    return History(folder / "history", {"a": folder / "a", "b": folder / "b"})


def contents(folder: Path) -> tuple[bytes | None, bytes | None]:
    a, b = (p.read_bytes() if p.exists() else None for p in (folder / "a", folder / "b"))
    return a, b


def test_undo_and_redo_without_limit_and_after_a_restart(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for n in range(12):
        history.change({"a": b"%d" % n, "b": None if n % 2 else b"b"}, f"change {n}")
    for n in reversed(range(12)):
        history = opened(tmp_path)
        assert history.can_undo == f"change {n}"
        assert history.undo()
    assert not history.undo()
    assert contents(tmp_path) == (None, None)
    for _ in range(6):
        assert opened(tmp_path).redo()
    assert contents(tmp_path) == (b"5", None)
    history = opened(tmp_path)
    assert history.before() == {"a": b"4", "b": b"b"}
    history.change({"a": b"other", "b": None}, "another way")
    assert history.can_redo is None
    assert history.can_undo == "another way"


def test_what_an_editor_did_can_be_undone(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.change({"a": b"1", "b": None}, "mine")
    (tmp_path / "a").write_bytes(b"theirs")
    assert history.look()
    assert history.can_undo == OUTSIDE
    assert history.undo()
    assert contents(tmp_path) == (b"1", None)
    (tmp_path / "a").write_bytes(b"meanwhile")
    assert opened(tmp_path).can_undo == OUTSIDE


@pytest.mark.parametrize("line", [b"garbage", b"\0\0\0\0", b"5", b'{"do": "mine"}'])
def test_a_damaged_log_says_what_to_do(tmp_path: Path, line: bytes) -> None:
    opened(tmp_path).change({"a": b"1", "b": None}, "mine")
    (log,) = tmp_path.rglob("log.jsonl")
    log.write_bytes(line + b"\n" + log.read_bytes())
    with pytest.raises(ConfigError, match="line 1 is damaged") as caught:
        opened(tmp_path)
    assert str(log.parent) in (caught.value.hint or "")
    shutil.rmtree(log.parent)
    assert opened(tmp_path).can_undo is None
    assert contents(tmp_path) == (b"1", None)


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = opened(tmp_path)
    history.change({"a": b"1", "b": None}, "first")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            history.change({"a": b"2", "b": None}, "second")
    assert contents(tmp_path) == (b"1", None)
    assert opened(tmp_path).can_undo == "first"
    history.change({"a": b"3", "b": None}, "third")
    assert (contents(tmp_path), opened(tmp_path).can_undo) == ((b"3", None), "third")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_at_every_step_of_a_change(tmp_path: Path) -> None:
    """Files that are changed together hold both the old or both the new, never one of each."""
    deaths = 0
    for k in range(1, 100):
        folder = tmp_path / str(k)
        folder.mkdir()
        opened(folder).change({"a": b"old", "b": b"old"}, "old")
        if not _killed_at(k, folder):
            break
        deaths += 1
        history = opened(folder)
        now = contents(folder)
        assert now in ((b"old", b"old"), (b"new", b"new"))
        assert history.can_undo == now[0].decode()  # type: ignore[union-attr]
        assert history.undo()
        assert contents(folder) == ((None, None) if now[0] == b"old" else (b"old", b"old"))
    assert 9 < deaths < 99


def _killed_at(k: int, folder: Path) -> bool:
    """Changes both files in a forked process, killed before it touches a file for the k-th time."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    try:
        history = opened(folder)
        calls = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            if event == "c_call" and getattr(argument, "__name__", "") in _TOUCHES:
                calls += 1
                if calls == k:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(count)
        history.change({"a": b"new", "b": b"new"}, "new")
    finally:
        sys.setprofile(None)
        os._exit(0)
