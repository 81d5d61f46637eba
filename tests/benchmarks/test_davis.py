"""The DAVIS benchmark from the official layout to its tables."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import store
from benchmarks.davis import data as davis_data
from benchmarks.davis import davis, drift
from benchmarks.davis.sanity import TRUTH
from benchmarks.learned import why_no_lpips
from benchmarks.systems import PLAIN

ASSETS = Path(__file__).parents[2] / "vidcolor" / "assets"


def _layout(root: Path, frames: int = 10) -> Path:
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(0, 256, (8, 8, 3), np.uint8), (240, 200))
    folder = root / "JPEGImages" / "480p" / "pan"
    folder.mkdir(parents=True)
    for t in range(frames):
        cv2.imwrite(str(folder / f"{t:05d}.jpg"), picture[:192, 2 * t : 2 * t + 192])
    for name, lines in (("2016", "pan\n"), ("2017", "pan\nother\n")):
        (root / "ImageSets" / name).mkdir(parents=True)
        (root / "ImageSets" / name / "val.txt").write_text(lines)
    return root


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setattr(davis, "RUNS", folder)
    monkeypatch.setattr(drift, "RUNS", folder)
    return folder


def _run(root: Path, out: Path, *more: str) -> None:
    weights = str(ASSETS / "raft-small.safetensors")
    words = ["--root", str(root), "--out", str(out), "--flow-weights", weights]
    davis.main([*words, "--systems", "no other", *more])


def test_from_frames_to_tables_and_again(tmp_path: Path, runs: Path) -> None:
    root, out = _layout(tmp_path / "DAVIS"), tmp_path / "out"
    _run(root, out)
    results = json.loads((out / "davis.json").read_text())
    assert results["rows"][PLAIN]["kind"] == "system"
    assert len(results["rows"][PLAIN]["weights"]["colorizer"]) == 64
    assert results["settings"]["frames"] == 10
    assert results["sequences"]["pan"][PLAIN]["ciede2000"] > 0
    assert results["all"][TRUTH]["psnr"] == {"mean": 120}
    assert "FID" in results["left_out"]
    assert ("LPIPS" in results["left_out"]) == (why_no_lpips() is not None)
    page = (out / "davis.md").read_text()
    assert "| pan | " in page
    assert "FID" in page
    assert "Warning" in page
    made = {path: path.stat().st_mtime_ns for path in runs.rglob("*.npz")}
    _run(root, out)
    again = json.loads((out / "davis.json").read_text())
    assert again["sequences"] == results["sequences"]
    assert {path: path.stat().st_mtime_ns for path in runs.rglob("*.npz")} == made


def test_drift_of_the_plain_colorizer_is_none(tmp_path: Path, runs: Path) -> None:
    root, out = _layout(tmp_path / "DAVIS"), tmp_path / "out"
    _run(root, out, "--drift", "--quick")
    row = json.loads((out / "drift.json").read_text())["rows"][PLAIN]
    assert row["drift"] == pytest.approx(0, abs=1e-5)
    assert row["color_end"] == row["color_start"] > 0


def test_both_kinds_of_lists(tmp_path: Path) -> None:
    root = _layout(tmp_path / "DAVIS")
    assert davis_data.sequence_names(root, "2017/val") == ["pan", "other"]
    old = "".join(f"/JPEGImages/480p/{n}/{t:05d}.jpg x\n" for n in ("a", "b") for t in range(2))
    (root / "ImageSets" / "2016" / "val.txt").unlink()
    (root / "ImageSets" / "480p").mkdir()
    (root / "ImageSets" / "480p" / "val.txt").write_text(old)
    assert davis_data.sequence_names(root, "2016/val") == ["a", "b"]


def test_without_data_it_says_what_to_get(tmp_path: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"(?s)DAVIS-2017-trainval-480p\.zip.*e3d0b5b77c3d.*--root"
    ):
        davis_data.sequence_names(tmp_path / "nowhere", "2016/val")
    with pytest.raises(SystemExit, match="no pictures"):
        davis_data.read_sequence(_layout(tmp_path / "DAVIS"), "absent", 192)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http_server.server_port}", folder
        http_server.shutdown()


def test_download_is_checked_and_unpacked(server: tuple[str, Path], tmp_path: Path) -> None:
    address, served = server
    archive = served / "davis.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("DAVIS/ImageSets/2016/val.txt", "pan\n")
    entry = replace(
        davis_data.DAVIS_2017,
        file="davis.zip",
        url=f"{address}/davis.zip",
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
    )
    root = tmp_path / "here" / "DAVIS-480p"
    davis_data.fetch(root, entry)
    assert davis_data.sequence_names(root, "2016/val") == ["pan"]
    assert [p.name for p in root.parent.iterdir()] == ["DAVIS-480p"]
    with pytest.raises(SystemExit, match="already there"):
        davis_data.fetch(root, entry)
    with pytest.raises(SystemExit, match="could not be fetched"):
        davis_data.fetch(tmp_path / "other" / "DAVIS", replace(entry, sha256="0" * 64))
    assert not (tmp_path / "other" / "DAVIS").exists()


def test_offline_it_says_where_to_put_it(tmp_path: Path) -> None:
    entry = replace(davis_data.DAVIS_2017, url="http://127.0.0.1:9/davis.zip")
    with pytest.raises(SystemExit, match=r"(?s)could not be fetched.*unpack it so that its folder"):
        davis_data.fetch(tmp_path / "DAVIS", entry)


def test_kept_arrays_follow_their_key(tmp_path: Path) -> None:
    path, calls = tmp_path / "a" / "x.npz", []

    def make() -> store.Arrays:
        calls.append(1)
        return {"n": np.array(len(calls))}

    assert int(store.kept(path, "k", make)["n"]) == 1
    assert int(store.kept(path, "k", make)["n"]) == 1
    assert int(store.kept(path, "other", make)["n"]) == 2
    path.write_bytes(path.read_bytes()[:40])
    assert int(store.kept(path, "other", make)["n"]) == 3
    assert [p.name for p in path.parent.iterdir()] == ["x.npz"]
