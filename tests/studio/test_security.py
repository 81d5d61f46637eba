"""Who may ask, where other machines are let in, and the secret."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra `studio` is not installed")

from vidcolor.studio.security import Guard, inside, kept_token

TOKEN = "t" * 40


def status(
    guard: Guard, host: str, method: str = "GET", path: str = "/api/state", **headers: str
) -> int:
    """Status of the answer to a request that knows the secret."""
    sent = {"host": host, "x-vidcolor-token": TOKEN} | headers
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }
    found: list[int] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    # in a thread of its own: a browser of other tests may keep a loop running in this one
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, guard(scope, receive, send)).result()
    return found[0]


async def answers(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers everything."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("listening", "host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1:7117", 200),
        ("127.0.0.1", "localhost:7117", 200),
        ("127.0.0.1", "LOCALHOST:7117", 200),
        ("::1", "[::1]:7117", 200),
        ("127.0.0.1", "192.168.1.5:7117", 403),
        ("127.0.0.1", "localhost:80", 403),
        ("127.0.0.1", "localhost.evil.example:7117", 403),
        ("127.0.0.1", "", 403),
        ("0.0.0.0", "192.168.1.5:7117", 200),
        ("0.0.0.0", f"{socket.gethostname()}:7117", 200),
        ("0.0.0.0", "rebound.evil.example:7117", 403),
        ("studio.archive", "studio.archive:7117", 200),
        ("studio.archive", "other.archive:7117", 403),
    ],
)
def test_names_of_the_server(listening: str, host: str, expected: int) -> None:
    guard = Guard(answers, TOKEN, listening, 7117)
    assert status(guard, host) == expected
    assert status(guard, host, "POST") == 403
    assert status(guard, host, "POST", origin=f"http://{host}") == expected
    assert status(guard, host, "DELETE", origin="https://evil.example") == 403


def test_an_address_is_no_longer_than_any_of_the_page() -> None:
    guard, host = Guard(answers, TOKEN, "127.0.0.1", 7117), "127.0.0.1:7117"
    number = "9" * 5000
    assert status(guard, host, path=f"/api/place/{number[:900]}") == 200
    assert status(guard, host, path=f"/api/place/{number}") == 414
    # who does not know the secret learns nothing
    assert (
        status(guard, host, "GET", f"/api/place/{number}", **{"x-vidcolor-token": "other"}) == 401
    )


def test_the_secret_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = kept_token(path)
    assert len(token) >= 32
    assert path.stat().st_mode & 0o077 == 0
    assert kept_token(path) == token
    path.write_text("short")
    assert kept_token(path) not in ("short", token)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "secret").write_text("")
    (tmp_path / "film" / "link").symlink_to(tmp_path / "secret")
    assert inside(tmp_path / "film", tmp_path / "film" / "a.png")
    assert not inside(tmp_path / "film", tmp_path / "film" / "link")
    assert not inside(tmp_path / "film", tmp_path / "film" / ".." / "secret")
