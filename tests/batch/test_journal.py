"""The file that knows what has become of the films of a batch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_accidents import room_for
from vidcolor.batch.index import write_index
from vidcolor.batch.journal import BEGUN, DONE, FOLDER, Journal, Record, read_records
from vidcolor.errors import MediaError, ResumeError

RECORD = Record("a/ä.mp4", BEGUN, "in/ä.mp4", {"size": 3}, {"model": "base"}, time=1.0)


def test_the_last_line_of_a_film_counts(tmp_path: Path) -> None:
    done = replace(RECORD, state=DONE, film=(5, 7), notes=("one", "two"), time=2.0)
    with Journal.open(tmp_path) as journal:
        journal.add(RECORD)
        journal.add(done)
        assert journal.get("a/ä.mp4") == done
    with Journal.open(tmp_path) as journal:
        assert journal.get("a/ä.mp4") == done
        assert journal.get("b.mp4") is None
    assert len((tmp_path / FOLDER / "state.jsonl").read_bytes().split()) > 0
    assert [p.name for p in (tmp_path / FOLDER).glob("state*")] == ["state.jsonl"]


@pytest.mark.parametrize("kept", [0, 1, 40, -2])
def test_a_line_half_written_is_ignored_and_spoils_no_other(tmp_path: Path, kept: int) -> None:
    with Journal.open(tmp_path) as journal:
        journal.add(RECORD)
    path = tmp_path / FOLDER / "state.jsonl"
    whole = path.read_bytes()
    other = replace(RECORD, name="b.mp4")
    with Journal.open(tmp_path, shared=True) as journal:
        journal.add(other)
    torn = next(p for p in path.parent.glob("state.*.jsonl"))
    torn.write_bytes(torn.read_bytes()[:kept])
    assert set(read_records(path.parent)) == {"a/ä.mp4"}
    path.write_bytes(whole[:-9])
    assert read_records(path.parent) == {}
    with path.open("ab") as file:
        file.write(whole)
    assert set(read_records(path.parent)) == {"a/ä.mp4"}


def test_one_batch_at_a_time_or_several_that_share(tmp_path: Path) -> None:
    with Journal.open(tmp_path):
        for shared in (False, True):
            with pytest.raises(ResumeError, match="another batch"):
                Journal.open(tmp_path, shared=shared)
    with Journal.open(tmp_path, shared=True) as one, Journal.open(tmp_path, shared=True) as two:
        with pytest.raises(ResumeError, match="another batch"):
            Journal.open(tmp_path)
        one.add(RECORD)
        two.add(replace(RECORD, state=DONE, time=2.0))
        one.reread()
        assert one.get(RECORD.name) == two.get(RECORD.name)
    with Journal.open(tmp_path) as journal:
        assert [record.state for record in journal.records()] == [DONE]
    assert [p.name for p in (tmp_path / FOLDER).glob("state*")] == ["state.jsonl"]


def test_a_full_disk_is_told_in_one_line(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal, room_for(10):
        with pytest.raises(MediaError, match="cannot be written"):
            journal.add(RECORD)
        with pytest.raises(MediaError, match="cannot be written"):
            write_index([RECORD], journal.folder)
        # nor does the end of the batch fail
        journal.__exit__()
    with Journal.open(tmp_path) as journal:
        assert journal.records() == []
