from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flow import read_flow, write_flow


def _flow() -> torch.Tensor:
    return torch.randn(1, 2, 5, 7, generator=torch.Generator().manual_seed(1)) * 20


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_flow(tmp_path / "a.flo", _flow())
    assert torch.equal(read_flow(tmp_path / "a.flo"), _flow())
    assert [p.name for p in tmp_path.iterdir()] == ["a.flo"]


def test_opencv_reads_and_writes_the_same(tmp_path: Path) -> None:
    write_flow(tmp_path / "ours.flo", _flow()[0])
    pixels = _flow()[0].permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(cv2.readOpticalFlow(str(tmp_path / "ours.flo")), pixels)
    cv2.writeOpticalFlow(str(tmp_path / "theirs.flo"), pixels)
    assert (tmp_path / "theirs.flo").read_bytes() == (tmp_path / "ours.flo").read_bytes()


def test_overwrites_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.flo"
    write_flow(path, _flow())
    with pytest.raises(FileExistsError):
        write_flow(path, -_flow())
    assert torch.equal(read_flow(path), _flow())
    write_flow(path, -_flow(), overwrite=True)
    assert torch.equal(read_flow(path), -_flow())


def test_nothing_stays_behind_where_writing_fails(tmp_path: Path) -> None:
    # A folder in the way: the rename fails after all was written.
    (tmp_path / "a.flo").mkdir()
    with pytest.raises(OSError, match=r"a\.flo"):
        write_flow(tmp_path / "a.flo", _flow(), overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.flo"]


def _damage(name: str, whole: bytes) -> bytes:
    return {
        "tag": b"PIEG" + whole[4:],
        "empty": b"",
        "header": whole[:9],
        "short": whole[:-1],
        "long": whole + b"\0",
        "negative": whole[:4] + np.array([-7, 5], "<i4").tobytes() + whole[12:],
        "huge": whole[:4] + np.array([2**30, 5], "<i4").tobytes() + whole[12:],
    }[name]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tag", "tag"),
        ("empty", "tag"),
        ("header", "header"),
        ("short", "292 bytes, the file has 291"),
        ("long", "292 bytes, the file has 293"),
        ("negative", "impossible size"),
        ("huge", "impossible size"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path: Path, name: str, message: str) -> None:
    path = tmp_path / "a.flo"
    write_flow(path, _flow())
    path.write_bytes(_damage(name, path.read_bytes()))
    with pytest.raises(ValueError, match=message):
        read_flow(path)


@pytest.mark.parametrize("wrong", [(2, 2, 4, 4), (1, 3, 4, 4), (2, 0, 4), (4, 4)])
def test_writes_one_flow_only(tmp_path: Path, wrong: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one flow"):
        write_flow(tmp_path / "a.flo", torch.zeros(wrong))
    with pytest.raises(ValueError, match="not finite"):
        write_flow(tmp_path / "a.flo", torch.full((2, 4, 4), torch.inf))
    assert not list(tmp_path.iterdir())
