"""A studio's server in a process of its own, for tests."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180
"""Seconds that a slow machine may take for anything."""


class Served:
    """A server of a film; `start` after `kill` listens at the same port again."""

    def __init__(self, film: Path) -> None:
        self.film = film
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        words = [str(self.film), "--no-browser", "--port", str(self.port)]
        words += ["--device", "cpu", "--work-size", "128"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vidcolor", "studio", *words],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/\?token=(\S+)", line)
        assert found is not None, line + self._process.stderr.read()
        self.address, self.port, self.token = found[0], int(found[1]), found[2]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def end(self) -> str:
        """Ends it as Ctrl-C does; gives what it printed."""
        self._process.send_signal(signal.SIGINT)
        return self._process.communicate(timeout=PATIENCE)[1]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        bare: bool = False,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of an answer; `bare` = without what the page sends itself."""
        sent = {"host": f"127.0.0.1:{self.port}"}
        if not bare:
            sent |= {"x-vidcolor-token": self.token, "origin": f"http://127.0.0.1:{self.port}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, sent | dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        return json.loads(self.ask("GET", path)[1])

    def post(self, path: str, values: object) -> tuple[int, Any]:
        status, body, _ = self.ask("POST", path, json.dumps(values).encode())
        return status, json.loads(body)

    def ready(self) -> dict[str, Any]:
        """Waits until all that is heavy is there; gives the state."""
        wait_until(lambda: self.get("/api/pulse")["ready"])
        state: dict[str, Any] = self.get("/api/state")
        assert state["problem"] is None
        return state


def wait_until(holds: Any) -> Any:
    """Waits for a condition and gives what it found."""
    end = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found
