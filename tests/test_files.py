"""Files are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_accidents import room_for
from vidcolor.files import write_whole


@pytest.mark.parametrize("shared", [False, True])
def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "a.json"
    write_whole(path, b"old", shared=shared)
    with room_for(100), pytest.raises(OSError, match="too large"):
        write_whole(path, bytes(1000), shared=shared)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
