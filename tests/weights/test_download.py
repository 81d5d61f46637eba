"""Fetching weights, from a server of the test's own."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch

from vidcolor.errors import WeightsError
from vidcolor.weights import download, published
from vidcolor.weights import files as weights

ROOT = Path(__file__).resolve().parents[2]
BODY = bytes(range(256)) * 20_000


@dataclass
class Site:
    """A server with one file.

    Attributes:
        body: what it sends.
        breaks_after: bytes after which it hangs up, None = never.
        knows_ranges: whether it can go on in the middle.
        asked: the Range headers it was sent, "" for none.
    """

    body: bytes = BODY
    breaks_after: int | None = None
    knows_ranges: bool = True
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def entry(self, **changes: object) -> published.Published:
        made = published.Published(
            "thing",
            "thing.pth",
            f"http://127.0.0.1:{self.port}/thing.pth",
            len(self.body),
            hashlib.sha256(self.body).hexdigest(),
            "MIT",
            "this test",
        )
        return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            state.asked.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if not state.knows_ranges:
                start = 0
            if start >= len(state.body):
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            rest = state.body[start:]
            self.send_header("Content-Length", str(len(rest)))
            if start:
                end = len(state.body) - 1
                self.send_header("Content-Range", f"bytes {start}-{end}/{len(state.body)}")
            self.end_headers()
            self.wfile.write(rest[: state.breaks_after])

        def log_message(self, *words: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_file_comes_whole_and_once(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    path = download.download(site.entry(), tmp_path / "new", lambda a, b: seen.append((a, b)))
    assert path.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert names(tmp_path / "new") == ["thing.pth"]
    download.download(site.entry(), tmp_path / "new")
    assert site.asked == [""]


def test_a_broken_download_is_taken_up_again(site: Site, tmp_path: Path) -> None:
    site.breaks_after = 1_500_000
    with pytest.raises(WeightsError, match=r"1500000 of 5120000") as caught:
        download.download(site.entry(), tmp_path)
    assert str(tmp_path / "thing.pth") in (caught.value.hint or "")
    assert names(tmp_path) == ["thing.pth.part"]
    site.breaks_after = None
    assert download.download(site.entry(), tmp_path).read_bytes() == BODY
    assert site.asked == ["", "bytes=1500000-"]
    assert names(tmp_path) == ["thing.pth"]


def test_a_server_without_ranges_sends_it_anew(site: Site, tmp_path: Path) -> None:
    (tmp_path / "thing.pth.part").write_bytes(BODY[:1000])
    site.knows_ranges = False
    assert download.download(site.entry(), tmp_path).read_bytes() == BODY
    assert len(site.asked) == 1


@pytest.mark.parametrize("left", [b"of another version", BODY + b"and more", BODY])
def test_whatever_was_left_ends_in_the_right_file(site: Site, tmp_path: Path, left: bytes) -> None:
    (tmp_path / "thing.pth.part").write_bytes(left)
    assert download.download(site.entry(), tmp_path).read_bytes() == BODY
    assert names(tmp_path) == ["thing.pth"]


def test_another_file_is_refused_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="not the published file"):
        download.download(site.entry(sha256="0" * 64), tmp_path)
    assert names(tmp_path) == []


def test_first_digits_of_a_hash_suffice(site: Site, tmp_path: Path) -> None:
    short = site.entry().sha256[:8]
    assert download.download(site.entry(sha256=short), tmp_path).exists()


def test_without_a_network_the_hint_says_what_to_put_where(tmp_path: Path) -> None:
    entry = Site(port=1).entry()
    with pytest.raises(WeightsError) as caught:
        download.download(entry, tmp_path)
    for part in (entry.url, entry.sha256, str(tmp_path / "thing.pth")):
        assert part in (caught.value.hint or "")
    assert names(tmp_path) == []


def test_fetched_files_are_found_checked_and_read(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save({"w": torch.arange(3.0)}, tmp_path / "source.pth")
    site.body = (tmp_path / "source.pth").read_bytes()
    monkeypatch.delenv("VIDCOLOR_WEIGHTS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "platform", "linux")
    path = weights.fetch(site.entry())
    assert path == tmp_path / "cache" / "vidcolor" / "thing.pth"
    assert weights.fetch(site.entry()) == path
    assert weights.read_published(path, site.entry())["w"].tolist() == [0, 1, 2]
    path.write_bytes(site.body[:-1])
    with pytest.raises(WeightsError, match="sha256"):
        weights.fetch(site.entry())
    with pytest.raises(WeightsError, match="sha256"):
        weights.read_published(path, site.entry())


class Payload:
    """What a hostile file would run as it is read."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.target,))


def test_a_file_with_more_than_tensors_runs_nothing(tmp_path: Path) -> None:
    path, target = tmp_path / "thing.pth", tmp_path / "ran"
    torch.save({"w": Payload(target)}, path)
    entry = Site().entry(sha256=download.sha256_of(path))
    with pytest.raises(WeightsError, match="not readable"):
        weights.read_published(path, entry)
    assert not target.exists()


def test_the_own_folder_is_where_fetched_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    assert weights.download_folder() == tmp_path


def test_the_table_is_sound() -> None:
    for entry in published.TABLE:
        assert entry.url.startswith("https://")
        assert len(entry.sha256) >= 8
        int(entry.sha256, 16)
        if entry.hash_source.startswith("first digits"):
            assert entry.sha256[:8] in entry.url
    for values in (
        [e.name for e in published.TABLE],
        [e.file for e in published.TABLE],
        [e.sha256 for e in published.TABLE],
    ):
        assert len(set(values)) == len(values)


def test_fetching_an_unknown_name_lists_the_known() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vidcolor", "fetch", "nothing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if k != "VIDCOLOR_DEBUG"},
    )
    assert done.returncode == 4
    assert "zhang2016" in done.stderr
